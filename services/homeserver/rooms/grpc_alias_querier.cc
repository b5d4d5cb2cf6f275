#include "services/homeserver/rooms/grpc_alias_querier.h"

#include <optional>
#include <utility>
#include <vector>

#include "services/homeserver/await_query.h"
#include "services/homeserver/query_outcome_proto.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

namespace pb = causeway::query::v1;

// An event whose sender is no user ID is nobody's: left out, and counted.
template <typename Events>
std::vector<DraftAnswerEvent> EventsFromProto(const Events& protos,
                                              int& senderless_count) {
  std::vector<DraftAnswerEvent> events;
  for (const pb::RoomAnswerEvent& proto : protos) {
    absl::StatusOr<matrix::UserId> sender =
        matrix::UserId::Parse(proto.user_id(), "user_id");
    if (!sender.ok()) {
      ++senderless_count;
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
    : stub_(stub), registry_(registry), clock_(clock) {}

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
  AliasAnswer answer;
  answer.outcome = QueryOutcomeFromProto(response.outcome());
  answer.appservice_uid = response.appservice_uid();
  answer.room.state =
      EventsFromProto(response.state(), answer.senderless_count);
  answer.room.events =
      EventsFromProto(response.events(), answer.senderless_count);
  co_return answer;
}

}  // namespace causeway::homeserver
