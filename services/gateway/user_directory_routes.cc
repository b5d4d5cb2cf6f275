#include "services/gateway/user_directory_routes.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "services/shared/matrix/json.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::UserDirectory::StubInterface::async_interface;
using matrix::Json;

absl::StatusOr<pb::SearchUsersRequest> ParseSearch(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  pb::SearchUsersRequest search;
  CAUSEWAY_ASSIGN_OR_RETURN(*search.mutable_search_term(),
                            matrix::GetString(json, "search_term"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                            matrix::GetOptionalInt(json, "limit"));
  // Beyond the homeserver's own bounds all are alike.
  search.set_limit(static_cast<int32_t>(std::clamp<int64_t>(
      limit.value_or(0), -1, std::numeric_limits<int32_t>::max())));
  return search;
}

std::string SearchAnswer(const pb::SearchUsersResponse& response) {
  Json results = Json::array();
  for (const pb::SearchUsersResponse::User& user : response.users()) {
    Json one = {{"user_id", user.user_id()}};
    const pb::Profile& profile = user.profile();
    if (profile.has_display_name()) {
      one["display_name"] = profile.display_name();
    }
    if (profile.has_avatar_url()) one["avatar_url"] = profile.avatar_url();
    results.push_back(std::move(one));
  }
  return matrix::DumpJson(
      Json{{"limited", response.limited()}, {"results", std::move(results)}});
}

}  // namespace

UserDirectoryRoutes::UserDirectoryRoutes(
    pb::UserDirectory::StubInterface& user_directory)
    : user_directory_(user_directory) {}

RouteTable UserDirectoryRoutes::Routes() {
  return {{{"POST", "/_matrix/client/{version}/user_directory/search",
            AllClientVersions()},
           RouteAuth::kRequired,
           [this](const RoutedRequest& request) { return Search(request); }}};
}

boost::asio::awaitable<absl::StatusOr<HttpResponse>>
UserDirectoryRoutes::Search(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::SearchUsersRequest search,
                               ParseSearch(request.http.body));
  *search.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::SearchUsersResponse response,
      co_await server::AwaitCall(request.call, user_directory_.async(),
                                 &Async::SearchUsers, std::move(search)));
  co_return JsonResponse(SearchAnswer(response));
}

}  // namespace causeway::gateway
