#include "services/shared/postgres/conninfo.h"

#include <postgresql/libpq-fe.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

namespace causeway::postgres {

absl::StatusOr<std::string> CheckedConninfo(std::string conninfo) {
  if (conninfo.empty()) return absl::InvalidArgumentError("is required");
  char* error = nullptr;
  PQconninfoOption* options = PQconninfoParse(conninfo.c_str(), &error);
  if (options != nullptr) {
    PQconninfoFree(options);
    return conninfo;
  }
  absl::Status status = absl::InvalidArgumentError(absl::StripAsciiWhitespace(
      error == nullptr ? "libpq is out of memory" : error));
  PQfreemem(error);
  return status;
}

}  // namespace causeway::postgres
