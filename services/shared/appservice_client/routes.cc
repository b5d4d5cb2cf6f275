#include "services/shared/appservice_client/routes.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/appservice_url.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/percent_encoding.h"
#include "services/shared/status/status_macros.h"

namespace causeway::appservice_client {
namespace {

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
    case Route::kThirdPartyProtocol:
      return "/thirdparty/protocol/";
    case Route::kThirdPartyLocation:
      return "/thirdparty/location/";
    case Route::kThirdPartyUser:
      return "/thirdparty/user/";
    case Route::kUserByUri:
      return "/user";
    case Route::kAliasByUri:
      return "/alias";
  }
  return "/";
}

bool IsThirdParty(Route route) {
  return route == Route::kThirdPartyProtocol ||
         route == Route::kThirdPartyLocation || route == Route::kThirdPartyUser;
}

// What stands before the path.
absl::string_view PrefixOf(Route route, Dialect dialect) {
  if (dialect == Dialect::kV1) return "/_matrix/app/v1";
  return IsThirdParty(route) ? "/_matrix/app/unstable" : "";
}

std::string PathAndQuery(const AppserviceRequest& request, Dialect dialect) {
  absl::string_view path = PathOf(request.route);
  if (request.id.empty()) absl::ConsumeSuffix(&path, "/");
  std::string text = absl::StrCat(PrefixOf(request.route, dialect), path,
                                  matrix::EncodeUriComponent(request.id));
  char separator = '?';
  const auto add = [&](absl::string_view name, absl::string_view value) {
    absl::StrAppend(&text, absl::string_view(&separator, 1),
                    matrix::EncodeUriComponent(name), "=",
                    matrix::EncodeUriComponent(value));
    separator = '&';
  };
  for (const auto& [name, value] : request.parameters) add(name, value);
  if (dialect == Dialect::kDraft) add("access_token", request.hs_token);
  return text;
}

}  // namespace

absl::StatusOr<Target> MakeTarget(const AppserviceRequest& request,
                                  Dialect dialect) {
  if (request.url.empty()) return matrix::InvalidParam("url", "is empty");
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceUrl("url", request.url));
  if (dialect == Dialect::kDraft && request.route == Route::kPing) {
    return absl::UnimplementedError("the draft has no ping");
  }
  absl::string_view base = request.url;
  while (absl::ConsumeSuffix(&base, "/")) {
  }
  Target target;
  target.url = absl::StrCat(base, PathAndQuery(request, dialect));
  if (dialect == Dialect::kDraft) return target;
  if (!IsHeaderValue(request.hs_token)) {
    return absl::InvalidArgumentError("the hs_token holds a control character");
  }
  target.authorization = absl::StrCat("Bearer ", request.hs_token);
  return target;
}

absl::string_view Method(Route route) {
  if (route == Route::kTransactions) return "PUT";
  return route == Route::kPing ? "POST" : "GET";
}

bool HasFallback(Route route) {
  return IsRemembered(route) || IsThirdParty(route);
}

bool IsRemembered(Route route) {
  return route == Route::kUsers || route == Route::kRooms ||
         route == Route::kTransactions;
}

}  // namespace causeway::appservice_client
