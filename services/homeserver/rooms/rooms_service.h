#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/homeserver/accounts/filters.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/principal_proto.h"
#include "services/homeserver/rooms/alias_resolver.h"
#include "services/homeserver/rooms/room_actions.h"
#include "services/homeserver/rooms/room_views.h"
#include "services/homeserver/sync/long_poll.h"
#include "services/homeserver/sync/sync_filter.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::homeserver {

// causeway.homeserver.v1.Rooms: decodes, finds out who asks, calls the domain,
// encodes. Everything is a coroutine, since any of it may have to wait for the
// registry's revision or an application service, and holds nothing meanwhile.
//
// Thread-safe.
class RoomsService final : public v1::Rooms::CallbackService {
 public:
  struct Options {
    matrix::ServerName server_name;
    // How long a request waits for application services, all in all.
    absl::Duration query_deadline = absl::Seconds(30);
  };

  // What it serves. All must outlive the service.
  struct Domain {
    UserDiscovery& discovery;
    RoomActions& actions;
    RoomViews& views;
    AliasResolver& resolver;
    LongPoll& long_poll;
    Filters& filters;
  };

  // `registry`, `clock` and `executor` must outlive the service.
  RoomsService(Options options, Domain domain,
               registry_watch::LatestSnapshot& registry, const Clock& clock,
               server::Executor& executor);

  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;

  Reactor* CreateRoom(Context*, const v1::CreateRoomRequest*,
                      v1::CreateRoomResponse*) override;
  Reactor* JoinRoom(Context*, const v1::JoinRoomRequest*,
                    v1::JoinRoomResponse*) override;
  Reactor* SetMembership(Context*, const v1::SetMembershipRequest*,
                         v1::SetMembershipResponse*) override;
  Reactor* SendEvent(Context*, const v1::SendEventRequest*,
                     v1::SendEventResponse*) override;
  Reactor* GetState(Context*, const v1::GetStateRequest*,
                    v1::GetStateResponse*) override;
  Reactor* GetStateEvent(Context*, const v1::GetStateEventRequest*,
                         v1::GetStateEventResponse*) override;
  Reactor* GetMembers(Context*, const v1::GetMembersRequest*,
                      v1::GetMembersResponse*) override;
  Reactor* GetMessages(Context*, const v1::GetMessagesRequest*,
                       v1::GetMessagesResponse*) override;
  Reactor* GetEvent(Context*, const v1::GetEventRequest*,
                    v1::GetEventResponse*) override;
  Reactor* GetJoinedRooms(Context*, const v1::GetJoinedRoomsRequest*,
                          v1::GetJoinedRoomsResponse*) override;
  Reactor* ResolveAlias(Context*, const v1::ResolveAliasRequest*,
                        v1::ResolveAliasResponse*) override;
  Reactor* CreateAlias(Context*, const v1::CreateAliasRequest*,
                       v1::CreateAliasResponse*) override;
  Reactor* DeleteAlias(Context*, const v1::DeleteAliasRequest*,
                       v1::DeleteAliasResponse*) override;
  Reactor* Sync(Context*, const v1::SyncRequest*, v1::SyncResponse*) override;

 private:
  template <typename Response>
  using Answer = boost::asio::awaitable<absl::StatusOr<Response>>;

  // Who asks: known, and within the time that queries may take.
  struct Asking {
    Caller caller;
    server::CallContext call;
  };
  Answer<Asking> AwaitAsking(v1::Principal principal, server::CallContext call);
  server::CallContext WithQueryDeadline(server::CallContext call) const;

  // Runs a handler that is given who asks and the request.
  template <typename Request, typename Response, typename Handler>
  Reactor* Serve(Context* context, const Request* request, Response* response,
                 Handler handler);

  // The filter that a /sync names, by ID or as it is.
  absl::StatusOr<SyncFilter> FindFilter(const matrix::UserId& user_id,
                                        const std::string& filter);
  Answer<v1::ResolveAliasResponse> HandleResolveAlias(
      const v1::ResolveAliasRequest& request, server::CallContext call);
  Answer<v1::SyncResponse> HandleSync(const v1::SyncRequest& request,
                                      server::CallContext call);

  const Options options_;
  const Domain domain_;
  registry_watch::LatestSnapshot& registry_;
  const Clock& clock_;
  server::Executor& executor_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_H_
