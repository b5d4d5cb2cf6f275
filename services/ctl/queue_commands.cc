#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/ctl/command.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;
using Stub = pb::PushOperator::StubInterface;
using Transaction = pb::ListTransactionsResponse::Transaction;
using google::protobuf::util::TimeUtil;

constexpr absl::string_view kExpirySuffix = "_EXPIRED";

// As operators write it: "block", "deliver".
std::string Lower(absl::string_view name) {
  return absl::AsciiStrToLower(name);
}

// Null: it isn't there.
Record Time(bool present, const google::protobuf::Timestamp& time) {
  return present ? Record(TimeUtil::ToString(time)) : Record();
}

Record Summary(const pb::Queue& queue) {
  return {{"appservice_id", queue.appservice_id()},
          {"state", Lower(pb::Queue::State_Name(queue.state()))},
          {"owner", queue.owner()},
          {"queued_events", queue.queued_events()},
          {"oldest_event_time",
           Time(queue.has_oldest_event_time(), queue.oldest_event_time())},
          {"attempts", queue.attempts()},
          {"last_error", queue.last_error()}};
}

Record Details(const pb::Queue& queue) {
  Record record = Summary(queue);
  record["appservice_uid"] = queue.appservice_uid();
  record["txn_id"] = queue.txn_id();
  record["txn_events"] = queue.txn_events();
  record["last_http_status"] = queue.last_http_status();
  record["last_answer"] = queue.last_answer();
  record["next_attempt_time"] =
      Time(queue.has_next_attempt_time(), queue.next_attempt_time());
  record["delivered_transactions"] = queue.delivered_transactions();
  record["delivered_events"] = queue.delivered_events();
  record["epoch"] = queue.epoch();
  record["sealed_transactions"] = queue.sealed_transactions();
  record["set_aside_transactions"] = queue.set_aside_transactions();
  record["body_bytes_max_learned"] = queue.body_bytes_max_learned();
  const pb::Policy& policy = queue.policy();
  record["on_rejection"] =
      Lower(pb::Policy::OnRejection_Name(policy.on_rejection()));
  record["rejections_max"] = policy.rejections_max();
  record["on_expiry"] = Lower(absl::StripSuffix(
      pb::Policy::OnExpiry_Name(policy.on_expiry()), kExpirySuffix));
  record["event_age_max_seconds"] = policy.event_age_max_seconds();
  record["remembers_every_txn_id"] = policy.remembers_every_txn_id();
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

absl::Status Transactions(const Arguments&, const std::string& id,
                          Session& session) {
  std::vector<Record> records;
  pb::ListTransactionsRequest request;
  request.set_appservice_id(id);
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(
        pb::ListTransactionsResponse page,
        session.CallPushOperator(&Stub::ListTransactions, request));
    for (const Transaction& transaction : page.transactions()) {
      records.push_back(
          {{"txn_id", transaction.txn_id()},
           {"state", Lower(Transaction::State_Name(transaction.state()))},
           {"event_count", transaction.event_count()},
           {"source", transaction.source()},
           {"after_position", transaction.after_position()},
           {"last_position", transaction.last_position()},
           {"settle_time",
            Time(transaction.has_settle_time(), transaction.settle_time())},
           {"attempts", transaction.attempts()},
           {"last_http_status", transaction.last_http_status()},
           {"reason", transaction.state() == Transaction::SEALED
                          ? transaction.last_error()
                          : transaction.reason()}});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  session.Show(records);
  return absl::OkStatus();
}

absl::Status Explain(const Arguments& arguments, const std::string&,
                     Session& session) {
  pb::ExplainRequest request;
  request.set_appservice_id(arguments.Get("appservice"));
  request.set_event_id(arguments.Get("event"));
  CAUSEWAY_ASSIGN_OR_RETURN(pb::ExplainResponse response,
                            session.CallPushOperator(&Stub::Explain, request));
  Record reasons = Record::array();
  for (const std::string& reason : response.reasons()) {
    reasons.push_back(reason);
  }
  session.Show(Record{
      {"interested", response.interested()},
      {"state", Lower(pb::ExplainResponse::State_Name(response.state()))},
      {"txn_id", response.txn_id()},
      {"source", response.source()},
      {"position", response.position()},
      {"reasons", reasons}});
  return absl::OkStatus();
}

absl::Status Audit(const Arguments& arguments, const std::string&,
                   Session& session) {
  std::vector<Record> records;
  pb::ListAuditRecordsRequest request;
  request.set_appservice_id(arguments.Get("id"));
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(
        pb::ListAuditRecordsResponse page,
        session.CallPushOperator(&Stub::ListAuditRecords, request));
    for (const auto& record : page.records()) {
      records.push_back(
          {{"create_time", TimeUtil::ToString(record.create_time())},
           {"actor", record.actor()},
           {"action", record.action()},
           {"appservice_id", record.appservice_id()},
           {"detail", record.detail()},
           {"reason", record.reason()}});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  session.Show(records);
  return absl::OkStatus();
}

// A request for the queue of `id`, with the reason given.
template <typename Request>
Request Act(const Arguments& arguments, const std::string& id) {
  Request request;
  request.set_appservice_id(id);
  request.set_reason(arguments.Get("reason"));
  return request;
}

absl::Status Retry(const Arguments& arguments, const std::string& id,
                   Session& session) {
  CAUSEWAY_RETURN_IF_ERROR(
      session
          .CallPushOperator(&Stub::RetryNow,
                            Act<pb::RetryNowRequest>(arguments, id))
          .status());
  session.Say(absl::StrCat("the queue of ", id, " is tried now"));
  return absl::OkStatus();
}

absl::Status Pause(const Arguments& arguments, const std::string& id,
                   Session& session) {
  CAUSEWAY_RETURN_IF_ERROR(
      session
          .CallPushOperator(&Stub::PauseQueue,
                            Act<pb::PauseQueueRequest>(arguments, id))
          .status());
  session.Say(absl::StrCat("the queue of ", id, " is paused"));
  return absl::OkStatus();
}

absl::Status Resume(const Arguments& arguments, const std::string& id,
                    Session& session) {
  CAUSEWAY_RETURN_IF_ERROR(
      session
          .CallPushOperator(&Stub::ResumeQueue,
                            Act<pb::ResumeQueueRequest>(arguments, id))
          .status());
  session.Say(absl::StrCat("the queue of ", id, " is resumed"));
  return absl::OkStatus();
}

absl::Status Skip(const Arguments& arguments, const std::string& id,
                  Session& session) {
  auto request = Act<pb::SkipTransactionRequest>(arguments, id);
  request.set_txn_id(arguments.Get("txn_id"));
  CAUSEWAY_RETURN_IF_ERROR(
      session.CallPushOperator(&Stub::SkipTransaction, request).status());
  session.Say(absl::StrCat(id, " won't get ", request.txn_id()));
  return absl::OkStatus();
}

absl::Status Replay(const Arguments& arguments, const std::string& id,
                    Session& session) {
  auto request = Act<pb::ReplayRequest>(arguments, id);
  request.set_txn_id(arguments.Get("txn_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(pb::ReplayResponse response,
                            session.CallPushOperator(&Stub::Replay, request));
  session.Say(absl::StrCat("queued again for ", id,
                           ": events: ", response.event_count()));
  return absl::OkStatus();
}

absl::Status MoveToNow(const Arguments& arguments, const std::string& id,
                       Session& session) {
  CAUSEWAY_RETURN_IF_ERROR(
      session
          .CallPushOperator(&Stub::MoveToNow,
                            Act<pb::MoveToNowRequest>(arguments, id))
          .status());
  session.Say(absl::StrCat("what was queued for ", id,
                           " is given up; `queue audit` tells how much"));
  return absl::OkStatus();
}

// --- The policy -------------------------------------------------------------

absl::Status NotAValue(absl::string_view flag, absl::string_view form) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, " must be ", form));
}

absl::Status ParseNumber(const Arguments& arguments, absl::string_view flag,
                         int64_t& value) {
  if (arguments.Has(flag) && !absl::SimpleAtoi(arguments.Get(flag), &value)) {
    return NotAValue(flag, "a number");
  }
  return absl::OkStatus();
}

// Changes in `policy` what a flag is given for.
absl::Status ChangePolicy(const Arguments& arguments, pb::Policy& policy) {
  if (arguments.Has("on_rejection")) {
    pb::Policy::OnRejection value;
    if (!pb::Policy::OnRejection_Parse(
            absl::AsciiStrToUpper(arguments.Get("on_rejection")), &value)) {
      return NotAValue("on_rejection", "block, quarantine or skip");
    }
    policy.set_on_rejection(value);
  }
  if (arguments.Has("on_expiry")) {
    pb::Policy::OnExpiry value;
    if (!pb::Policy::OnExpiry_Parse(
            absl::StrCat(absl::AsciiStrToUpper(arguments.Get("on_expiry")),
                         kExpirySuffix),
            &value)) {
      return NotAValue("on_expiry", "deliver, quarantine or drop");
    }
    policy.set_on_expiry(value);
  }
  int64_t rejections_max = policy.rejections_max();
  CAUSEWAY_RETURN_IF_ERROR(
      ParseNumber(arguments, "rejections_max", rejections_max));
  if (rejections_max < 0 || rejections_max > INT32_MAX) {
    return NotAValue("rejections_max", "1 to 1000");
  }
  policy.set_rejections_max(static_cast<int32_t>(rejections_max));
  int64_t event_age_max_seconds = policy.event_age_max_seconds();
  CAUSEWAY_RETURN_IF_ERROR(
      ParseNumber(arguments, "event_age_max_seconds", event_age_max_seconds));
  policy.set_event_age_max_seconds(event_age_max_seconds);
  if (arguments.Has("remembers_every_txn_id")) {
    const std::string value = arguments.Get("remembers_every_txn_id");
    if (value != "true" && value != "false") {
      return NotAValue("remembers_every_txn_id", "true or false");
    }
    policy.set_remembers_every_txn_id(value == "true");
  }
  return absl::OkStatus();
}

absl::Status SetPolicy(const Arguments& arguments, const std::string& id,
                       Session& session) {
  pb::GetQueueRequest get;
  get.set_appservice_id(id);
  CAUSEWAY_ASSIGN_OR_RETURN(pb::Queue queue,
                            session.CallPushOperator(&Stub::GetQueue, get));
  auto request = Act<pb::SetPolicyRequest>(arguments, id);
  *request.mutable_policy() = queue.policy();
  CAUSEWAY_RETURN_IF_ERROR(ChangePolicy(arguments, *request.mutable_policy()));
  CAUSEWAY_ASSIGN_OR_RETURN(
      queue, session.CallPushOperator(&Stub::SetPolicy, request));
  session.Show(Details(queue));
  return absl::OkStatus();
}

FlagSpec Required(const char* name, const char* value, const char* help) {
  return {.name = name,
          .value = value,
          .help = help,
          .required = true,
          .repeated = false};
}

FlagSpec Optional(const char* name, const char* value, const char* help) {
  FlagSpec flag = Required(name, value, help);
  flag.required = false;
  return flag;
}

Command Looking(const char* verb, const char* argument, const char* summary,
                std::vector<FlagSpec> flags, decltype(Command::run) run) {
  return {.noun = "queue",
          .verb = verb,
          .argument = argument,
          .summary = summary,
          .flags = std::move(flags),
          .run = std::move(run)};
}

// One that changes a queue: it needs a reason.
Command Acting(const char* verb, const char* summary,
               std::vector<FlagSpec> flags, decltype(Command::run) run) {
  flags.push_back(Required("reason", "TEXT", "why; kept in the audit records"));
  return Looking(verb, "ID", summary, std::move(flags), std::move(run));
}

}  // namespace

std::vector<Command> QueueCommands() {
  return {
      Looking("list", "", "how delivery to each application service stands", {},
              List),
      Looking("show", "ID", "one queue in full", {}, Show),
      Looking("transactions", "ID",
              "what is sealed, and what was quarantined, skipped or dropped",
              {}, Transactions),
      Looking("explain", "",
              "why an event goes to an application service, or why not",
              {Required("appservice", "ID", "the application service"),
               Required("event", "EVENT_ID", "an event that is stored still")},
              Explain),
      Looking("audit", "", "what was done to queues, the newest first",
              {Optional("id", "ID", "of this application service alone")},
              Audit),
      Acting("retry", "end the backoff: try the head at once", {}, Retry),
      Acting("pause", "send nothing until it is resumed", {}, Pause),
      Acting("resume", "send again", {}, Resume),
      Acting("policy", "change what flags are given for; the rest stays",
             {Optional("on_rejection", "WHAT",
                       "block, quarantine or skip what is refused"),
              Optional("rejections_max", "N", "after so many refusals (10)"),
              Optional("on_expiry", "WHAT",
                       "deliver, quarantine or drop what is too old"),
              Optional("event_age_max_seconds", "N",
                       "what is too old; 0: nothing is"),
              Optional("remembers_every_txn_id", "true|false",
                       "the service knows every ID that it took, not only the "
                       "last")},
             SetPolicy),
      Acting("skip", "give up the first sealed transaction",
             {Required("txn_id", "TXN_ID", "its ID, so that no other is hit")},
             Skip),
      Acting("replay", "queue the events of a quarantined transaction again",
             {Required("txn_id", "TXN_ID", "its ID")}, Replay),
      Acting("move-to-now", "give up everything that is queued", {}, MoveToNow),
  };
}

}  // namespace causeway::ctl
