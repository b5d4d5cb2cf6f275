#include "services/ctl/ill.h"

#include "absl/strings/cord.h"

namespace causeway::ctl {
namespace {

constexpr char kPayloadUrl[] = "causeway/ill";

}  // namespace

absl::Status Ill(absl::string_view message) {
  absl::Status status = absl::FailedPreconditionError(message);
  status.SetPayload(kPayloadUrl, absl::Cord());
  return status;
}

bool IsIll(const absl::Status& status) {
  return status.GetPayload(kPayloadUrl).has_value();
}

}  // namespace causeway::ctl
