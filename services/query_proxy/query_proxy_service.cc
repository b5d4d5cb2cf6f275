#include "services/query_proxy/query_proxy_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/await_revision.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::query {
namespace {

v1::Outcome OutcomeToProto(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNobodyToAsk:
      return v1::NOBODY_TO_ASK;
    case Outcome::kExistsCreate:
      return v1::EXISTS_CREATE;
    case Outcome::kLookAgain:
      return v1::LOOK_AGAIN;
    case Outcome::kNotFound:
      return v1::NOT_FOUND;
    case Outcome::kTimedOut:
      return v1::TIMED_OUT;
    case Outcome::kAppserviceUnavailable:
      return v1::APPSERVICE_UNAVAILABLE;
  }
  return v1::OUTCOME_UNSPECIFIED;
}

void FillEvent(const RoomEvent& event, v1::RoomAnswerEvent& proto) {
  proto.set_type(event.type);
  proto.set_user_id(event.user_id);
  proto.set_content_json(event.content_json);
  proto.set_origin_server_ts(event.origin_server_ts);
  proto.set_has_state_key(event.state_key.has_value());
  proto.set_state_key(event.state_key.value_or(""));
}

template <typename Response>
void FillOutcome(const Answer& answer, Response& response) {
  response.set_outcome(OutcomeToProto(answer.outcome));
  response.set_appservice_uid(answer.appservice_uid);
  response.set_appservice_id(answer.appservice_id);
}

}  // namespace

QueryProxyService::QueryProxyService(Options options, QueryEngine& engine,
                                     registry_watch::LatestSnapshot& registry,
                                     const Clock& clock,
                                     server::Executor& executor)
    : options_(options),
      engine_(engine),
      registry_(registry),
      clock_(clock),
      executor_(executor) {}

grpc::ServerUnaryReactor* QueryProxyService::QueryUser(
    grpc::CallbackServerContext* context, const v1::QueryUserRequest* request,
    v1::QueryUserResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleQueryUser(*request, call);
                            });
}

grpc::ServerUnaryReactor* QueryProxyService::QueryRoomAlias(
    grpc::CallbackServerContext* context,
    const v1::QueryRoomAliasRequest* request,
    v1::QueryRoomAliasResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleQueryRoomAlias(*request, call);
                            });
}

boost::asio::awaitable<absl::StatusOr<v1::QueryUserResponse>>
QueryProxyService::HandleQueryUser(const v1::QueryUserRequest& request,
                                   server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      matrix::UserId user_id,
      matrix::UserId::Parse(request.user_id(), "user_id"));
  Question question{.kind = QuestionKind::kUser, .id = user_id.str()};
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Answer answer,
      co_await Query(std::move(question), request.min_registry_revision(),
                     request.caused_by_appservice_uid(), std::move(call)));
  v1::QueryUserResponse response;
  FillOutcome(answer, response);
  response.set_display_name(answer.profile.display_name);
  response.set_avatar_url(answer.profile.avatar_url);
  co_return response;
}

boost::asio::awaitable<absl::StatusOr<v1::QueryRoomAliasResponse>>
QueryProxyService::HandleQueryRoomAlias(
    const v1::QueryRoomAliasRequest& request, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      matrix::RoomAlias room_alias,
      matrix::RoomAlias::Parse(request.room_alias(), "room_alias"));
  Question question{.kind = QuestionKind::kRoomAlias, .id = room_alias.str()};
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Answer answer,
      co_await Query(std::move(question), request.min_registry_revision(),
                     request.caused_by_appservice_uid(), std::move(call)));
  v1::QueryRoomAliasResponse response;
  FillOutcome(answer, response);
  if (answer.room != nullptr) {
    for (const RoomEvent& event : answer.room->state) {
      FillEvent(event, *response.add_state());
    }
    for (const RoomEvent& event : answer.room->events) {
      FillEvent(event, *response.add_events());
    }
  }
  co_return response;
}

boost::asio::awaitable<absl::StatusOr<Answer>> QueryProxyService::Query(
    Question question, int64_t min_registry_revision,
    std::string caused_by_appservice_uid, server::CallContext call) {
  const absl::Duration duration =
      std::min(call.deadline - options_.answer_margin - clock_.Now(),
               options_.deadline_max);
  const absl::Duration deadline = clock_.MonotonicNow() + duration;
  if (!registry_.ready()) {
    co_return absl::UnavailableError("the registry has not been heard of yet");
  }
  absl::Status reached = co_await registry_watch::AwaitRevision(
      registry_, min_registry_revision, duration);
  if (!reached.ok()) {
    co_return absl::UnavailableError(
        "the registry's changes have not arrived here in time");
  }
  QueryEngine::Request request{
      .question = std::move(question),
      .caused_by_appservice_uid = std::move(caused_by_appservice_uid),
      .deadline = deadline,
      .request_id = std::move(call.request_id)};
  co_return co_await engine_.Query(std::move(request));
}

}  // namespace causeway::query
