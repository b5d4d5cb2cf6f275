#include <string>
#include <utility>

#include "services/ctl/command.h"
#include "services/ctl/queue_records.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;

// One line a queue, first of all and then of those that change, until it is
// interrupted or the stream ends.
absl::Status Watch(const Arguments& arguments, const std::string&,
                   Session& session) {
  pb::WatchQueuesRequest request;
  request.set_appservice_id(arguments.Get("appservice"));
  return session.WatchQueues(
      request, [&](const pb::WatchQueuesResponse& message) {
        for (const pb::Queue& queue : message.queues()) {
          session.ShowLine(QueueSummary(queue));
        }
        for (const std::string& id : message.removed_appservice_ids()) {
          session.ShowLine({{"appservice_id", id}, {"state", "removed"}});
        }
      });
}

}  // namespace

Command QueueWatchCommand() {
  return {.noun = "queue",
          .verb = "watch",
          .argument = "",
          .summary = "a line for each queue, and again when it changes",
          .flags = {{.name = "appservice",
                     .value = "ID",
                     .help = "of this application service alone",
                     .required = false,
                     .repeated = false}},
          .rpcs = {"causeway.push.v1.PushOperator/WatchQueues"},
          .run = Watch};
}

}  // namespace causeway::ctl
