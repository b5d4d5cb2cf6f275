#include "services/shared/matrix/percent_encoding.h"

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::matrix {
namespace {

absl::Status BadEncoding(absl::string_view text, absl::string_view why) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, "M_INVALID_PARAM",
      absl::StrCat("percent-encoding of ", Quote(text), ": ", why));
}

// -1 if `c` isn't a hex digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::StatusOr<std::string> Decode(absl::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return BadEncoding(
            text, absl::StrCat("`%` without two hex digits at byte ", i));
      }
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  if (!IsValidUtf8(decoded)) return BadEncoding(text, "is not UTF-8");
  if (decoded.find('\0') != std::string::npos) {
    return BadEncoding(text, "holds U+0000");
  }
  return decoded;
}

}  // namespace

absl::StatusOr<std::string> DecodePathSegment(absl::string_view segment) {
  return Decode(segment, /*plus_is_space=*/false);
}

absl::StatusOr<std::string> DecodeQueryValue(absl::string_view text) {
  return Decode(text, /*plus_is_space=*/true);
}

std::string EncodeUriComponent(absl::string_view text) {
  constexpr absl::string_view kUnescaped = "-_.!~*'()";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size() + 16);
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) ||
        kUnescaped.find(c) != absl::string_view::npos) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kHex[byte >> 4]);
      encoded.push_back(kHex[byte & 15]);
    }
  }
  return encoded;
}

}  // namespace causeway::matrix
