#ifndef CAUSEWAY_SERVICES_GATEWAY_SYNC_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_SYNC_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/gateway/route.h"
#include "services/gateway/sync_many.h"

namespace causeway::gateway {

// The long poll for news, the filters that go with it, and what there was
// before it, initialSync and events.
//
// A sync that waits is told to stop when its client hangs up or this process
// drains. It then answers that nothing has happened, which is harmless: the
// client asks again from where it stands.
//
// Thread-safe.
class SyncRoutes {
 public:
  // All must outlive the routes.
  SyncRoutes(homeserver::v1::Accounts::StubInterface& accounts,
             homeserver::v1::Rooms::StubInterface& rooms,
             homeserver::v1::Updates::StubInterface& updates);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  Answer Sync(const RoutedRequest& request);
  Answer InitialSync(const RoutedRequest& request);
  Answer ListenEvents(const RoutedRequest& request);
  Answer CreateFilter(const RoutedRequest& request);
  Answer GetFilter(const RoutedRequest& request);

  homeserver::v1::Accounts::StubInterface& accounts_;
  homeserver::v1::Rooms::StubInterface& rooms_;
  homeserver::v1::Updates::StubInterface& updates_;
  SyncMany sync_many_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_SYNC_ROUTES_H_
