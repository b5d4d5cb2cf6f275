// The names of what a queue's settings can be, in tables and records.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_SETTING_NAMES_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_SETTING_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {

// "block", "quarantine", "skip".
std::string OnRejectionName(OnRejection on_rejection);
// "deliver", "quarantine", "drop".
std::string OnExpiryName(OnExpiry on_expiry);

// Back; a name that isn't one is the first.
OnRejection ReadOnRejection(absl::string_view name);
OnExpiry ReadOnExpiry(absl::string_view name);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_SETTING_NAMES_H_
