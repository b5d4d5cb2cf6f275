#include "services/query_proxy/query_proxy_service.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/await_revision.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::query {
namespace {

constexpr size_t kPingTransactionIdBytesMax = 255;
constexpr size_t kProtocolBytesMax = 255;
constexpr size_t kFieldsMax = 100;
constexpr size_t kFieldBytesMax = 8192;

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

v1::PingResponse::Result PingResultToProto(PingOutcome outcome) {
  switch (outcome) {
    case PingOutcome::kAnswered:
      return v1::PingResponse::ANSWERED;
    case PingOutcome::kUrlNotSet:
      return v1::PingResponse::URL_NOT_SET;
    case PingOutcome::kBadStatus:
      return v1::PingResponse::BAD_STATUS;
    case PingOutcome::kConnectionFailed:
      return v1::PingResponse::CONNECTION_FAILED;
    case PingOutcome::kTimedOut:
      return v1::PingResponse::CONNECTION_TIMEOUT;
  }
  return v1::PingResponse::RESULT_UNSPECIFIED;
}

// The steps are the contract's, in its order.
static_assert(static_cast<int>(ExaminedStep::kUrl) + 1 ==
              v1::DiagnoseResponse::URL);
static_assert(static_cast<int>(ExaminedStep::kRoundTrip) + 1 ==
              v1::DiagnoseResponse::ROUND_TRIP);

v1::DiagnoseResponse::Verdict VerdictToProto(ExaminedFinding::Verdict verdict) {
  switch (verdict) {
    case ExaminedFinding::Verdict::kNotTried:
      return v1::DiagnoseResponse::NOT_TRIED;
    case ExaminedFinding::Verdict::kWell:
      return v1::DiagnoseResponse::WELL;
    case ExaminedFinding::Verdict::kIll:
      return v1::DiagnoseResponse::ILL;
  }
  return v1::DiagnoseResponse::VERDICT_UNSPECIFIED;
}

absl::Status CheckFields(const v1::LookUpThirdPartyRequest& request) {
  if (request.fields().size() > kFieldsMax) {
    return matrix::InvalidParam("fields",
                                absl::StrCat("are more than ", kFieldsMax));
  }
  size_t bytes = 0;
  for (const auto& [name, value] : request.fields()) {
    bytes += name.size() + value.size();
  }
  if (bytes > kFieldBytesMax) {
    return matrix::InvalidParam(
        "fields", absl::StrCat("have more than ", kFieldBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

// Bounds, and that `matrix_id` is one where it is what is asked for.
absl::Status CheckLookUp(const v1::LookUpThirdPartyRequest& request) {
  if (request.protocol().size() > kProtocolBytesMax) {
    return matrix::InvalidParam(
        "protocol",
        absl::StrCat("has more than ", kProtocolBytesMax, " bytes"));
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckFields(request));
  switch (request.kind()) {
    case v1::LookUpThirdPartyRequest::PROTOCOL:
      return absl::OkStatus();
    case v1::LookUpThirdPartyRequest::LOCATION:
      if (!request.protocol().empty()) return absl::OkStatus();
      return matrix::RoomAlias::Parse(request.matrix_id(), "alias").status();
    case v1::LookUpThirdPartyRequest::USER:
      if (!request.protocol().empty()) return absl::OkStatus();
      return matrix::UserId::Parse(request.matrix_id(), "userid").status();
    default:
      return matrix::InvalidParam("kind", "must be PROTOCOL, LOCATION or USER");
  }
}

ThirdPartyLookUp::Search ToSearch(const v1::LookUpThirdPartyRequest& request) {
  ThirdPartyLookUp::Search search{
      .kind = request.kind() == v1::LookUpThirdPartyRequest::USER
                  ? LookUpKind::kUser
                  : LookUpKind::kLocation,
      .protocol = request.protocol(),
      .fields = {request.fields().begin(), request.fields().end()},
      .matrix_id = request.matrix_id()};
  // The proto's map has no order.
  std::sort(search.fields.begin(), search.fields.end());
  return search;
}

}  // namespace

QueryProxyService::QueryProxyService(Options options, const Parts& parts,
                                     registry_watch::LatestSnapshot& registry,
                                     const Clock& clock,
                                     server::Executor& executor)
    : options_(options),
      parts_(parts),
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

grpc::ServerUnaryReactor* QueryProxyService::Ping(
    grpc::CallbackServerContext* context, const v1::PingRequest* request,
    v1::PingResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandlePing(*request, call);
                            });
}

grpc::ServerUnaryReactor* QueryProxyService::LookUpThirdParty(
    grpc::CallbackServerContext* context,
    const v1::LookUpThirdPartyRequest* request,
    v1::LookUpThirdPartyResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleLookUpThirdParty(*request, call);
                            });
}

grpc::ServerUnaryReactor* QueryProxyService::LookUpUri(
    grpc::CallbackServerContext* context, const v1::LookUpUriRequest* request,
    v1::LookUpUriResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleLookUpUri(*request, call);
                            });
}

grpc::ServerUnaryReactor* QueryProxyService::Diagnose(
    grpc::CallbackServerContext* context, const v1::DiagnoseRequest* request,
    v1::DiagnoseResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleDiagnose(*request, call);
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
  const absl::Duration patience = Patience(call);
  const absl::Duration deadline = clock_.MonotonicNow() + patience;
  CAUSEWAY_CO_RETURN_IF_ERROR(
      co_await AwaitRegistry(min_registry_revision, patience));
  QueryEngine::Request request{
      .question = std::move(question),
      .caused_by_appservice_uid = std::move(caused_by_appservice_uid),
      .deadline = deadline,
      .request_id = std::move(call.request_id)};
  co_return co_await parts_.engine.Query(std::move(request));
}

boost::asio::awaitable<absl::StatusOr<v1::PingResponse>>
QueryProxyService::HandlePing(const v1::PingRequest& request,
                              server::CallContext call) {
  if (request.transaction_id().size() > kPingTransactionIdBytesMax) {
    co_return matrix::InvalidParam(
        "transaction_id",
        absl::StrCat("has more than ", kPingTransactionIdBytesMax, " bytes"));
  }
  CAUSEWAY_CO_RETURN_IF_ERROR(
      co_await AwaitRegistry(request.min_registry_revision(), Patience(call)));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const PingResult result,
      co_await parts_.pinger.Ping(request.appservice_id(),
                                  request.transaction_id(), call.request_id,
                                  Patience(call)));
  v1::PingResponse response;
  response.set_result(PingResultToProto(result.outcome));
  response.set_duration_ms(absl::ToInt64Milliseconds(result.elapsed));
  response.set_http_status(result.http_status);
  response.set_error(result.error);
  response.set_body(result.body);
  response.set_appservice_uid(result.appservice_uid);
  co_return response;
}

boost::asio::awaitable<absl::StatusOr<v1::LookUpThirdPartyResponse>>
QueryProxyService::HandleLookUpThirdParty(
    const v1::LookUpThirdPartyRequest& request, server::CallContext call) {
  CAUSEWAY_CO_RETURN_IF_ERROR(CheckLookUp(request));
  CAUSEWAY_CO_RETURN_IF_ERROR(co_await AwaitRegistry(0, Patience(call)));
  ThirdPartyLookUp::Context context{.request_id = call.request_id,
                                    .patience = Patience(call)};
  absl::StatusOr<std::string> json;
  if (request.kind() != v1::LookUpThirdPartyRequest::PROTOCOL) {
    json =
        co_await parts_.third_party.Find(ToSearch(request), std::move(context));
  } else if (request.protocol().empty()) {
    json = co_await parts_.third_party.Protocols(std::move(context));
  } else {
    json = co_await parts_.third_party.Protocol(request.protocol(),
                                                std::move(context));
  }
  if (!json.ok()) co_return json.status();
  v1::LookUpThirdPartyResponse response;
  response.set_json(*std::move(json));
  co_return response;
}

boost::asio::awaitable<absl::StatusOr<v1::LookUpUriResponse>>
QueryProxyService::HandleLookUpUri(const v1::LookUpUriRequest& request,
                                   server::CallContext call) {
  if (request.kind() != v1::LookUpUriRequest::USER &&
      request.kind() != v1::LookUpUriRequest::ALIAS) {
    co_return matrix::InvalidParam("kind", "must be USER or ALIAS");
  }
  CAUSEWAY_CO_RETURN_IF_ERROR(co_await AwaitRegistry(0, Patience(call)));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      std::string matrix_id,
      co_await parts_.uris.LookUp(
          request.kind() == v1::LookUpUriRequest::USER ? UriKind::kUser
                                                       : UriKind::kAlias,
          request.uri(), call.request_id, Patience(call)));
  v1::LookUpUriResponse response;
  response.set_matrix_id(std::move(matrix_id));
  co_return response;
}

boost::asio::awaitable<absl::StatusOr<v1::DiagnoseResponse>>
QueryProxyService::HandleDiagnose(const v1::DiagnoseRequest& request,
                                  server::CallContext call) {
  CAUSEWAY_CO_RETURN_IF_ERROR(co_await AwaitRegistry(0, Patience(call)));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const Examination examination,
      co_await parts_.examiner.Examine(request.appservice_id(), call.request_id,
                                       Patience(call)));
  v1::DiagnoseResponse response;
  int step = v1::DiagnoseResponse::URL;
  for (const ExaminedFinding& finding : examination) {
    v1::DiagnoseResponse::Finding& proto = *response.add_findings();
    proto.set_step(static_cast<v1::DiagnoseResponse::Step>(step++));
    proto.set_verdict(VerdictToProto(finding.verdict));
    proto.set_detail(finding.detail);
  }
  co_return response;
}

absl::Duration QueryProxyService::Patience(
    const server::CallContext& call) const {
  return std::min(call.deadline - options_.answer_margin - clock_.Now(),
                  options_.deadline_max);
}

boost::asio::awaitable<absl::Status> QueryProxyService::AwaitRegistry(
    int64_t min_registry_revision, absl::Duration patience) {
  CAUSEWAY_CO_RETURN_IF_ERROR(registry_watch::CheckReady(registry_));
  const absl::Status reached = co_await registry_watch::AwaitRevision(
      registry_, min_registry_revision, patience);
  if (!reached.ok()) {
    co_return absl::UnavailableError(
        "the registry's changes have not arrived here in time");
  }
  co_return absl::OkStatus();
}

}  // namespace causeway::query
