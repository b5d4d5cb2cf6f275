#include "services/shared/files/read_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace causeway::files {
namespace {

absl::Status CannotRead(const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t bytes_max) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) return CannotRead(path);
  // Secrets are read, too: no copy stays in a buffer of the C library's.
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  // One more than allowed, to tell a file that is too long.
  std::string bytes(bytes_max + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) return CannotRead(path);
  if (bytes.size() > bytes_max) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has more than ", bytes_max, " bytes"));
  }
  return bytes;
}

}  // namespace causeway::files
