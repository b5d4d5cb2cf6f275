#include "services/ctl/queue_records.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {

namespace pb = causeway::push::v1;
using google::protobuf::util::TimeUtil;

std::string LowerCase(absl::string_view name) {
  return absl::AsciiStrToLower(name);
}

Record OptionalTime(bool present, const google::protobuf::Timestamp& time) {
  return present ? Record(TimeUtil::ToString(time)) : Record();
}

Record QueueSummary(const pb::Queue& queue) {
  return {{"appservice_id", queue.appservice_id()},
          {"state", LowerCase(pb::Queue::State_Name(queue.state()))},
          {"owner", queue.owner()},
          {"queued_events", queue.queued_events()},
          {"oldest_event_time", OptionalTime(queue.has_oldest_event_time(),
                                             queue.oldest_event_time())},
          {"attempts", queue.attempts()},
          {"last_error", queue.last_error()}};
}

Record QueueDetails(const pb::Queue& queue) {
  Record record = QueueSummary(queue);
  record["appservice_uid"] = queue.appservice_uid();
  record["txn_id"] = queue.txn_id();
  record["txn_events"] = queue.txn_events();
  record["last_http_status"] = queue.last_http_status();
  record["last_answer"] = queue.last_answer();
  record["last_attempt_time"] =
      OptionalTime(queue.has_last_attempt_time(), queue.last_attempt_time());
  record["owner_error"] = queue.owner_error();
  record["next_attempt_time"] =
      OptionalTime(queue.has_next_attempt_time(), queue.next_attempt_time());
  record["delivered_transactions"] = queue.delivered_transactions();
  record["delivered_events"] = queue.delivered_events();
  record["epoch"] = queue.epoch();
  record["sealed_transactions"] = queue.sealed_transactions();
  record["set_aside_transactions"] = queue.set_aside_transactions();
  record["body_bytes_max_learned"] = queue.body_bytes_max_learned();
  const pb::Policy& policy = queue.policy();
  record["on_rejection"] =
      LowerCase(pb::Policy::OnRejection_Name(policy.on_rejection()));
  record["rejections_max"] = policy.rejections_max();
  record["on_expiry"] = LowerCase(absl::StripSuffix(
      pb::Policy::OnExpiry_Name(policy.on_expiry()), kExpirySuffix));
  record["event_age_max_seconds"] = policy.event_age_max_seconds();
  record["remembers_every_txn_id"] = policy.remembers_every_txn_id();
  return record;
}

absl::StatusOr<std::vector<pb::Queue>> ListQueues(Session& session) {
  std::vector<pb::Queue> queues;
  pb::ListQueuesRequest request;
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(
        pb::ListQueuesResponse page,
        session.CallPushOperator(&pb::PushOperator::StubInterface::ListQueues,
                                 request));
    queues.insert(queues.end(), page.queues().begin(), page.queues().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return queues;
}

}  // namespace causeway::ctl
