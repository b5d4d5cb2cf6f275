#include "services/gateway/key_routes.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/key_json.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Keys::StubInterface::async_interface;

}  // namespace

KeyRoutes::KeyRoutes(pb::Keys::StubInterface& keys) : keys_(keys) {}

RouteTable KeyRoutes::Routes() {
  const auto route = [this](const char* method, absl::string_view path,
                            Answer (KeyRoutes::*answer)(const RoutedRequest&)) {
    return Route{{method, absl::StrCat("/_matrix/client/{version}/keys", path),
                  AllClientVersions()},
                 RouteAuth::kRequired,
                 [this, answer](const RoutedRequest& request) {
                   return (this->*answer)(request);
                 }};
  };
  return {
      route("POST", "/upload", &KeyRoutes::Upload),
      route("POST", "/query", &KeyRoutes::Query),
      route("POST", "/claim", &KeyRoutes::Claim),
      route("GET", "/changes", &KeyRoutes::GetChanges),
  };
}

KeyRoutes::Answer KeyRoutes::Upload(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::UploadKeysRequest upload,
                               ParseUploadKeys(request.http.body));
  *upload.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::UploadKeysResponse response,
      co_await server::AwaitCall(request.call, keys_.async(),
                                 &Async::UploadKeys, std::move(upload)));
  co_return JsonResponse(UploadKeysAnswer(response));
}

KeyRoutes::Answer KeyRoutes::Query(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::QueryKeysRequest query,
                               ParseQueryKeys(request.http.body));
  *query.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::QueryKeysResponse response,
      co_await server::AwaitCall(request.call, keys_.async(), &Async::QueryKeys,
                                 std::move(query)));
  co_return JsonResponse(QueryKeysAnswer(response));
}

KeyRoutes::Answer KeyRoutes::Claim(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::ClaimKeysRequest claim,
                               ParseClaimKeys(request.http.body));
  *claim.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::ClaimKeysResponse response,
      co_await server::AwaitCall(request.call, keys_.async(), &Async::ClaimKeys,
                                 std::move(claim)));
  co_return JsonResponse(ClaimKeysAnswer(response));
}

KeyRoutes::Answer KeyRoutes::GetChanges(const RoutedRequest& request) {
  const QueryParameters& query = request.http.parsed.query;
  pb::GetKeyChangesRequest get;
  *get.mutable_principal() = request.principal;
  get.set_from(std::string(query.FirstOrEmpty("from")));
  get.set_to(std::string(query.FirstOrEmpty("to")));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetKeyChangesResponse response,
      co_await server::AwaitCall(request.call, keys_.async(),
                                 &Async::GetKeyChanges, std::move(get)));
  co_return JsonResponse(KeyChangesAnswer(response));
}

}  // namespace causeway::gateway
