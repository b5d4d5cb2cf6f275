#include "services/gateway/profile_routes.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/account_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Accounts::StubInterface::async_interface;

// Source: https://spec.matrix.org/v1.17/client-server-api/#profiles
// The capability m.profile_fields says which fields there can be.
boost::asio::awaitable<absl::StatusOr<HttpResponse>> HasNoOtherFields(
    const RoutedRequest& request) {
  co_return matrix::NotFound(
      absl::StrCat("field ", matrix::Quote(request.path.Get("field"))));
}

boost::asio::awaitable<absl::StatusOr<HttpResponse>> KeepsNoOtherFields(
    const RoutedRequest&) {
  co_return matrix::Forbidden(
      "a profile has a displayname and an avatar_url and nothing else");
}

}  // namespace

ProfileRoutes::ProfileRoutes(pb::Accounts::StubInterface& accounts)
    : accounts_(accounts) {}

RouteTable ProfileRoutes::Routes() {
  RouteTable table;
  for (const char* field : {"", kDisplayNameField, kAvatarUrlField}) {
    const absl::string_view slash = *field == '\0' ? "" : "/";
    const std::string path = absl::StrCat(
        "/_matrix/client/{version}/profile/{user_id}", slash, field);
    // Profiles are public. But an application service that asks for a user of
    // its own is known by its token, so that it isn't asked itself.
    table.push_back({.pattern = {"GET", path, AllClientVersions()},
                     .auth = RouteAuth::kOptional,
                     .handler = [this, field](const RoutedRequest& request) {
                       return Get(request, field);
                     }});
    table.push_back({.pattern = {"PUT", path, AllClientVersions()},
                     .auth = RouteAuth::kRequired,
                     .handler = [this, field](const RoutedRequest& request) {
                       return Put(request, field);
                     }});
    if (*field == '\0') continue;
    table.push_back({.pattern = {"DELETE", path, AllClientVersions()},
                     .auth = RouteAuth::kRequired,
                     .handler = [this, field](const RoutedRequest& request) {
                       return Delete(request, field);
                     }});
  }
  const auto other = [&table](const char* method, RouteHandler handler) {
    table.push_back(
        {.pattern = {method,
                     "/_matrix/client/{version}/profile/{user_id}/{field}",
                     AllClientVersions()},
         .auth = std::string(method) == "GET" ? RouteAuth::kOptional
                                              : RouteAuth::kRequired,
         .handler = std::move(handler)});
  };
  other("GET", HasNoOtherFields);
  other("PUT", KeepsNoOtherFields);
  other("DELETE", KeepsNoOtherFields);
  return table;
}

ProfileRoutes::Answer ProfileRoutes::Get(const RoutedRequest& request,
                                         absl::string_view field) {
  pb::GetProfileRequest get;
  get.set_user_id(request.path.Get("user_id"));
  *get.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::Profile profile,
      co_await server::AwaitCall(request.call, accounts_.async(),
                                 &Async::GetProfile, std::move(get)));
  co_return JsonResponse(ProfileAnswer(profile, field));
}

ProfileRoutes::Answer ProfileRoutes::Put(const RoutedRequest& request,
                                         absl::string_view field) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::Profile changes,
                               ParseProfile(request.http.body, field));
  co_return co_await Change(request, std::move(changes));
}

ProfileRoutes::Answer ProfileRoutes::Delete(const RoutedRequest& request,
                                            absl::string_view field) {
  pb::Profile changes;
  changes.set_has_display_name(field == kDisplayNameField);
  changes.set_has_avatar_url(field == kAvatarUrlField);
  co_return co_await Change(request, std::move(changes));
}

ProfileRoutes::Answer ProfileRoutes::Change(const RoutedRequest& request,
                                            pb::Profile changes) {
  pb::SetProfileRequest set;
  *set.mutable_profile() = std::move(changes);
  *set.mutable_principal() = request.principal;
  set.set_user_id(request.path.Get("user_id"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, accounts_.async(),
                                  &Async::SetProfile, std::move(set)))
          .status());
  co_return HttpResponse();
}

}  // namespace causeway::gateway
