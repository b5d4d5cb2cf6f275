#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_H_

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/homeserver/accounts/filters.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/principal_proto.h"
#include "services/homeserver/rooms/alias_resolver.h"
#include "services/homeserver/rooms/room_actions.h"
#include "services/homeserver/rooms/room_directory.h"
#include "services/homeserver/rooms/room_timeline.h"
#include "services/homeserver/rooms/room_views.h"
#include "services/homeserver/sync/long_poll.h"
#include "services/homeserver/sync/sync_filter.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/homeserver/sync/sync_streams.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

// Of ListRooms.
inline constexpr int kRoomsPageDefault = 50;
inline constexpr int kRoomsPageMax = 1000;

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
    absl::Duration query_deadline = absl::Seconds(10);
  };

  // What it serves. All must outlive the service.
  struct Domain {
    UserDiscovery& discovery;
    RoomActions& actions;
    RoomViews& views;
    RoomTimeline& timeline;
    RoomDirectory& directory;
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
  grpc::ServerBidiReactor<v1::SyncManyRequest, v1::SyncManyResponse>* SyncMany(
      Context*) override;

  Reactor* RedactEvent(Context*, const v1::RedactEventRequest*,
                       v1::SendEventResponse*) override;
  Reactor* ForgetRoom(Context*, const v1::ForgetRoomRequest*,
                      v1::ForgetRoomResponse*) override;
  Reactor* GetEventContext(Context*, const v1::GetEventContextRequest*,
                           v1::GetEventContextResponse*) override;
  Reactor* GetRoomAliases(Context*, const v1::GetRoomAliasesRequest*,
                          v1::GetRoomAliasesResponse*) override;
  Reactor* GetInitialSync(Context*, const v1::GetInitialSyncRequest*,
                          v1::GetInitialSyncResponse*) override;
  Reactor* GetRoomVisibility(Context*, const v1::GetRoomVisibilityRequest*,
                             v1::GetRoomVisibilityResponse*) override;
  Reactor* SetRoomVisibility(Context*, const v1::SetRoomVisibilityRequest*,
                             v1::SetRoomVisibilityResponse*) override;
  Reactor* ListPublicRooms(Context*, const v1::ListPublicRoomsRequest*,
                           v1::ListPublicRoomsResponse*) override;
  Reactor* ListRooms(Context*, const v1::ListRoomsRequest*,
                     v1::ListRoomsResponse*) override;
  Reactor* FindEvent(Context*, const v1::FindEventRequest*,
                     v1::FindEventResponse*) override;

  // Calls of SyncMany end, when their syncs have.
  void Drain();

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

  absl::StatusOr<v1::GetInitialSyncResponse> InitialSync(
      const Caller& caller, const v1::GetInitialSyncRequest& request);
  absl::StatusOr<v1::ListRoomsResponse> List(
      const v1::ListRoomsRequest& request);

  // The filter that a /sync names, by ID or as it is.
  absl::StatusOr<SyncFilter> FindFilter(const matrix::UserId& user_id,
                                        const std::string& filter);
  Answer<v1::ResolveAliasResponse> HandleResolveAlias(
      const v1::ResolveAliasRequest& request, server::CallContext call);
  Answer<std::unique_ptr<SyncQuery>> AwaitSyncQuery(
      const v1::SyncRequest& request, server::CallContext call);
  Answer<v1::SyncResponse> HandleSync(const v1::SyncRequest& request,
                                      server::CallContext call,
                                      std::stop_token stop_waiting);

  const Options options_;
  const Domain domain_;
  registry_watch::LatestSnapshot& registry_;
  const Clock& clock_;
  server::Executor& executor_;
  SyncStreams sync_streams_;
};

template <typename Request, typename Response, typename Handler>
RoomsService::Reactor* RoomsService::Serve(Context* context,
                                           const Request* request,
                                           Response* response,
                                           Handler handler) {
  return server::SpawnUnary(
      executor_, context, response,
      [this, request, handler = std::move(handler)](
          const server::CallContext& call) -> Answer<Response> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            Asking asking, co_await AwaitAsking(request->principal(), call));
        co_return co_await handler(std::move(asking), *request);
      });
}

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_H_
