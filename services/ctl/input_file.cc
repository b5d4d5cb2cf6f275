#include "services/ctl/input_file.h"

#include "absl/strings/str_cat.h"
#include "services/ctl/outcome.h"
#include "services/shared/files/read_file.h"
#include "services/shared/files/token_file.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

absl::StatusOr<std::string> OrBadUsage(absl::StatusOr<std::string> read) {
  if (read.ok()) return read;
  return BadUsage(read.status().message());
}

}  // namespace

absl::StatusOr<std::string> ReadInput(const std::string& path,
                                      size_t bytes_max) {
  return OrBadUsage(files::ReadFile(path, bytes_max));
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  return OrBadUsage(files::ReadTokenFile(path));
}

absl::StatusOr<registration_file::RegistrationFile> ReadRegistration(
    const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::string text,
      ReadInput(path, registration_file::kRegistrationFileBytesMax));
  auto file = registration_file::ParseRegistrationFile(text);
  if (file.ok()) return file;
  return BadUsage(absl::StrCat(path, ": ", file.status().message()));
}

}  // namespace causeway::ctl
