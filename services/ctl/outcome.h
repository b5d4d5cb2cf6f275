#ifndef CAUSEWAY_SERVICES_CTL_OUTCOME_H_
#define CAUSEWAY_SERVICES_CTL_OUTCOME_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::ctl {

// How a command ends that is told by an exit code of its own; what a service
// refuses is neither.

// INVALID_ARGUMENT that a command itself finds in its flags, or with a file
// that they name, before it asks a service to change anything.
absl::Status BadUsage(absl::string_view message);
bool IsBadUsage(const absl::Status& status);

// FAILED_PRECONDITION: the command did not fail, but found that not all is
// well. What it found has been shown.
absl::Status Ill(absl::string_view message = "");
bool IsIll(const absl::Status& status);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_OUTCOME_H_
