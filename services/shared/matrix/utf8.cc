#include "services/shared/matrix/utf8.h"

#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace causeway::matrix {
namespace {

bool IsAsciiControl(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

// U+0080-U+009F are the two-byte sequences C2 80 to C2 9F.
bool IsC1Control(absl::string_view text, size_t byte_index) {
  return static_cast<unsigned char>(text[byte_index]) == 0xc2 &&
         byte_index + 1 < text.size() &&
         static_cast<unsigned char>(text[byte_index + 1]) < 0xa0;
}

// The length of `text` cut to `bytes_max` without cutting a character in two.
size_t CutLength(absl::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text.size();
  size_t length = bytes_max;
  while (length > 0 &&
         (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) {
    --length;
  }
  return length;
}

}  // namespace

bool IsValidUtf8(absl::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

bool HasControlCharacter(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsAsciiControl(static_cast<unsigned char>(text[i])) ||
        IsC1Control(text, i)) {
      return true;
    }
  }
  return false;
}

std::string Quote(absl::string_view text) {
  const bool is_utf8 = IsValidUtf8(text);
  absl::string_view shown =
      text.substr(0, is_utf8 ? CutLength(text, kQuotedBytesMax)
                             : std::min(text.size(), kQuotedBytesMax));
  std::string quoted = "\"";
  for (size_t i = 0; i < shown.size(); ++i) {
    const auto byte = static_cast<unsigned char>(shown[i]);
    if (is_utf8 && IsC1Control(shown, i)) {
      absl::StrAppend(
          &quoted, "\\x",
          absl::Hex(static_cast<unsigned char>(shown[++i]), absl::kZeroPad2));
    } else if (IsAsciiControl(byte) || (byte >= 0x80 && !is_utf8)) {
      absl::StrAppend(&quoted, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      quoted.push_back(shown[i]);
    }
  }
  absl::StrAppend(&quoted, "\"", shown.size() < text.size() ? "..." : "");
  return quoted;
}

}  // namespace causeway::matrix
