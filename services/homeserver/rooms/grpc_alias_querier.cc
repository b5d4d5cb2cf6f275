#include "services/homeserver/rooms/grpc_alias_querier.h"

#include <optional>
#include <utility>
#include <vector>

#include "services/homeserver/await_query.h"
#include "services/homeserver/query_outcome_proto.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

namespace pb = causeway::query::v1;

// An answer can have thousands of them.
constexpr int kLinesPerSecondMax = 10;

// An event whose sender is no user ID is nobody's, and left out.
template <typename Events>
std::vector<DraftAnswerEvent> EventsFromProto(const Events& protos,
                                              const std::string& request_id,
                                              server::LineQuota& quota) {
  std::vector<DraftAnswerEvent> events;
  for (const pb::RoomAnswerEvent& proto : protos) {
    absl::StatusOr<matrix::UserId> sender =
        matrix::UserId::Parse(proto.user_id(), "user_id");
    if (!sender.ok()) {
      if (quota.Take()) {
        log::Warning("an event of a room answer has no proper sender",
                     {{"error", sender.status()}, {"request_id", request_id}});
      }
      continue;
    }
    std::optional<std::string> state_key;
    if (proto.has_state_key()) state_key = proto.state_key();
    events.push_back({.type = proto.type(),
                      .state_key = std::move(state_key),
                      .sender = *std::move(sender),
                      .content_json = proto.content_json(),
                      .origin_server_ts = proto.origin_server_ts()});
  }
  return events;
}

}  // namespace

GrpcAliasQuerier::GrpcAliasQuerier(
    pb::QueryProxy::StubInterface& stub,
    const registry_watch::LatestSnapshot& registry, const Clock& clock)
    : stub_(stub),
      registry_(registry),
      clock_(clock),
      line_quota_(kLinesPerSecondMax, clock) {}

boost::asio::awaitable<absl::StatusOr<AliasAnswer>>
GrpcAliasQuerier::QueryAlias(matrix::RoomAlias alias,
                             std::string caused_by_appservice_uid,
                             server::CallContext call) {
  pb::QueryRoomAliasRequest request;
  request.set_room_alias(alias.str());
  request.set_min_registry_revision(registry_.Snapshot()->revision());
  request.set_caused_by_appservice_uid(std::move(caused_by_appservice_uid));
  using Async = pb::QueryProxy::StubInterface::async_interface;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::QueryRoomAliasResponse response,
      co_await AwaitQuery(call, stub_.async(), &Async::QueryRoomAlias,
                          std::move(request), clock_));
  co_return AliasAnswer{
      .outcome = QueryOutcomeFromProto(response.outcome()),
      .appservice_uid = response.appservice_uid(),
      .room = {.state = EventsFromProto(response.state(), call.request_id,
                                        line_quota_),
               .events = EventsFromProto(response.events(), call.request_id,
                                         line_quota_)}};
}

}  // namespace causeway::homeserver
