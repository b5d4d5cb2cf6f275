#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/ctl/command.h"
#include "services/ctl/queue_act.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;
using Stub = pb::PushOperator::StubInterface;

absl::Status ForgetLeft(const Arguments& arguments, const std::string& source,
                        Session& session) {
  pb::ForgetLeftHistoriesRequest request;
  request.set_source(source);
  request.set_reason(arguments.Get("reason"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      const pb::ForgetLeftHistoriesResponse response,
      session.CallPushOperator(&Stub::ForgetLeftHistories, request));
  session.Say(absl::StrCat("histories of ", source, " that are forgotten: ",
                           response.forgotten_histories()));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> SourceCommands() {
  return {
      {.noun = "source",
       .verb = "forget-left",
       .argument = "SOURCE",
       .summary =
           "let a history that a source has left for another one take the "
           "other's place",
       .flags = {Required("reason", "TEXT", "why; kept in the audit records")},
       .rpcs = {OperatorRpc("ForgetLeftHistories")},
       .destroys = "what keeps its left histories from being taken up again",
       .run = ForgetLeft},
  };
}

}  // namespace causeway::ctl
