#include "services/ctl/usage.h"

#include "absl/strings/cord.h"

namespace causeway::ctl {
namespace {

constexpr char kPayloadUrl[] = "causeway/bad_usage";

}  // namespace

absl::Status BadUsage(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kPayloadUrl, absl::Cord());
  return status;
}

bool IsBadUsage(const absl::Status& status) {
  return status.GetPayload(kPayloadUrl).has_value();
}

}  // namespace causeway::ctl
