#ifndef CAUSEWAY_SERVICES_GATEWAY_EVENT_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_EVENT_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// Sending events and reading them.
//
// Content goes on as the bytes that the client sent, events come back as the
// bytes that the homeserver stores.
//
// Thread-safe.
class EventRoutes {
 public:
  // `rooms` must outlive the routes.
  explicit EventRoutes(homeserver::v1::Rooms::StubInterface& rooms);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  Answer SendMessage(const RoutedRequest& request);
  // The draft's, which has no client transaction ID.
  Answer SendDraftMessage(const RoutedRequest& request);
  Answer SendState(const RoutedRequest& request);
  Answer GetState(const RoutedRequest& request);
  Answer GetStateEvent(const RoutedRequest& request);
  Answer GetMessages(const RoutedRequest& request);
  Answer GetEvent(const RoutedRequest& request);
  Answer GetContext(const RoutedRequest& request);
  Answer GetInitialSync(const RoutedRequest& request);
  Answer Redact(const RoutedRequest& request);

  Answer Send(const RoutedRequest& request,
              homeserver::v1::SendEventRequest event);

  homeserver::v1::Rooms::StubInterface& rooms_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_EVENT_ROUTES_H_
