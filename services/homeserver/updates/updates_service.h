#ifndef CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATES_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATES_SERVICE_H_

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/homeserver/account_data/account_data_store.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/ephemeral/receipts.h"
#include "services/homeserver/ephemeral/typing.h"
#include "services/homeserver/principal_proto.h"
#include "services/homeserver/push_rules/push_rules.h"
#include "services/homeserver/rooms/room_views.h"
#include "services/homeserver/service_metrics.h"
#include "services/homeserver/sync/long_poll.h"
#include "services/homeserver/to_device/device_messages.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::homeserver {

// causeway.homeserver.v1.Updates: decodes, finds out who asks, calls the
// domain, encodes.
//
// Thread-safe.
class UpdatesService final : public v1::Updates::CallbackService {
 public:
  // What it serves. All must outlive the service.
  struct Domain {
    UserDiscovery& discovery;
    RoomViews& views;
    UserData& user_data;
    PushRules& push_rules;
    Typing& typing;
    Receipts& receipts;
    Presence& presence;
    DeviceMessages& device_messages;
    LongPoll& long_poll;
    ServiceMetrics* metrics = nullptr;  // May be null.
  };

  // `registry` and `executor` must outlive the service.
  UpdatesService(Domain domain, registry_watch::LatestSnapshot& registry,
                 matrix::ServerName server_name, server::Executor& executor);

  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;

  Reactor* GetAccountData(Context*, const v1::GetAccountDataRequest*,
                          v1::GetAccountDataResponse*) override;
  Reactor* SetAccountData(Context*, const v1::SetAccountDataRequest*,
                          v1::SetAccountDataResponse*) override;
  Reactor* SetTag(Context*, const v1::SetTagRequest*,
                  v1::SetTagResponse*) override;
  Reactor* SetTyping(Context*, const v1::SetTypingRequest*,
                     v1::SetTypingResponse*) override;
  Reactor* SendReceipts(Context*, const v1::SendReceiptsRequest*,
                        v1::SendReceiptsResponse*) override;
  Reactor* GetPresence(Context*, const v1::GetPresenceRequest*,
                       v1::GetPresenceResponse*) override;
  Reactor* SetPresence(Context*, const v1::SetPresenceRequest*,
                       v1::SetPresenceResponse*) override;
  Reactor* SendToDevice(Context*, const v1::SendToDeviceRequest*,
                        v1::SendToDeviceResponse*) override;
  Reactor* ListenEvents(Context*, const v1::ListenEventsRequest*,
                        v1::ListenEventsResponse*) override;

 private:
  template <typename Response>
  using Answer = boost::asio::awaitable<absl::StatusOr<Response>>;

  // Runs a handler that is given who asks, who exists, and the request, and
  // that blocks.
  template <typename Request, typename Response, typename Handler>
  Reactor* Serve(Context* context, const Request* request, Response* response,
                 Handler handler);

  // Who asks, and exists.
  Answer<Caller> AwaitKnownCaller(v1::Principal principal,
                                  server::CallContext call);
  Answer<v1::ListenEventsResponse> HandleListenEvents(
      const v1::ListenEventsRequest& request, server::CallContext call,
      std::stop_token caller_gone);

  // Also the push rules of who hasn't changed any.
  absl::StatusOr<std::string> FindAccountData(const matrix::UserId& user_id,
                                              const AccountDataPlace& place);
  // The rooms that the user is joined to.
  absl::StatusOr<std::vector<std::string>> RoomsOf(
      const matrix::UserId& user_id);
  // PERMISSION_DENIED (M_FORBIDDEN) unless the user is joined to the room.
  absl::Status CheckJoined(const matrix::UserId& user_id,
                           const std::string& room_id);
  // PERMISSION_DENIED (M_FORBIDDEN) unless the two share a room.
  absl::Status CheckSharesRoom(const matrix::UserId& viewer,
                               const matrix::UserId& user_id);

  const Domain domain_;
  registry_watch::LatestSnapshot& registry_;
  const matrix::ServerName server_name_;
  server::Executor& executor_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATES_SERVICE_H_
