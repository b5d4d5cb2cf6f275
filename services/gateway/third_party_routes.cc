#include "services/gateway/third_party_routes.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::query::v1;
using Async = pb::QueryProxy::StubInterface::async_interface;
using LookUpRequest = pb::LookUpThirdPartyRequest;

// Parameters that say who asks, and are no application service's business.
constexpr absl::string_view kNotFields[] = {"access_token", "user_id",
                                            "user_token", "device_id",
                                            "org.matrix.msc3202.device_id"};

// By the protocol in the path, or by the ID in the parameter `id_name`.
absl::StatusOr<LookUpRequest> MakeSearch(const RoutedRequest& request,
                                         LookUpRequest::Kind kind,
                                         absl::string_view id_name) {
  const QueryParameters& query = request.http.parsed.query;
  LookUpRequest search;
  search.set_kind(kind);
  search.set_protocol(request.path.Get("protocol"));
  if (search.protocol().empty()) {
    search.set_matrix_id(std::string(query.FirstOrEmpty(id_name)));
    if (search.matrix_id().empty()) return matrix::MissingParam(id_name);
    return search;
  }
  for (const auto& [name, value] : query.all()) {
    if (std::find(std::begin(kNotFields), std::end(kNotFields), name) ==
        std::end(kNotFields)) {
      search.mutable_fields()->insert({name, value});  // The first counts.
    }
  }
  return search;
}

}  // namespace

ThirdPartyRoutes::ThirdPartyRoutes(pb::QueryProxy::StubInterface& query_proxy)
    : query_proxy_(query_proxy) {}

RouteTable ThirdPartyRoutes::Routes() {
  using Method = Answer (ThirdPartyRoutes::*)(const RoutedRequest&);
  const auto route = [this](absl::string_view path, Method answer) {
    return Route{
        {"GET", absl::StrCat("/_matrix/client/{version}/thirdparty", path),
         AllClientVersions()},
        RouteAuth::kRequired,
        [this, answer](const RoutedRequest& request) {
          return (this->*answer)(request);
        }};
  };
  const auto uri_route = [this](const char* path,
                                pb::LookUpUriRequest::Kind kind,
                                const char* field) {
    return Route{{"GET", path, {}},
                 RouteAuth::kRequired,
                 [this, kind, field](const RoutedRequest& request) {
                   return LookUpUri(request, kind, field);
                 }};
  };
  return {
      route("/protocols", &ThirdPartyRoutes::GetProtocols),
      route("/protocol/{protocol}", &ThirdPartyRoutes::GetProtocol),
      route("/location/{protocol?}", &ThirdPartyRoutes::GetLocation),
      route("/user/{protocol?}", &ThirdPartyRoutes::GetUser),
      uri_route("/_matrix/app/v1/user", pb::LookUpUriRequest::USER, "user_id"),
      uri_route("/_matrix/app/v1/alias", pb::LookUpUriRequest::ALIAS, "alias"),
  };
}

ThirdPartyRoutes::Answer ThirdPartyRoutes::LookUp(const RoutedRequest& request,
                                                  LookUpRequest look_up) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::LookUpThirdPartyResponse response,
      co_await server::AwaitCall(request.call, query_proxy_.async(),
                                 &Async::LookUpThirdParty, std::move(look_up)));
  co_return JsonResponse(std::move(*response.mutable_json()));
}

ThirdPartyRoutes::Answer ThirdPartyRoutes::GetProtocols(
    const RoutedRequest& request) {
  LookUpRequest look_up;
  look_up.set_kind(LookUpRequest::PROTOCOL);
  co_return co_await LookUp(request, std::move(look_up));
}

ThirdPartyRoutes::Answer ThirdPartyRoutes::GetProtocol(
    const RoutedRequest& request) {
  LookUpRequest look_up;
  look_up.set_kind(LookUpRequest::PROTOCOL);
  look_up.set_protocol(request.path.Get("protocol"));
  co_return co_await LookUp(request, std::move(look_up));
}

ThirdPartyRoutes::Answer ThirdPartyRoutes::GetLocation(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      LookUpRequest search,
      MakeSearch(request, LookUpRequest::LOCATION, "alias"));
  co_return co_await LookUp(request, std::move(search));
}

ThirdPartyRoutes::Answer ThirdPartyRoutes::GetUser(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      LookUpRequest search, MakeSearch(request, LookUpRequest::USER, "userid"));
  co_return co_await LookUp(request, std::move(search));
}

ThirdPartyRoutes::Answer ThirdPartyRoutes::LookUpUri(
    const RoutedRequest& request, pb::LookUpUriRequest::Kind kind,
    const char* field) {
  const absl::string_view uri = request.http.parsed.query.FirstOrEmpty("uri");
  if (uri.empty()) co_return matrix::MissingParam("uri");
  pb::LookUpUriRequest look_up;
  look_up.set_kind(kind);
  look_up.set_uri(std::string(uri));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::LookUpUriResponse response,
      co_await server::AwaitCall(request.call, query_proxy_.async(),
                                 &Async::LookUpUri, std::move(look_up)));
  co_return JsonResponse(matrix::DumpJson({{field, response.matrix_id()}}));
}

}  // namespace causeway::gateway
