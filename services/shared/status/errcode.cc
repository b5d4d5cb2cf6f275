#include "services/shared/status/errcode.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace causeway {

void SetErrcode(absl::Status& status, absl::string_view errcode) {
  status.SetPayload(kErrcodePayloadUrl, absl::Cord(errcode));
}

std::string GetErrcode(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(kErrcodePayloadUrl);
  return payload.has_value() ? std::string(*payload) : std::string();
}

void SetRetryAfter(absl::Status& status, absl::Duration retry_after) {
  // Rounded up: who comes back just in time is to be let in.
  const int64_t ms =
      std::max<int64_t>(0, absl::ToInt64Milliseconds(
                               absl::Ceil(retry_after, absl::Milliseconds(1))));
  status.SetPayload(kRetryAfterPayloadUrl, absl::Cord(absl::StrCat(ms)));
}

std::optional<absl::Duration> GetRetryAfter(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(kRetryAfterPayloadUrl);
  int64_t ms = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &ms)) {
    return std::nullopt;
  }
  return absl::Milliseconds(ms);
}

}  // namespace causeway
