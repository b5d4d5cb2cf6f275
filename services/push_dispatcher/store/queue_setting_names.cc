#include "services/push_dispatcher/store/queue_setting_names.h"

namespace causeway::push {

std::string OnRejectionName(OnRejection on_rejection) {
  switch (on_rejection) {
    case OnRejection::kBlock:
      break;
    case OnRejection::kQuarantine:
      return "quarantine";
    case OnRejection::kSkip:
      return "skip";
  }
  return "block";
}

std::string OnExpiryName(OnExpiry on_expiry) {
  switch (on_expiry) {
    case OnExpiry::kDeliver:
      break;
    case OnExpiry::kQuarantine:
      return "quarantine";
    case OnExpiry::kDrop:
      return "drop";
  }
  return "deliver";
}

OnRejection ReadOnRejection(absl::string_view name) {
  if (name == "quarantine") return OnRejection::kQuarantine;
  return name == "skip" ? OnRejection::kSkip : OnRejection::kBlock;
}

OnExpiry ReadOnExpiry(absl::string_view name) {
  if (name == "quarantine") return OnExpiry::kQuarantine;
  return name == "drop" ? OnExpiry::kDrop : OnExpiry::kDeliver;
}

}  // namespace causeway::push
