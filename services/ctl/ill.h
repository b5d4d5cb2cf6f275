#ifndef CAUSEWAY_SERVICES_CTL_ILL_H_
#define CAUSEWAY_SERVICES_CTL_ILL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::ctl {

// Not that a command failed, but that it found that not all is well. What it
// found has been shown.
absl::Status Ill(absl::string_view message = "");
bool IsIll(const absl::Status& status);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_ILL_H_
