#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_REASON_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_REASON_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {

// Of joining, leaving, kicking, redacting and so on.
inline constexpr size_t kReasonBytesMax = 1024;

// INVALID_ARGUMENT (M_INVALID_PARAM) for a longer one.
inline absl::Status CheckReason(const std::string& reason) {
  if (reason.size() <= kReasonBytesMax) return absl::OkStatus();
  return matrix::InvalidParam(
      "reason", absl::StrCat("must have at most ", kReasonBytesMax, " bytes"));
}

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_REASON_H_
