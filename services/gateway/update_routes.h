#ifndef CAUSEWAY_SERVICES_GATEWAY_UPDATE_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_UPDATE_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// What users keep for themselves and tell each other beside events: account
// data, tags, typing, receipts, presence, messages to devices.
//
// Thread-safe.
class UpdateRoutes {
 public:
  // Must outlive the routes.
  explicit UpdateRoutes(homeserver::v1::Updates::StubInterface& updates);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  // Of all rooms, where the path has no room_id.
  Answer GetAccountData(const RoutedRequest& request, bool of_room);
  Answer SetAccountData(const RoutedRequest& request, bool of_room);
  Answer GetTags(const RoutedRequest& request);
  Answer SetTag(const RoutedRequest& request, bool deletes);
  Answer SetTyping(const RoutedRequest& request);
  Answer SendReceipt(const RoutedRequest& request);
  Answer SetReadMarkers(const RoutedRequest& request);
  Answer GetPresence(const RoutedRequest& request);
  Answer SetPresence(const RoutedRequest& request);
  Answer SendToDevice(const RoutedRequest& request);

  homeserver::v1::Updates::StubInterface& updates_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_UPDATE_ROUTES_H_
