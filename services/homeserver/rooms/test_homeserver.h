#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_TEST_HOMESERVER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_TEST_HOMESERVER_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <type_traits>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/fake_filter_store.h"
#include "services/homeserver/accounts/fake_user_querier.h"
#include "services/homeserver/accounts/filters.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/news/event_news.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/news/stream_follower.h"
#include "services/homeserver/rooms/alias_directory.h"
#include "services/homeserver/rooms/alias_resolver.h"
#include "services/homeserver/rooms/event_redactor.h"
#include "services/homeserver/rooms/event_sender.h"
#include "services/homeserver/rooms/fake_alias_querier.h"
#include "services/homeserver/rooms/membership_changes.h"
#include "services/homeserver/rooms/published_rooms.h"
#include "services/homeserver/rooms/room_actions.h"
#include "services/homeserver/rooms/room_directory.h"
#include "services/homeserver/rooms/room_founding.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_metrics.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/homeserver/rooms/room_timeline.h"
#include "services/homeserver/rooms/room_views.h"
#include "services/homeserver/rooms/rooms_service.h"
#include "services/homeserver/sync/long_poll.h"
#include "services/homeserver/sync/test_updates.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/testing/loopback_server.h"

namespace causeway::homeserver {

// The Rooms service of "hsdomain.com", over any stores, called as the gateway
// calls it. Its executor has one thread, so that whatever holds a thread while
// it waits for an application service hangs the test. One is registered: uid
// "1", id "irc", with the users @irc.freenode.net/.* and the aliases
// #irc.freenode.net/.*, both exclusive; the fake queriers answer for it.
//
// Thread-compatible.
class TestHomeserver {
 public:
  // All must outlive this object.
  TestHomeserver(UserStore& users, RoomStore& rooms, RoomHistory& history,
                 PublishedRooms& published);
  ~TestHomeserver();

  using Stub = v1::Rooms::StubInterface;

  // server().Call(&Stub::JoinRoom, request)
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const std::type_identity_t<Request>& request) {
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *stub_,
                        method, request);
  }

  Stub& stub() { return *stub_; }
  // As when the process is told to end.
  void Drain();
  // How many syncs wait for news.
  int SyncsWaiting() const;

  FakeClock clock;
  registry_watch::LatestSnapshot registry;
  FakeUserQuerier user_querier;
  FakeAliasQuerier alias_querier;
  Accounts accounts;
  FakeFilterStore filter_store;
  Filters filters;
  MembershipChanges memberships;

 private:
  prometheus::Registry metrics_registry_;
  RoomMetrics metrics_;
  UserDiscovery discovery_;
  AliasDirectory aliases_;
  RoomFounding founding_;
  EventSender sender_;
  EventRedactor redactor_;
  RoomViews views_;
  RoomTimeline timeline_;
  RoomDirectory directory_;
  AliasResolver resolver_;
  RoomActions actions_;
  EventNews event_news_;
  NewsWaiters waiters_;
  TestUpdates updates_;
  StreamFollower follower_;
  LongPoll long_poll_;
  server::Executor executor_;
  RoomsService service_;
  server::LoopbackServer server_;
  const std::unique_ptr<Stub> stub_;
};

// Who asks.
v1::Principal PersonPrincipal(absl::string_view user_id);
// The registered application service, as `user_id` or, empty, its own user.
v1::Principal AppservicePrincipal(absl::string_view user_id = "");

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_TEST_HOMESERVER_H_
