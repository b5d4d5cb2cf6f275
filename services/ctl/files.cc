#include "services/ctl/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t bytes_max) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  // One more than allowed, to tell a file that is too long.
  std::string bytes(bytes_max + 1, '\0');
  if (!file ||
      !file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    if (!file.eof()) {
      return absl::ErrnoToStatus(errno == 0 ? EIO : errno,
                                 absl::StrCat("cannot read ", path));
    }
  }
  bytes.resize(static_cast<size_t>(file.gcount()));
  if (bytes.size() > bytes_max) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has more than ", bytes_max, " bytes"));
  }
  return bytes;
}

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string bytes,
                            ReadFile(path, kTokenBytesMax + 2));
  absl::string_view token = bytes;
  absl::ConsumeSuffix(&token, "\n");
  absl::ConsumeSuffix(&token, "\r");
  if (token.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " holds no token"));
  }
  if (token.size() > kTokenBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " holds a token of more than ", kTokenBytesMax, " bytes"));
  }
  const bool printable = std::all_of(token.begin(), token.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (!printable) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " holds more than a token: blanks or control characters"));
  }
  return std::string(token);
}

absl::Status WriteSecretFile(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
  if (file < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  }
  const ssize_t written = write(file, text.data(), text.size());
  const int write_error = errno;
  if (close(file) == 0 && written == static_cast<ssize_t>(text.size())) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(written < 0 ? write_error : EIO,
                             absl::StrCat("cannot write ", path));
}

}  // namespace causeway::ctl
