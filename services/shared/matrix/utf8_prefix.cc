#include "services/shared/matrix/utf8_prefix.h"

namespace causeway::matrix {

absl::string_view Utf8Prefix(absl::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t size = bytes_max;
  // 10xxxxxx is never the first byte of a character.
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
    --size;
  }
  return text.substr(0, size);
}

}  // namespace causeway::matrix
