#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/ctl/command.h"
#include "services/ctl/files.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::registry::v1;
using Stub = pb::Registry::StubInterface;

Record ToRecord(const pb::Grant& grant) {
  const pb::Ceilings& ceilings = grant.ceilings();
  return {{"name", grant.name()},
          {"appservice_id", grant.appservice_id()},
          {"sender_localpart", grant.sender_localpart()},
          {"users", std::vector<std::string>(ceilings.users().begin(),
                                             ceilings.users().end())},
          {"aliases", std::vector<std::string>(ceilings.aliases().begin(),
                                               ceilings.aliases().end())},
          {"rooms", std::vector<std::string>(ceilings.rooms().begin(),
                                             ceilings.rooms().end())},
          {"url_prefix", grant.url_prefix()},
          {"create_time",
           google::protobuf::util::TimeUtil::ToString(grant.create_time())}};
}

absl::Status Create(const Arguments& arguments, const std::string&,
                    Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string token,
                            ReadTokenFile(arguments.Get("as_token_file")));
  pb::CreateGrantRequest request;
  request.set_name(arguments.Get("name"));
  request.set_as_token_sha256(matrix::Sha256(token));
  request.set_url_prefix(arguments.Get("url_prefix"));
  request.set_sender_localpart(arguments.Get("sender_localpart"));
  pb::Ceilings& ceilings = *request.mutable_ceilings();
  for (std::string& re : arguments.GetAll("users")) {
    ceilings.add_users(std::move(re));
  }
  for (std::string& re : arguments.GetAll("aliases")) {
    ceilings.add_aliases(std::move(re));
  }
  for (std::string& re : arguments.GetAll("rooms")) {
    ceilings.add_rooms(std::move(re));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(pb::Grant grant,
                            session.CallRegistry(&Stub::CreateGrant, request));
  session.Show(ToRecord(grant));
  return absl::OkStatus();
}

absl::Status List(const Arguments&, const std::string&, Session& session) {
  std::vector<Record> records;
  pb::ListGrantsRequest request;
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(pb::ListGrantsResponse page,
                              session.CallRegistry(&Stub::ListGrants, request));
    for (const pb::Grant& grant : page.grants()) {
      records.push_back(ToRecord(grant));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  session.Show(records);
  return absl::OkStatus();
}

absl::Status Show(const Arguments&, const std::string& name, Session& session) {
  pb::GetGrantRequest request;
  request.set_name(name);
  CAUSEWAY_ASSIGN_OR_RETURN(pb::Grant grant,
                            session.CallRegistry(&Stub::GetGrant, request));
  session.Show(ToRecord(grant));
  return absl::OkStatus();
}

absl::Status Remove(const Arguments&, const std::string& name,
                    Session& session) {
  pb::DeleteGrantRequest request;
  request.set_name(name);
  CAUSEWAY_ASSIGN_OR_RETURN(pb::DeleteGrantResponse response,
                            session.CallRegistry(&Stub::DeleteGrant, request));
  if (response.revision() > 0) {
    CAUSEWAY_RETURN_IF_ERROR(session.AwaitInForce(response.revision()));
  }
  session.Say(absl::StrCat("grant ", name, " removed"));
  return absl::OkStatus();
}

FlagSpec Ceiling(std::string kind, absl::string_view what) {
  return {.name = std::move(kind),
          .value = "RE",
          .help = absl::StrCat("widest namespace of ", what,
                               " that it may ask for; may be repeated"),
          .required = false,
          .repeated = true};
}

}  // namespace

std::vector<Command> GrantCommands() {
  return {
      {.noun = "grant",
       .verb = "create",
       .argument = "",
       .summary = "allow the holder of an as_token to register",
       .flags =
           {{.name = "name",
             .value = "NAME",
             .help = "what the grant is called: letters, digits, '.', '_', '-'",
             .required = true,
             .repeated = false},
            {.name = "as_token_file",
             .value = "FILE",
             .help =
                 "file with the token; only its SHA-256 leaves this machine",
             .required = true,
             .repeated = false},
            Ceiling("users", "user IDs"),
            Ceiling("aliases", "room aliases"),
            Ceiling("rooms", "room IDs"),
            {.name = "url_prefix",
             .value = "URL",
             .help = "its URL must begin with this; any URL if not given",
             .required = false,
             .repeated = false},
            {.name = "sender_localpart",
             .value = "NAME",
             .help = "its own user, where that is neither the grant's name nor "
                     "within --users",
             .required = false,
             .repeated = false}},
       .run = Create},
      {.noun = "grant",
       .verb = "list",
       .argument = "",
       .summary = "all grants",
       .flags = {},
       .run = List},
      {.noun = "grant",
       .verb = "show",
       .argument = "NAME",
       .summary = "one grant",
       .flags = {},
       .run = Show},
      {.noun = "grant",
       .verb = "remove",
       .argument = "NAME",
       .summary = "remove a grant and unregister what registered under it",
       .flags = {},
       .run = Remove},
  };
}

}  // namespace causeway::ctl
