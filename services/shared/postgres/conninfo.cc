#include "services/shared/postgres/conninfo.h"

#include <postgresql/libpq-fe.h>

#include <string>

#include "absl/strings/ascii.h"

namespace causeway::postgres {

absl::Status CheckConninfo(absl::string_view conninfo) {
  char* error = nullptr;
  PQconninfoOption* options =
      PQconninfoParse(std::string(conninfo).c_str(), &error);
  if (options != nullptr) {
    PQconninfoFree(options);
    return absl::OkStatus();
  }
  absl::Status status = absl::InvalidArgumentError(absl::StripAsciiWhitespace(
      error == nullptr ? "libpq is out of memory" : error));
  PQfreemem(error);
  return status;
}

}  // namespace causeway::postgres
