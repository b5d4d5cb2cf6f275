#include "services/homeserver/stream/grpc_push_client.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::homeserver {
namespace {

namespace pb = causeway::push::v1;

constexpr absl::Duration kGetPositionDeadline = absl::Seconds(5);
// A batch is one commit over there: a replica that takes longer hangs, or its
// database is away.
constexpr absl::Duration kPublishDeadline = absl::Seconds(10);
// All that is known of rooms is deleted.
constexpr absl::Duration kRestartDeadline = absl::Seconds(30);

void Fill(const StreamRecord& record, pb::Record::AliasChange& change) {
  change.set_room_id(record.room_id);
  change.set_room_alias(record.room_alias);
}

void Fill(const StreamRecord& record, pb::Record& to) {
  switch (record.kind) {
    case StreamRecord::Kind::kEvent:
      to.set_event_json(record.event_json);
      return;
    case StreamRecord::Kind::kAliasAdded:
      return Fill(record, *to.mutable_alias_added());
    case StreamRecord::Kind::kAliasRemoved:
      return Fill(record, *to.mutable_alias_removed());
    case StreamRecord::Kind::kSkipped:
      to.set_skipped(true);
      return;
    case StreamRecord::Kind::kToDevice:
      to.set_to_device_json(record.event_json);
      return;
  }
}

absl::StatusOr<PublishResult> FromProto(const pb::PublishResponse& response) {
  PublishResult result{.next_position = response.next_position()};
  switch (response.outcome()) {
    case pb::PublishResponse::ACCEPTED:
      result.outcome = PublishResult::Outcome::kAccepted;
      return result;
    case pb::PublishResponse::GAP:
      result.outcome = PublishResult::Outcome::kGap;
      return result;
    case pb::PublishResponse::DIVERGED:
      result.outcome = PublishResult::Outcome::kDiverged;
      return result;
    default:
      return absl::InternalError(absl::StrCat(
          "push_dispatcher answered an unknown outcome, ", response.outcome()));
  }
}

PushPosition FromProto(const pb::SourceHistory::Point& point) {
  return {.next_position = point.position(),
          .prefix_sha256 = point.prefix_sha256()};
}

}  // namespace

GrpcPushClient::GrpcPushClient(Replicas& replicas, std::string source_name)
    : replicas_(replicas), source_name_(std::move(source_name)) {}

absl::StatusOr<PushPosition> GrpcPushClient::GetPosition() {
  grpc::ClientContext context;
  server::PrepareContext(context,
                         server::MakeCallContext(kGetPositionDeadline));
  pb::GetSourceRequest request;
  request.set_name(source_name_);
  pb::Source response;
  Replicas::Stub& stub = replicas_.current();
  absl::Status status =
      server::FromGrpcStatus(stub.GetSource(&context, request, &response));
  replicas_.Answered(stub, status);
  if (!status.ok()) return status;
  return PushPosition{.next_position = response.next_position(),
                      .prefix_sha256 = response.prefix_sha256(),
                      .incarnation = response.incarnation()};
}

absl::StatusOr<PushHistory> GrpcPushClient::GetHistory() {
  grpc::ClientContext context;
  server::PrepareContext(context,
                         server::MakeCallContext(kGetPositionDeadline));
  pb::GetSourceHistoryRequest request;
  request.set_name(source_name_);
  pb::SourceHistory response;
  Replicas::Stub& stub = replicas_.current();
  absl::Status status = server::FromGrpcStatus(
      stub.GetSourceHistory(&context, request, &response));
  // One of a release before can't help; another may.
  if (absl::IsUnimplemented(status)) {
    status = absl::UnavailableError(status.message());
  }
  replicas_.Answered(stub, status);
  if (!status.ok()) return status;
  PushHistory history;
  for (const auto& point : response.passed()) {
    history.passed.push_back(FromProto(point));
  }
  for (const auto& point : response.left()) {
    history.left.push_back(FromProto(point));
  }
  return history;
}

absl::Status GrpcPushClient::Restart(int64_t incarnation,
                                     const PushPosition& common) {
  grpc::ClientContext context;
  server::PrepareContext(context, server::MakeCallContext(kRestartDeadline));
  pb::RestartSourceRequest request;
  request.set_name(source_name_);
  request.set_incarnation(incarnation);
  request.mutable_common()->set_position(common.next_position);
  request.mutable_common()->set_prefix_sha256(common.prefix_sha256);
  pb::RestartSourceResponse response;
  Replicas::Stub& stub = replicas_.current();
  absl::Status status =
      server::FromGrpcStatus(stub.RestartSource(&context, request, &response));
  replicas_.Answered(stub, status);
  return status;
}

absl::StatusOr<PublishResult> GrpcPushClient::Publish(
    absl::Span<const StreamRecord> records, const std::string& prefix_sha256) {
  grpc::ClientContext context;
  server::PrepareContext(context, server::MakeCallContext(kPublishDeadline));
  pb::PublishRequest request;
  request.set_source(source_name_);
  request.set_first_position(records.front().position);
  request.set_prefix_sha256(prefix_sha256);
  for (const StreamRecord& record : records) {
    Fill(record, *request.add_records());
  }
  pb::PublishResponse response;
  Replicas::Stub& stub = replicas_.current();
  absl::Status status =
      server::FromGrpcStatus(stub.Publish(&context, request, &response));
  replicas_.Answered(stub, status);
  if (!status.ok()) return status;
  return FromProto(response);
}

}  // namespace causeway::homeserver
