#ifndef CAUSEWAY_SERVICES_CTL_SECRET_FILE_H_
#define CAUSEWAY_SERVICES_CTL_SECRET_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace causeway::ctl {

// Makes a file that its owner alone can read. ALREADY_EXISTS, PERMISSION_DENIED
// and so on as the system says, naming the file.
absl::Status WriteSecretFile(const std::string& path, const std::string& text);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_SECRET_FILE_H_
