#include "services/push_dispatcher/push_service.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/delivery/queue_word.h"
#include "services/push_dispatcher/ephemeral_request.h"
#include "services/push_dispatcher/publish_request.h"
#include "services/push_dispatcher/queue_proto.h"
#include "services/push_dispatcher/upstream_transaction.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/await_revision.h"
#include "services/shared/server/grpc_status.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"
#include "services/shared/threads/this_thread.h"

namespace causeway::push {
namespace {

constexpr size_t kWordsMax = 10000;
constexpr int kAskedQueuesMax = 10000;

v1::PublishResponse::Outcome ToProto(ChainOutcome outcome) {
  switch (outcome) {
    case ChainOutcome::kContinues:
      return v1::PublishResponse::ACCEPTED;
    case ChainOutcome::kGap:
      return v1::PublishResponse::GAP;
    case ChainOutcome::kDiverged:
      return v1::PublishResponse::DIVERGED;
  }
  return v1::PublishResponse::OUTCOME_UNSPECIFIED;
}

using Uids = google::protobuf::RepeatedPtrField<std::string>;

absl::Status AddWords(QueueWord::Kind kind, const Uids& uids,
                      absl::string_view field, std::vector<QueueWord>& words) {
  for (const std::string& text : uids) {
    const std::optional<AppserviceUid> uid = ParseUid(text);
    if (!uid.has_value()) {
      return matrix::InvalidParam(field, "not all are uids");
    }
    if (words.size() == kWordsMax) {
      return matrix::InvalidParam(
          field, absl::StrCat("all lists together: at most ", kWordsMax));
    }
    words.push_back({kind, *uid});
  }
  return absl::OkStatus();
}

void Fill(const ChainPoint& point, v1::SourceHistory::Point& to) {
  to.set_position(point.position);
  to.set_prefix_sha256(point.prefix_sha256);
}

}  // namespace

grpc::ServerUnaryReactor* PushService::GetSource(
    grpc::CallbackServerContext* context, const v1::GetSourceRequest* request,
    v1::Source* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const server::CallContext&) {
                             return HandleGetSource(*request);
                           });
}

absl::StatusOr<v1::Source> PushService::HandleGetSource(
    const v1::GetSourceRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSourceName(request.name(), "name"));
  absl::StatusOr<SourceState> source = store_.FindSource(request.name());
  if (absl::IsNotFound(source.status())) source = SourceState();
  CAUSEWAY_RETURN_IF_ERROR(source.status());
  v1::Source response;
  response.set_name(request.name());
  response.set_next_position(source->end.position - source->offset);
  response.set_prefix_sha256(source->end.prefix_sha256);
  response.set_incarnation(source->incarnation);
  return response;
}

grpc::ServerUnaryReactor* PushService::GetSourceHistory(
    grpc::CallbackServerContext* context,
    const v1::GetSourceHistoryRequest* request, v1::SourceHistory* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const server::CallContext&) {
                             return HandleGetSourceHistory(*request);
                           });
}

absl::StatusOr<v1::SourceHistory> PushService::HandleGetSourceHistory(
    const v1::GetSourceHistoryRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSourceName(request.name(), "name"));
  CAUSEWAY_ASSIGN_OR_RETURN(const SourceHistory history,
                            store_.GetSourceHistory(request.name()));
  v1::SourceHistory response;
  response.set_incarnation(history.incarnation);
  for (const ChainPoint& point : history.passed) {
    Fill(point, *response.add_passed());
  }
  for (const ChainPoint& point : history.left) {
    Fill(point, *response.add_left());
  }
  return response;
}

grpc::ServerUnaryReactor* PushService::RestartSource(
    grpc::CallbackServerContext* context,
    const v1::RestartSourceRequest* request,
    v1::RestartSourceResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const server::CallContext&) {
                             return HandleRestartSource(*request);
                           });
}

absl::StatusOr<v1::RestartSourceResponse> PushService::HandleRestartSource(
    const v1::RestartSourceRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSourceName(request.name(), "name"));
  CAUSEWAY_RETURN_IF_ERROR(CheckPublishingSource(request.name()));
  CAUSEWAY_RETURN_IF_ERROR(ingest_.RestartSource(
      request.name(), request.incarnation(),
      {request.common().position(), request.common().prefix_sha256()}));
  return v1::RestartSourceResponse();
}

// Holds no thread while it waits for the commit. Reading the events takes CPU
// and no time else, so it is done here, by as many threads as gRPC has.
grpc::ServerUnaryReactor* PushService::Publish(
    grpc::CallbackServerContext* context, const v1::PublishRequest* request,
    v1::PublishResponse* response) {
  // One of gRPC's threads: reading events and parsing them is most of what they
  // do, and must not hold up deliveries.
  thread_local const bool prefers_throughput = [] {
    threads::PreferThroughputInThisThread();
    return true;
  }();
  (void)prefers_throughput;
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<PublishBatch> batch = ParsePublishRequest(*request);
  if (!batch.ok()) {
    reactor->Finish(server::ToGrpcStatus(batch.status()));
    return reactor;
  }
  // Arguments live until Finish().
  ingest_.Publish(*std::move(batch),
                  [reactor, response](absl::StatusOr<PublishResult> result) {
                    if (result.ok()) {
                      response->set_outcome(ToProto(result->outcome));
                      response->set_next_position(result->next_position);
                    }
                    reactor->Finish(server::ToGrpcStatus(result.status()));
                  });
  return reactor;
}

grpc::ServerUnaryReactor* PushService::PublishEphemeral(
    grpc::CallbackServerContext* context,
    const v1::PublishEphemeralRequest* request,
    v1::PublishEphemeralResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const server::CallContext&) {
                             return HandlePublishEphemeral(*request);
                           });
}

absl::StatusOr<v1::PublishEphemeralResponse>
PushService::HandlePublishEphemeral(
    const v1::PublishEphemeralRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const EphemeralItems items,
                            ParseEphemeralRequest(request));
  CAUSEWAY_RETURN_IF_ERROR(ephemeral_.Route(request.source(), items));
  return v1::PublishEphemeralResponse();
}

grpc::ServerUnaryReactor* PushService::PublishTransaction(
    grpc::CallbackServerContext* context,
    const v1::PublishTransactionRequest* request,
    v1::PublishTransactionResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<PublishBatch> batch = ParseUpstreamTransaction(*request);
  if (!batch.ok()) {
    reactor->Finish(server::ToGrpcStatus(batch.status()));
    return reactor;
  }
  response->set_refused_events(batch->upstream->refused_count);
  ingest_.Publish(*std::move(batch),
                  [reactor, response](absl::StatusOr<PublishResult> result) {
                    if (result.ok()) {
                      response->set_taken_events(result->taken_count);
                    }
                    reactor->Finish(server::ToGrpcStatus(result.status()));
                  });
  return reactor;
}

grpc::ServerUnaryReactor* PushService::AwaitRevision(
    grpc::CallbackServerContext* context,
    const v1::AwaitRevisionRequest* request,
    v1::AwaitRevisionResponse* response) {
  return server::SpawnUnary(
      executor_, context, response,
      [this, request](const server::CallContext& call)
          -> boost::asio::awaitable<absl::StatusOr<v1::AwaitRevisionResponse>> {
        if (request->revision() < 0) {
          co_return matrix::InvalidParam("revision", "must not be negative");
        }
        CAUSEWAY_CO_RETURN_IF_ERROR(co_await registry_watch::AwaitRevision(
            applied_, request->revision(), call.deadline - RealClock().Now()));
        v1::AwaitRevisionResponse answer;
        answer.set_revision(applied_.Snapshot()->revision());
        co_return answer;
      });
}

grpc::ServerUnaryReactor* PushService::Wake(
    grpc::CallbackServerContext* context, const v1::WakeRequest* request,
    v1::WakeResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(server::ToGrpcStatus(HandleWake(*request)));
  return reactor;
}

absl::Status PushService::HandleWake(const v1::WakeRequest& request) {
  std::vector<QueueWord> words;
  CAUSEWAY_RETURN_IF_ERROR(AddWords(QueueWord::Kind::kQueued,
                                    request.appservice_uids(),
                                    "appservice_uids", words));
  CAUSEWAY_RETURN_IF_ERROR(AddWords(QueueWord::Kind::kHeard,
                                    request.heard_uids(), "heard_uids", words));
  CAUSEWAY_RETURN_IF_ERROR(AddWords(
      QueueWord::Kind::kPinged, request.pinged_uids(), "pinged_uids", words));
  CAUSEWAY_RETURN_IF_ERROR(AddWords(
      QueueWord::Kind::kHanded, request.handed_uids(), "handed_uids", words));
  std::vector<std::pair<AppserviceUid, EphemeralItems>> ephemeral;
  for (const v1::WakeRequest::Ephemeral& of_queue : request.ephemeral()) {
    const std::optional<AppserviceUid> uid =
        ParseUid(of_queue.appservice_uid());
    if (!uid.has_value()) {
      return matrix::InvalidParam("ephemeral", "not all have uids");
    }
    EphemeralItems items;
    for (const std::string& event : of_queue.event_jsons()) {
      CAUSEWAY_RETURN_IF_ERROR(ParseEphemeralEvent(event, "ephemeral", items));
    }
    ephemeral.emplace_back(*uid, std::move(items));
  }
  loop_.Wake(words);
  if (!request.handed_uids().empty()) listeners_.queues_handed_over();
  for (auto& [uid, items] : ephemeral) {
    loop_.Post(uid, EphemeralQueued{std::move(items)});
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* PushService::ListDeliveries(
    grpc::CallbackServerContext* context,
    const v1::ListDeliveriesRequest* request,
    v1::ListDeliveriesResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(
      server::ToGrpcStatus(HandleListDeliveries(*request, *response)));
  return reactor;
}

absl::Status PushService::HandleListDeliveries(
    const v1::ListDeliveriesRequest& request,
    v1::ListDeliveriesResponse& response) {
  if (request.appservice_uids_size() > kAskedQueuesMax) {
    return matrix::InvalidParam("appservice_uids",
                                absl::StrCat("at most ", kAskedQueuesMax));
  }
  for (const std::string& text : request.appservice_uids()) {
    const std::optional<AppserviceUid> uid = ParseUid(text);
    if (!uid.has_value()) {
      return matrix::InvalidParam("appservice_uids", "not all are uids");
    }
    const std::optional<DeliveryStatus> status = loop_.Status(*uid);
    if (status.has_value()) {
      *response.add_deliveries() = ToProto(*uid, *status, clock_);
    }
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* PushService::ReportSignsOfLife(
    grpc::CallbackServerContext* context,
    const v1::ReportSignsOfLifeRequest* request,
    v1::ReportSignsOfLifeResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(server::ToGrpcStatus(HandleSignsOfLife(*request)));
  return reactor;
}

absl::Status PushService::HandleSignsOfLife(
    const v1::ReportSignsOfLifeRequest& request) {
  std::vector<QueueWord> words;
  CAUSEWAY_RETURN_IF_ERROR(AddWords(QueueWord::Kind::kHeard,
                                    request.heard_uids(), "heard_uids", words));
  CAUSEWAY_RETURN_IF_ERROR(AddWords(
      QueueWord::Kind::kPinged, request.pinged_uids(), "pinged_uids", words));
  for (const QueueWord& word : words) loop_.PostToOwner(word);
  return absl::OkStatus();
}

}  // namespace causeway::push
