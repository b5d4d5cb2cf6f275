#ifndef CAUSEWAY_SERVICES_CTL_FILES_H_
#define CAUSEWAY_SERVICES_CTL_FILES_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace causeway::ctl {

inline constexpr size_t kTokenBytesMax = 1024;

// The bytes of a file. NOT_FOUND or PERMISSION_DENIED as the system says;
// INVALID_ARGUMENT above `bytes_max`. All name the file.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max);

// The token that is all of a file but the newline at its end.
// INVALID_ARGUMENT, naming the file and never its content, when it is empty,
// above kTokenBytesMax, or holds blanks or control characters.
absl::StatusOr<std::string> ReadTokenFile(const std::string& path);

// Makes a file that its owner alone can read. ALREADY_EXISTS, PERMISSION_DENIED
// and so on as the system says, naming the file.
absl::Status WriteSecretFile(const std::string& path, const std::string& text);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_FILES_H_
