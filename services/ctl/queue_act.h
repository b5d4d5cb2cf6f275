#ifndef CAUSEWAY_SERVICES_CTL_QUEUE_ACT_H_
#define CAUSEWAY_SERVICES_CTL_QUEUE_ACT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/ctl/command.h"

// What commands that call PushOperator have in common.
namespace causeway::ctl {

inline FlagSpec Required(std::string name, std::string value,
                         std::string help) {
  return {.name = std::move(name),
          .value = std::move(value),
          .help = std::move(help),
          .required = true};
}

inline FlagSpec Optional(std::string name, std::string value,
                         std::string help) {
  FlagSpec flag = Required(std::move(name), std::move(value), std::move(help));
  flag.required = false;
  return flag;
}

inline std::string OperatorRpc(absl::string_view method) {
  return absl::StrCat("causeway.push.v1.PushOperator/", method);
}

// A request for the queue of `id`, with the reason given.
template <typename Request>
Request Act(const Arguments& arguments, const std::string& id) {
  Request request;
  request.set_appservice_id(id);
  request.set_reason(arguments.Get("reason"));
  return request;
}

// A command that changes a queue: it needs a reason.
inline Command QueueAct(std::string noun, std::string verb, std::string summary,
                        std::vector<FlagSpec> flags, absl::string_view method,
                        decltype(Command::run) run) {
  flags.push_back(Required("reason", "TEXT", "why; kept in the audit records"));
  return {.noun = std::move(noun),
          .verb = std::move(verb),
          .argument = "ID",
          .summary = std::move(summary),
          .flags = std::move(flags),
          .rpcs = {OperatorRpc(method)},
          .run = std::move(run)};
}

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_QUEUE_ACT_H_
