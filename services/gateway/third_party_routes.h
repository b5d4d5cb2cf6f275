#ifndef CAUSEWAY_SERVICES_GATEWAY_THIRD_PARTY_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_THIRD_PARTY_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// What application services tell of the networks that they bridge to, and the
// draft's look-up of a URI elsewhere (/_matrix/app/v1/user?uri= and
// alias?uri=).
// Source: https://spec.matrix.org/v1.17/client-server-api/#third-party-networks
// Source: the draft, "ID conventions".
//
// Thread-safe.
class ThirdPartyRoutes {
 public:
  // `query_proxy` must outlive the routes.
  explicit ThirdPartyRoutes(query::v1::QueryProxy::StubInterface& query_proxy);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  // The JSON that query_proxy answers.
  Answer LookUp(const RoutedRequest& request,
                query::v1::LookUpThirdPartyRequest look_up);
  Answer GetProtocols(const RoutedRequest& request);
  Answer GetProtocol(const RoutedRequest& request);
  Answer GetLocation(const RoutedRequest& request);
  Answer GetUser(const RoutedRequest& request);
  Answer LookUpUri(const RoutedRequest& request,
                   query::v1::LookUpUriRequest::Kind kind, const char* field);

  query::v1::QueryProxy::StubInterface& query_proxy_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_THIRD_PARTY_ROUTES_H_
