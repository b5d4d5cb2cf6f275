#include "services/gateway/media_headers.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace causeway::gateway {
namespace {

// Source: https://spec.matrix.org/v1.17/client-server-api/#serving-inline-content
constexpr std::array<absl::string_view, 26> kInlineTypes = {
    "text/css",         "text/plain",          "text/csv",
    "application/json", "application/ld+json", "image/jpeg",
    "image/gif",        "image/png",           "image/apng",
    "image/webp",       "image/avif",          "video/mp4",
    "video/webm",       "video/ogg",           "video/quicktime",
    "audio/mp4",        "audio/webm",          "audio/aac",
    "audio/mpeg",       "audio/ogg",           "audio/wave",
    "audio/wav",        "audio/x-wav",         "audio/x-pn-wav",
    "audio/flac",       "audio/x-flac"};

// Source: https://spec.matrix.org/v1.17/client-server-api/#content-repository
constexpr char kSandbox[] =
    "sandbox; default-src 'none'; script-src 'none'; plugin-types "
    "application/pdf; style-src 'unsafe-inline'; object-src 'self';";

// "Text/Plain; charset=utf-8" -> "text/plain".
std::string BareType(absl::string_view content_type) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(
      content_type.substr(0, content_type.find(';'))));
}

// Source: https://www.rfc-editor.org/rfc/rfc8187#section-3.2
std::string PercentEncoded(absl::string_view text) {
  constexpr absl::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_') {
      encoded.push_back(c);
    } else {
      absl::StrAppend(&encoded, "%", kHex.substr(byte >> 4, 1),
                      kHex.substr(byte & 15, 1));
    }
  }
  return encoded;
}

// Both names, where the simple one says it all only the simple one.
// Source: https://www.rfc-editor.org/rfc/rfc6266
std::string FileNameParameter(absl::string_view file_name) {
  if (file_name.empty()) return "";
  const bool is_simple =
      std::all_of(file_name.begin(), file_name.end(), [](char c) {
        return absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '"' &&
               c != '\\' && c != '%';
      });
  return is_simple
             ? absl::StrCat("; filename=\"", file_name, "\"")
             : absl::StrCat("; filename*=UTF-8''", PercentEncoded(file_name));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> MediaHeaders(
    absl::string_view content_type, absl::string_view file_name) {
  const std::string type = BareType(content_type);
  const bool is_inline = std::find(kInlineTypes.begin(), kInlineTypes.end(),
                                   type) != kInlineTypes.end();
  return {
      {"Content-Disposition", absl::StrCat(is_inline ? "inline" : "attachment",
                                           FileNameParameter(file_name))},
      {"Content-Security-Policy", kSandbox},
      {"X-Content-Type-Options", "nosniff"},
      // Web clients show them from another origin than ours.
      {"Cross-Origin-Resource-Policy", "cross-origin"},
      // None is ever changed.
      {"Cache-Control", "private, max-age=31536000, immutable"}};
}

bool IsPicture(absl::string_view content_type) {
  const std::string type = BareType(content_type);
  // Not image/svg+xml, which is a program.
  return absl::StartsWith(type, "image/") &&
         std::find(kInlineTypes.begin(), kInlineTypes.end(), type) !=
             kInlineTypes.end();
}

}  // namespace causeway::gateway
