#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/ctl/command.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::registry::v1;
using Stub = pb::Registry::StubInterface;
using google::protobuf::util::TimeUtil;

Record ToRecord(const pb::PendingRequest& request) {
  std::vector<std::string> fields;
  std::vector<std::string> messages;
  for (const pb::PendingRequest::Difference& one : request.differences()) {
    fields.push_back(one.field());
    messages.push_back(one.message());
  }
  return {{"id", request.id()},
          {"grant", request.grant_name()},
          {"appservice_id", request.wanted().id()},
          {"url", request.wanted().url()},
          {"create_time", TimeUtil::ToString(request.create_time())},
          {"beyond", fields},
          {"why", messages}};
}

absl::Status List(const Arguments&, const std::string&, Session& session) {
  std::vector<Record> records;
  pb::ListPendingRequestsRequest request;
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(
        pb::ListPendingRequestsResponse page,
        session.CallRegistry(&Stub::ListPendingRequests, request));
    for (const pb::PendingRequest& pending : page.requests()) {
      records.push_back(ToRecord(pending));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  session.Show(records);
  return absl::OkStatus();
}

absl::Status Approve(const Arguments& arguments, const std::string& id,
                     Session& session) {
  pb::ApprovePendingRequestRequest request;
  request.set_id(id);
  request.set_allow_broad(arguments.Has("allow_broad"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      pb::ApprovePendingRequestResponse response,
      session.CallRegistry(&Stub::ApprovePendingRequest, request));
  CAUSEWAY_RETURN_IF_ERROR(session.AwaitInForce(response.revision()));
  session.Say(absl::StrCat("application service ", response.appservice().id(),
                           " is registered and in force (revision ",
                           response.revision(), ")"));
  return absl::OkStatus();
}

absl::Status Reject(const Arguments& arguments, const std::string& id,
                    Session& session) {
  pb::RejectPendingRequestRequest request;
  request.set_id(id);
  request.set_reason(arguments.Get("reason"));
  CAUSEWAY_RETURN_IF_ERROR(
      session.CallRegistry(&Stub::RejectPendingRequest, request).status());
  session.Say(absl::StrCat("request ", id, " is rejected"));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> RequestCommands() {
  return {
      {.noun = "request",
       .verb = "list",
       .argument = "",
       .summary =
           "registrations beyond their grants, which wait for a decision",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/ListPendingRequests"},
       .watchable = true,
       .run = List},
      {.noun = "request",
       .verb = "approve",
       .argument = "ID",
       .summary = "widen its grant by just what it takes, and register it",
       .flags = {{.name = "allow_broad",
                  .value = "",
                  .help = "though its namespaces fit what nobody has named, as "
                          "'@.*' does",
                  .required = false,
                  .repeated = false}},
       .rpcs = {"causeway.registry.v1.Registry/ApprovePendingRequest",
                "causeway.push.v1.PushDispatcher/AwaitRevision"},
       .run = Approve},
      {.noun = "request",
       .verb = "reject",
       .argument = "ID",
       .summary = "forget it",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/RejectPendingRequest"},
       .destroys = "what it asks for",
       .run = Reject},
  };
}

}  // namespace causeway::ctl
