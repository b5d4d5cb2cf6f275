#include "services/push_dispatcher/delivery/answer_excerpt.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "services/shared/matrix/percent_encoding.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::push {
namespace {

constexpr char kHidden[] = "(token)";
constexpr char kNotUtf8[] = "\xEF\xBF\xBD";  // U+FFFD.

// Looked at: more than is shown, since tokens become shorter.
constexpr size_t kReadBytesMax = 4 * kAnswerExcerptBytesMax;

// The longest as_token that the registry takes.
constexpr size_t kTokenBytesMax = 1024;

// What tokens are made of in practice, and may be followed by as well.
bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("-._~+/", c);
}
bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("-_~", c);
}

size_t Count(absl::string_view text, size_t begin, bool (*is_one)(char)) {
  while (begin < text.size() && is_one(text[begin])) ++begin;
  return begin;
}

std::string WithoutHsToken(absl::string_view text, const std::string& token) {
  if (token.empty()) return std::string(text);
  return absl::StrReplaceAll(absl::StrReplaceAll(text, {{token, kHidden}}),
                             {{matrix::EncodeUriComponent(token), kHidden}});
}

// How many bytes at the beginning of `text` are the token; 0: none.
size_t TokenBytes(absl::string_view text, absl::string_view sha256) {
  const size_t all = Count(text, 0, IsTokenCharacter);
  const size_t padded = Count(text, all, [](char c) { return c == '='; });
  size_t sentence = all;
  while (sentence > 0 && !absl::ascii_isalnum(text[sentence - 1])) --sentence;
  size_t last = 0;
  for (size_t bytes :
       {padded, all, sentence, Count(text, 0, IsWordCharacter)}) {
    if (bytes == 0 || bytes == last || bytes > kTokenBytesMax) continue;
    if (matrix::Sha256(text.substr(0, bytes)) == sha256) return bytes;
    last = bytes;
  }
  return 0;
}

std::string WithoutAsToken(absl::string_view text, absl::string_view sha256) {
  std::string out;
  while (!text.empty()) {
    size_t bytes = TokenBytes(text, sha256);
    if (bytes > 0) {
      out.append(kHidden);
    } else {
      bytes = std::max<size_t>(Count(text, 0, IsWordCharacter), 1);
      out.append(text.data(), bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

// How many bytes of `text` are its first character; 0 if that isn't UTF-8.
size_t CharacterBytes(absl::string_view text) {
  for (size_t bytes = 1; bytes <= 4 && bytes <= text.size(); ++bytes) {
    if (matrix::IsValidUtf8(text.substr(0, bytes))) return bytes;
  }
  return 0;
}

}  // namespace

std::string AnswerExcerpt(absl::string_view body,
                          const AnswerSecrets& secrets) {
  if (body.size() > kReadBytesMax) {
    body = body.substr(0, kReadBytesMax);
    // A part of a token would not be recognised.
    const absl::string_view shortest =
        body.substr(0, kReadBytesMax - kTokenBytesMax);
    while (body.size() > shortest.size() && IsTokenCharacter(body.back())) {
      body.remove_suffix(1);
    }
  }
  const std::string text =
      WithoutAsToken(WithoutHsToken(WithoutHsToken(body, secrets.hs_token),
                                    secrets.previous_hs_token),
                     secrets.as_token_sha256);
  std::string excerpt;
  absl::string_view rest = text;
  while (!rest.empty()) {
    const size_t bytes = CharacterBytes(rest);
    absl::string_view character =
        bytes == 0 ? absl::string_view(kNotUtf8) : rest.substr(0, bytes);
    if (bytes > 0 && matrix::HasControlCharacter(character)) character = " ";
    if (excerpt.size() + character.size() > kAnswerExcerptBytesMax) break;
    excerpt.append(character.data(), character.size());
    rest.remove_prefix(std::max<size_t>(bytes, 1));
  }
  return excerpt;
}

}  // namespace causeway::push
