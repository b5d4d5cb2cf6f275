#include "services/shared/files/token_file.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "services/shared/files/read_file.h"
#include "services/shared/status/status_macros.h"

namespace causeway::files {

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes,
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

}  // namespace causeway::files
