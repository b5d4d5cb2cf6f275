#include "services/homeserver/stream/grpc_push_client.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/server/call_context.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

namespace pb = causeway::push::v1;
using Stub = GrpcPushClient::Replicas::Stub;

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
          .prefix_sha256 = point.prefix_sha256(),
          .incarnation = 1};
}

}  // namespace

GrpcPushClient::GrpcPushClient(Replicas& replicas, std::string source_name)
    : replicas_(replicas), source_name_(std::move(source_name)) {}

absl::StatusOr<PushPosition> GrpcPushClient::GetPosition() {
  pb::GetSourceRequest request;
  request.set_name(source_name_);
  CAUSEWAY_ASSIGN_OR_RETURN(
      const pb::Source source,
      replicas_.Call(server::MakeCallContext(kGetPositionDeadline),
                     &Stub::GetSource, request));
  return PushPosition{.next_position = source.next_position(),
                      .prefix_sha256 = source.prefix_sha256(),
                      .incarnation = source.incarnation()};
}

absl::StatusOr<PushHistory> GrpcPushClient::GetHistory() {
  pb::GetSourceHistoryRequest request;
  request.set_name(source_name_);
  CAUSEWAY_ASSIGN_OR_RETURN(
      const pb::SourceHistory known,
      replicas_.Call(server::MakeCallContext(kGetPositionDeadline),
                     &Stub::GetSourceHistory, request));
  PushHistory history;
  for (const auto& point : known.passed()) {
    history.passed.push_back(FromProto(point));
  }
  for (const auto& point : known.left()) {
    history.left.push_back(FromProto(point));
  }
  return history;
}

absl::Status GrpcPushClient::Restart(int64_t incarnation,
                                     const PushPosition& common) {
  pb::RestartSourceRequest request;
  request.set_name(source_name_);
  request.set_incarnation(incarnation);
  request.mutable_common()->set_position(common.next_position);
  request.mutable_common()->set_prefix_sha256(common.prefix_sha256);
  return replicas_
      .Call(server::MakeCallContext(kRestartDeadline), &Stub::RestartSource,
            request)
      .status();
}

absl::StatusOr<PublishResult> GrpcPushClient::Publish(
    absl::Span<const StreamRecord> records, const std::string& prefix_sha256) {
  pb::PublishRequest request;
  request.set_source(source_name_);
  request.set_first_position(records.front().position);
  request.set_prefix_sha256(prefix_sha256);
  for (const StreamRecord& record : records) {
    Fill(record, *request.add_records());
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      const pb::PublishResponse response,
      replicas_.Call(server::MakeCallContext(kPublishDeadline), &Stub::Publish,
                     request));
  return FromProto(response);
}

}  // namespace causeway::homeserver
