#include "services/shared/appservice_client/routes.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/percent_encoding.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::appservice_client {
namespace {

absl::Status BadUrl(absl::string_view url, absl::string_view why) {
  return matrix::MakeError(absl::StatusCode::kInvalidArgument,
                           "M_INVALID_PARAM",
                           absl::StrCat("URL ", matrix::Quote(url), ": ", why));
}

// Source: https://www.rfc-editor.org/rfc/rfc3986#appendix-A
bool IsUrlCharacter(char c) {
  return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
         !absl::StrContains("\"<>\\^`{|}", absl::string_view(&c, 1));
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &port) && port > 0 && port <= 65535;
}

// What stands between "://" and the path: "host", "host:80", "[::1]:80".
std::string FindAuthorityFault(absl::string_view authority) {
  if (absl::StrContains(authority, '@')) return "holds a user name";
  const size_t host_end = authority.rfind(']');
  const size_t colon =
      authority.find(':', host_end == absl::string_view::npos ? 0 : host_end);
  if (authority.substr(0, colon).empty()) return "has no host";
  if (absl::StartsWith(authority, "[") && host_end == absl::string_view::npos) {
    return "`[` is not closed";
  }
  if (colon != absl::string_view::npos &&
      !IsPort(authority.substr(colon + 1))) {
    return "has no valid port after `:`";
  }
  return "";
}

bool IsHeaderValue(absl::string_view text) {
  return std::none_of(text.begin(), text.end(), absl::ascii_iscntrl);
}

absl::string_view PathOf(Route route) {
  switch (route) {
    case Route::kUsers:
      return "/users/";
    case Route::kRooms:
      return "/rooms/";
    case Route::kTransactions:
      return "/transactions/";
    case Route::kPing:
      return "/ping";
  }
  return "/";
}

}  // namespace

absl::Status ValidateAppserviceUrl(absl::string_view url) {
  if (url.size() > kUrlBytesMax) {
    return BadUrl(url, absl::StrCat("has more than ", kUrlBytesMax, " bytes"));
  }
  const size_t scheme_end = url.find("://");
  const absl::string_view scheme =
      url.substr(0, scheme_end == absl::string_view::npos ? 0 : scheme_end);
  if (!absl::EqualsIgnoreCase(scheme, "http") &&
      !absl::EqualsIgnoreCase(scheme, "https")) {
    return BadUrl(url, "does not begin with http:// or https://");
  }
  if (!std::all_of(url.begin(), url.end(), IsUrlCharacter)) {
    return BadUrl(url, "holds a character that must be percent-encoded");
  }
  if (url.find_first_of("?#") != absl::string_view::npos) {
    return BadUrl(url, "holds a query or a fragment");
  }
  const absl::string_view rest = url.substr(scheme_end + 3);
  const std::string fault = FindAuthorityFault(rest.substr(0, rest.find('/')));
  return fault.empty() ? absl::OkStatus() : BadUrl(url, fault);
}

absl::StatusOr<Target> MakeTarget(const AppserviceRequest& request,
                                  Dialect dialect) {
  CAUSEWAY_RETURN_IF_ERROR(ValidateAppserviceUrl(request.url));
  if (dialect == Dialect::kDraft && request.route == Route::kPing) {
    return absl::UnimplementedError("the draft has no ping");
  }
  absl::string_view base = request.url;
  while (absl::ConsumeSuffix(&base, "/")) {
  }
  const std::string path = absl::StrCat(PathOf(request.route),
                                        matrix::EncodeUriComponent(request.id));
  Target target;
  if (dialect == Dialect::kDraft) {
    target.url = absl::StrCat(base, path, "?access_token=",
                              matrix::EncodeUriComponent(request.hs_token));
    return target;
  }
  if (!IsHeaderValue(request.hs_token)) {
    return absl::InvalidArgumentError("the hs_token holds a control character");
  }
  target.url = absl::StrCat(base, "/_matrix/app/v1", path);
  target.authorization = absl::StrCat("Bearer ", request.hs_token);
  return target;
}

absl::string_view Method(Route route) {
  switch (route) {
    case Route::kUsers:
    case Route::kRooms:
      return "GET";
    case Route::kTransactions:
      return "PUT";
    case Route::kPing:
      return "POST";
  }
  return "GET";
}

}  // namespace causeway::appservice_client
