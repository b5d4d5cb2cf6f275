#ifndef CAUSEWAY_SERVICES_SHARED_FILES_READ_FILE_H_
#define CAUSEWAY_SERVICES_SHARED_FILES_READ_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace causeway::files {

// The bytes of a file. NOT_FOUND, PERMISSION_DENIED and so on as the system
// says; INVALID_ARGUMENT above `bytes_max`. All name the file, and none what it
// holds.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max);

}  // namespace causeway::files

#endif  // CAUSEWAY_SERVICES_SHARED_FILES_READ_FILE_H_
