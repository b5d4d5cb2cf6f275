#include "services/shared/appservice_client/appservice_url.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::appservice_client {
namespace {

using matrix::InvalidParam;

constexpr int kPortMax = 65535;

// Source: https://www.rfc-editor.org/rfc/rfc3986#appendix-A
bool IsUrlCharacter(char c) {
  return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
         !absl::StrContains("\"<>\\^`{|}", absl::string_view(&c, 1));
}

bool IsPort(absl::string_view text) {
  int port = 0;
  // Digits only: SimpleAtoi takes signs and spaces.
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return absl::SimpleAtoi(text, &port) && port >= 1 && port <= kPortMax;
}

// `authority` is what stands between "//" and the path: host, "host:port",
// "[v6]", "[v6]:port".
absl::Status CheckAuthority(absl::string_view field,
                            absl::string_view authority) {
  if (absl::StrContains(authority, '@')) {
    return InvalidParam(field, "names a user, which isn't allowed");
  }
  absl::string_view host = authority;
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  if (colon != authority.npos &&
      (bracket == authority.npos || colon > bracket)) {
    host = authority.substr(0, colon);
    if (!IsPort(authority.substr(colon + 1))) {
      return InvalidParam(field, "has a port that isn't one");
    }
  }
  const bool is_ipv6 = absl::ConsumePrefix(&host, "[");
  if (is_ipv6 && !absl::ConsumeSuffix(&host, "]")) {
    return InvalidParam(field, "has a host with an open bracket");
  }
  if (host.empty()) return InvalidParam(field, "has no host");
  for (char c : host) {
    const bool allowed = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                         c == '.' || c == '-' || c == '_' ||
                         (is_ipv6 && c == ':');
    if (!allowed) {
      return InvalidParam(field,
                          "has a host with a character that no host has");
    }
  }
  return absl::OkStatus();
}

bool HasDotSegment(absl::string_view path) {
  for (absl::string_view segment : absl::StrSplit(path, '/')) {
    std::string plain =
        absl::StrReplaceAll(absl::AsciiStrToLower(segment), {{"%2e", "."}});
    if (plain == "." || plain == "..") return true;
  }
  return false;
}

}  // namespace

absl::Status CheckAppserviceUrl(absl::string_view field,
                                absl::string_view url) {
  if (url.empty()) return absl::OkStatus();
  if (url.size() > kUrlBytesMax) {
    return InvalidParam(field,
                        absl::StrCat("has more than ", kUrlBytesMax, " bytes"));
  }
  if (!std::all_of(url.begin(), url.end(), IsUrlCharacter)) {
    return InvalidParam(field,
                        "holds a character that must be percent-encoded");
  }
  if (url.find_first_of("?#") != url.npos) {
    return InvalidParam(field, "has a query or a fragment");
  }
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, "http://") &&
      !absl::ConsumePrefix(&rest, "https://")) {
    return InvalidParam(field, "doesn't begin with http:// or https://");
  }
  const size_t path = std::min(rest.find('/'), rest.size());
  CAUSEWAY_RETURN_IF_ERROR(CheckAuthority(field, rest.substr(0, path)));
  if (HasDotSegment(rest.substr(path))) {
    return InvalidParam(field, "has a \".\" or \"..\" in its path");
  }
  return absl::OkStatus();
}

bool IsUnderPrefix(absl::string_view url, absl::string_view prefix) {
  if (url.empty() || prefix.empty()) return true;
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, prefix)) {
    // Routes are appended after a slash, so a missing last one is no matter.
    return absl::EndsWith(prefix, "/") && url == absl::StripSuffix(prefix, "/");
  }
  return rest.empty() || rest[0] == '/' || absl::EndsWith(prefix, "/");
}

}  // namespace causeway::appservice_client
