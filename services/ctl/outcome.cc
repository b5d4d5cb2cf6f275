#include "services/ctl/outcome.h"

#include "absl/strings/cord.h"

namespace causeway::ctl {
namespace {

constexpr char kBadUsage[] = "causeway/bad_usage";
constexpr char kIll[] = "causeway/ill";

absl::Status Marked(absl::Status status, absl::string_view mark) {
  status.SetPayload(mark, absl::Cord());
  return status;
}

bool HasMark(const absl::Status& status, absl::string_view mark) {
  return status.GetPayload(mark).has_value();
}

}  // namespace

absl::Status BadUsage(absl::string_view message) {
  return Marked(absl::InvalidArgumentError(message), kBadUsage);
}

bool IsBadUsage(const absl::Status& status) {
  return HasMark(status, kBadUsage);
}

absl::Status Ill(absl::string_view message) {
  return Marked(absl::FailedPreconditionError(message), kIll);
}

bool IsIll(const absl::Status& status) { return HasMark(status, kIll); }

}  // namespace causeway::ctl
