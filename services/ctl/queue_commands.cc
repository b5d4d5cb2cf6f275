#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/ctl/command.h"
#include "services/ctl/input_file.h"
#include "services/ctl/outcome.h"
#include "services/ctl/queue_act.h"
#include "services/ctl/queue_records.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;
using Stub = pb::PushOperator::StubInterface;
using google::protobuf::util::TimeUtil;

// A long range takes its time.
constexpr absl::Duration kReplayDeadline = absl::Minutes(5);

// As push_dispatcher takes.
constexpr size_t kEventBytesMax = 131072;
// Of the policy, as push_dispatcher has it.
constexpr int64_t kRejectionsMax = 1000;

absl::Status List(const Arguments&, const std::string&, Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<pb::Queue> queues,
                            ListQueues(session));
  std::vector<Record> records;
  records.reserve(queues.size());
  for (const pb::Queue& queue : queues) records.push_back(QueueSummary(queue));
  session.Show(records);
  return absl::OkStatus();
}

absl::Status Show(const Arguments&, const std::string& id, Session& session) {
  pb::GetQueueRequest request;
  request.set_appservice_id(id);
  CAUSEWAY_ASSIGN_OR_RETURN(pb::Queue queue,
                            session.CallPushOperator(&Stub::GetQueue, request));
  session.Show(QueueDetails(queue));
  return absl::OkStatus();
}

// push_dispatcher stores what somebody waits for. What nobody wanted, most of
// all what is asked about, the homeserver has. `missing` says that
// push_dispatcher hasn't got the event, and stays the answer if there is no
// homeserver of ours, or it hasn't either.
absl::StatusOr<pb::ExplainResponse> ExplainOfHomeserver(
    pb::ExplainRequest request, const absl::Status& missing, Session& session) {
  homeserver::v1::FindEventRequest find;
  find.set_event_id(request.event_id());
  absl::StatusOr<homeserver::v1::FindEventResponse> found =
      session.CallRooms(&homeserver::v1::Rooms::StubInterface::FindEvent, find);
  if (!found.ok()) return missing;
  request.clear_event_id();
  request.set_event_json(std::move(*found->mutable_event_json()));
  return session.CallPushOperator(&Stub::Explain, request);
}

absl::Status Explain(const Arguments& arguments, const std::string&,
                     Session& session) {
  pb::ExplainRequest request;
  request.set_appservice_id(arguments.Get("appservice"));
  if (arguments.Has("event") == arguments.Has("event_file")) {
    return BadUsage("give either --event or --event_file");
  }
  request.set_event_id(arguments.Get("event"));
  if (arguments.Has("event_file")) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        *request.mutable_event_json(),
        ReadInput(arguments.Get("event_file"), kEventBytesMax));
  }
  request.set_source(arguments.Get("source"));
  absl::StatusOr<pb::ExplainResponse> response =
      session.CallPushOperator(&Stub::Explain, request);
  if (absl::IsNotFound(response.status()) && request.event_json().empty()) {
    response = ExplainOfHomeserver(request, response.status(), session);
  }
  CAUSEWAY_RETURN_IF_ERROR(response.status());
  // What isn't stored stands nowhere.
  const Record position =
      response->position() == 0 ? Record() : Record(response->position());
  Record reasons = Record::array();
  for (const std::string& reason : response->reasons()) {
    reasons.push_back(reason);
  }
  session.Show(Record{
      {"interested", response->interested()},
      {"state", LowerCase(pb::ExplainResponse::State_Name(response->state()))},
      {"txn_id", response->txn_id()},
      {"source", response->source()},
      {"position", position},
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

absl::Status NotAValue(absl::string_view flag, absl::string_view form) {
  return BadUsage(absl::StrCat("--", flag, " must be ", form));
}

absl::Status ParseNumber(const Arguments& arguments, absl::string_view flag,
                         int64_t& value) {
  if (arguments.Has(flag) && !absl::SimpleAtoi(arguments.Get(flag), &value)) {
    return NotAValue(flag, "a number");
  }
  return absl::OkStatus();
}

absl::Status ReplayRange(const Arguments& arguments, const std::string& id,
                         Session& session) {
  auto request = Act<pb::ReplayRequest>(arguments, id);
  int64_t first = 0;
  int64_t last = 0;
  CAUSEWAY_RETURN_IF_ERROR(ParseNumber(arguments, "first", first));
  CAUSEWAY_RETURN_IF_ERROR(ParseNumber(arguments, "last", last));
  request.mutable_range()->set_source(arguments.Get("source"));
  request.mutable_range()->set_first_position(first);
  request.mutable_range()->set_last_position(last);
  CAUSEWAY_ASSIGN_OR_RETURN(
      const pb::ReplayResponse response,
      session.CallPushOperator(&Stub::Replay, request, kReplayDeadline));
  session.Say(absl::StrCat("queued again for ", id,
                           ": events: ", response.event_count(),
                           "; positions that aren't stored any more: ",
                           response.positions_not_stored()));
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
  if (rejections_max < 1 || rejections_max > kRejectionsMax) {
    return NotAValue("rejections_max", absl::StrCat("1 to ", kRejectionsMax));
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
  session.Show(QueueDetails(queue));
  return absl::OkStatus();
}

Command Looking(const char* verb, const char* argument, const char* summary,
                std::vector<FlagSpec> flags, const char* method,
                decltype(Command::run) run) {
  return {.noun = "queue",
          .verb = verb,
          .argument = argument,
          .summary = summary,
          .flags = std::move(flags),
          .rpcs = {OperatorRpc(method)},
          .watchable = true,
          .run = std::move(run)};
}

Command Acting(const char* verb, const char* summary,
               std::vector<FlagSpec> flags, const char* method,
               decltype(Command::run) run) {
  return QueueAct("queue", verb, summary, std::move(flags), method,
                  std::move(run));
}

Command ExplainCommand() {
  Command command = Looking(
      "explain", "", "why an event goes to an application service, or why not",
      {Required("appservice", "ID", "the application service"),
       Optional("event", "EVENT_ID",
                "an event of the homeserver, or one that is queued"),
       Optional("event_file", "FILE",
                "or the event itself, as JSON, where both have lost it"),
       Optional("source", "SOURCE",
                "where it comes from, if there are several sources")},
      "Explain", Explain);
  command.rpcs.push_back("causeway.homeserver.v1.Rooms/FindEvent");
  return command;
}

Command PolicyCommand() {
  Command command = Acting(
      "policy", "change what flags are given for; the rest stays",
      {Optional("on_rejection", "block|quarantine|skip",
                "what is done with what is refused (at first block)"),
       Optional("rejections_max", "N",
                "after so many refusals in a row, 1 to 1000 (at first 10)"),
       Optional("on_expiry", "deliver|quarantine|drop",
                "what is done with what is too old (at first deliver)"),
       Optional("event_age_max_seconds", "N",
                "what is too old, 1 to 3153600000; 0: nothing is"),
       Optional("remembers_every_txn_id", "true|false",
                "the service knows every ID that it took, not only the "
                "last")},
      "SetPolicy", SetPolicy);
  command.destroys = "what is refused or too old, where the policy gives it up";
  command.destroys_with = {"on_rejection=skip", "on_expiry=drop",
                           "event_age_max_seconds"};
  return command;
}

Command MoveToNowCommand() {
  Command command = Acting("move-to-now", "give up everything that is queued",
                           {}, "MoveToNow", MoveToNow);
  command.destroys = "all that is queued for it";
  return command;
}

}  // namespace

std::vector<Command> QueueCommands() {
  return {
      Looking("list", "", "how delivery to each application service stands", {},
              "ListQueues", List),
      Looking("show", "ID", "one queue in full", {}, "GetQueue", Show),
      QueueWatchCommand(),
      ExplainCommand(),
      Looking("audit", "", "what was done to queues, the newest first",
              {Optional("id", "ID", "of this application service alone")},
              "ListAuditRecords", Audit),
      Acting("retry", "end the backoff: try the head at once", {}, "RetryNow",
             Retry),
      Acting("pause", "send nothing until it is resumed", {}, "PauseQueue",
             Pause),
      Acting("resume", "send again", {}, "ResumeQueue", Resume),
      PolicyCommand(),
      Acting("replay",
             "queue those events and messages to devices of a range of "
             "positions again that are stored still",
             {Required("source", "SOURCE",
                       "the range's source, as queue explain tells it"),
              Required("first", "N", "its first position"),
              Required("last", "M", "its last; the queue must be past it")},
             "Replay", ReplayRange),
      MoveToNowCommand(),
  };
}

}  // namespace causeway::ctl
