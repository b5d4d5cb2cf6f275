#ifndef CAUSEWAY_SERVICES_CTL_USAGE_H_
#define CAUSEWAY_SERVICES_CTL_USAGE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::ctl {

// INVALID_ARGUMENT that a command itself finds in its flags, before it asks a
// service anything; what a service refuses isn't this.
absl::Status BadUsage(absl::string_view message);
bool IsBadUsage(const absl::Status& status);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_USAGE_H_
