#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/ctl/command.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;
using Stub = pb::PushOperator::StubInterface;
using google::protobuf::util::TimeUtil;

Record Summary(const pb::Queue& queue) {
  Record oldest;  // Null: nothing waits.
  if (queue.has_oldest_event_time()) {
    oldest = TimeUtil::ToString(queue.oldest_event_time());
  }
  return {
      {"appservice_id", queue.appservice_id()},
      {"state", absl::AsciiStrToLower(pb::Queue::State_Name(queue.state()))},
      {"queued_events", queue.queued_events()},
      {"oldest_event_time", oldest},
      {"attempts", queue.attempts()},
      {"last_error", queue.last_error()}};
}

Record Details(const pb::Queue& queue) {
  Record record = Summary(queue);
  record["appservice_uid"] = queue.appservice_uid();
  record["txn_id"] = queue.txn_id();
  record["txn_events"] = queue.txn_events();
  record["next_attempt_time"] =
      queue.has_next_attempt_time()
          ? Record(TimeUtil::ToString(queue.next_attempt_time()))
          : Record();
  record["delivered_transactions"] = queue.delivered_transactions();
  record["delivered_events"] = queue.delivered_events();
  record["owner"] = queue.owner();
  record["epoch"] = queue.epoch();
  return record;
}

absl::Status List(const Arguments&, const std::string&, Session& session) {
  std::vector<Record> records;
  pb::ListQueuesRequest request;
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(
        pb::ListQueuesResponse page,
        session.CallPushOperator(&Stub::ListQueues, request));
    for (const pb::Queue& queue : page.queues()) {
      records.push_back(Summary(queue));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  session.Show(records);
  return absl::OkStatus();
}

absl::Status Show(const Arguments&, const std::string& id, Session& session) {
  pb::GetQueueRequest request;
  request.set_appservice_id(id);
  CAUSEWAY_ASSIGN_OR_RETURN(pb::Queue queue,
                            session.CallPushOperator(&Stub::GetQueue, request));
  session.Show(Details(queue));
  return absl::OkStatus();
}

absl::Status Retry(const Arguments& arguments, const std::string& id,
                   Session& session) {
  pb::RetryNowRequest request;
  request.set_appservice_id(id);
  request.set_reason(arguments.Get("reason"));
  CAUSEWAY_RETURN_IF_ERROR(
      session.CallPushOperator(&Stub::RetryNow, request).status());
  session.Say(absl::StrCat("the queue of ", id, " is tried now"));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> QueueCommands() {
  return {
      {.noun = "queue",
       .verb = "list",
       .argument = "",
       .summary = "how delivery to each application service stands",
       .flags = {},
       .run = List},
      {.noun = "queue",
       .verb = "show",
       .argument = "ID",
       .summary = "one queue in full",
       .flags = {},
       .run = Show},
      {.noun = "queue",
       .verb = "retry",
       .argument = "ID",
       .summary = "end the backoff: try the head at once",
       .flags = {{.name = "reason",
                  .value = "TEXT",
                  .help = "why; kept in the audit records",
                  .required = true,
                  .repeated = false}},
       .run = Retry},
  };
}

}  // namespace causeway::ctl
