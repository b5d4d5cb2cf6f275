#include <string>
#include <vector>

#include "causeway/push/v1/push.grpc.pb.h"
#include "services/ctl/command.h"
#include "services/ctl/queue_act.h"
#include "services/ctl/queue_records.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;

Record ToRecord(const pb::Queue& queue) {
  return {{"appservice_id", queue.appservice_id()},
          {"owner", queue.owner()},
          {"epoch", queue.epoch()},
          {"state", LowerCase(pb::Queue::State_Name(queue.state()))},
          {"queued_events", queue.queued_events()}};
}

absl::Status List(const Arguments& arguments, const std::string&,
                  Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<pb::Queue> queues,
                            ListQueues(session));
  std::vector<Record> records;
  for (const pb::Queue& queue : queues) {
    if (arguments.Has("owner") && queue.owner() != arguments.Get("owner")) {
      continue;
    }
    records.push_back(ToRecord(queue));
  }
  session.Show(records);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> LeaseCommands() {
  return {
      {.noun = "lease",
       .verb = "list",
       .summary =
           "which replica of push_dispatcher holds which queue; the epoch "
           "counts its leases",
       .flags = {Optional("owner", "REPLICA",
                          "of this replica alone; empty: nobody's")},
       .rpcs = {OperatorRpc("ListQueues")},
       .watchable = true,
       .run = List},
  };
}

}  // namespace causeway::ctl
