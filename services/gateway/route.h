#ifndef CAUSEWAY_SERVICES_GATEWAY_ROUTE_H_
#define CAUSEWAY_SERVICES_GATEWAY_ROUTE_H_

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/http/http_message.h"
#include "services/gateway/http/router.h"
#include "services/shared/server/call_context.h"

// One line of the route table, whole: path, who may call, what answers. The
// table is the concatenation of what *_routes.h give (main.cc); nothing is
// served that isn't a line of it.
namespace causeway::gateway {

// A request that has found its route.
struct RoutedRequest {
  const HttpRequest& http;
  PathParameters path;
  // Who asks. Not set where the route needs nobody.
  homeserver::v1::Principal principal;
  server::CallContext call;  // For calls to other services.
};

// Answers a request, or gives the error to answer with. Runs as HttpHandler
// does. `request` lives until the coroutine has ended.
using RouteHandler =
    std::function<boost::asio::awaitable<absl::StatusOr<HttpResponse>>(
        const RoutedRequest& request)>;

enum class RouteAuth {
  kNone,      // Tokens are ignored.
  kOptional,  // Without a token there is no principal; a wrong one is refused.
  kRequired,
};

struct Route {
  RoutePattern pattern;
  RouteAuth auth = RouteAuth::kRequired;
  RouteHandler handler;
};

using RouteTable = std::vector<Route>;

// The generations of the client-server API, whose routes are served alike:
// today's clients call v3, those of the drafts' days the others.
inline std::vector<std::string> AllClientVersions() {
  return {"v3", "r0", "v1", "v2_alpha", "api/v1"};
}

// A 200 with `body`, which must be a JSON object (or an array, where the
// specification has one).
inline HttpResponse JsonResponse(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_ROUTE_H_
