#include "services/ctl/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "services/ctl/outcome.h"

namespace causeway::ctl {

absl::Status WriteSecretFile(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
  if (file < 0) {
    return BadUsage(
        absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path))
            .message());
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
