#ifndef CAUSEWAY_SERVICES_GATEWAY_DISPATCHER_H_
#define CAUSEWAY_SERVICES_GATEWAY_DISPATCHER_H_

#include <boost/asio/awaitable.hpp>

#include "services/gateway/authenticator.h"
#include "services/gateway/http/http_message.h"
#include "services/gateway/http/router.h"
#include "services/gateway/rate_limits.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// Takes a request to the handler of its route: finds the route, finds out who
// asks and whether it may ask so much, calls the handler, turns an error into
// its answer.
//
// OPTIONS is answered for any path: browsers ask before they send a token.
// Source: https://spec.matrix.org/v1.17/client-server-api/#web-browser-clients
//
// Thread-safe.
class Dispatcher {
 public:
  // The references must outlive the dispatcher. Aborts when two lines of the
  // table mean the same path and method.
  Dispatcher(RouteTable table, Authenticator& authenticator,
             RateLimits& limits);

  // Never throws: what a handler throws is a fault of ours, 500.
  boost::asio::awaitable<HttpResponse> Handle(HttpRequest request) const;

  const RouteTable& routes() const { return table_; }

 private:
  boost::asio::awaitable<absl::StatusOr<HttpResponse>> Call(
      const Route& route, RoutedRequest& request) const;
  boost::asio::awaitable<absl::StatusOr<homeserver::v1::Principal>>
  Authenticate(const RoutedRequest& request) const;

  const RouteTable table_;
  const Router router_;
  Authenticator& authenticator_;
  RateLimits& limits_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_DISPATCHER_H_
