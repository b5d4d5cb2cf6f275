#ifndef CAUSEWAY_SERVICES_SHARED_FILES_TOKEN_FILE_H_
#define CAUSEWAY_SERVICES_SHARED_FILES_TOKEN_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace causeway::files {

inline constexpr size_t kTokenBytesMax = 1024;

// The token that is all of a file but the newline at its end. NOT_FOUND,
// PERMISSION_DENIED and so on as the system says; INVALID_ARGUMENT when it is
// empty, above kTokenBytesMax, or holds blanks or control characters. All name
// the file, and none what it holds.
absl::StatusOr<std::string> ReadTokenFile(const std::string& path);

}  // namespace causeway::files

#endif  // CAUSEWAY_SERVICES_SHARED_FILES_TOKEN_FILE_H_
