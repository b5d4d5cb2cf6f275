#ifndef CAUSEWAY_SERVICES_GATEWAY_PUSH_RULE_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_PUSH_RULE_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/push_rules.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// Push rules: all, those of a kind, one, and what is set of it.
// Source: https://spec.matrix.org/v1.17/client-server-api/#push-rules-api
//
// Thread-safe.
class PushRuleRoutes {
 public:
  // Must outlive the routes.
  explicit PushRuleRoutes(homeserver::v1::PushRules::StubInterface& push_rules);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  // `depth`: how many parts the path has after /pushrules.
  Answer Get(const RoutedRequest& request, int depth);
  Answer Set(const RoutedRequest& request, int depth);
  Answer Delete(const RoutedRequest& request);

  homeserver::v1::PushRules::StubInterface& push_rules_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_PUSH_RULE_ROUTES_H_
