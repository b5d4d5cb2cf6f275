#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/ctl/command.h"
#include "services/ctl/input_file.h"
#include "services/ctl/outcome.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::registry::v1;
using Stub = pb::Registry::StubInterface;

using Regexes = google::protobuf::RepeatedPtrField<std::string>;
using google::protobuf::util::TimeUtil;

std::vector<std::string> ToList(const Regexes& regexes) {
  return {regexes.begin(), regexes.end()};
}

Record Summary(const pb::Grant& grant) {
  const pb::Ceilings& ceilings = grant.ceilings();
  return {{"name", grant.name()},
          {"appservice_id", grant.appservice_id()},
          {"sender_localpart", grant.sender_localpart()},
          {"users", ToList(ceilings.users())},
          {"aliases", ToList(ceilings.aliases())},
          {"rooms", ToList(ceilings.rooms())},
          {"url_prefix", grant.url_prefix()},
          {"create_time", TimeUtil::ToString(grant.create_time())},
          {"expire_time", grant.has_expire_time()
                              ? Record(TimeUtil::ToString(grant.expire_time()))
                              : Record(nullptr)}};
}

Record Details(const pb::Grant& grant) {
  const pb::Ceilings& ceilings = grant.ceilings();
  Record record = Summary(grant);
  record["shared_users"] = ToList(ceilings.shared_users());
  record["shared_aliases"] = ToList(ceilings.shared_aliases());
  record["shared_rooms"] = ToList(ceilings.shared_rooms());
  record["allow_broad"] = grant.allow_broad();
  record["private_networks"] = grant.private_networks_allowed();
  return record;
}

// Takes what the flags give, and tells whether that is anything.
bool TakeCeilings(const Arguments& arguments, pb::Ceilings& ceilings) {
  bool any = false;
  const auto take = [&](absl::string_view flag, Regexes& regexes) {
    any = any || arguments.Has(flag);
    for (const std::string& regex : arguments.GetAll(flag)) {
      if (!regex.empty()) *regexes.Add() = regex;
    }
  };
  take("users", *ceilings.mutable_users());
  take("aliases", *ceilings.mutable_aliases());
  take("rooms", *ceilings.mutable_rooms());
  take("shared_users", *ceilings.mutable_shared_users());
  take("shared_aliases", *ceilings.mutable_shared_aliases());
  take("shared_rooms", *ceilings.mutable_shared_rooms());
  return any;
}

// Of a flag that must be there. INVALID_ARGUMENT.
absl::StatusOr<bool> YesOrNo(const Arguments& arguments,
                             absl::string_view flag) {
  const std::string text = arguments.Get(flag);
  if (text == "yes") return true;
  if (text == "no") return false;
  return BadUsage(
      absl::StrCat("--", flag, " is yes or no, not \"", text, "\""));
}

absl::StatusOr<google::protobuf::Timestamp> ExpireTime(
    const Arguments& arguments) {
  const std::string text = arguments.Get("expires");
  google::protobuf::Timestamp time;
  if (TimeUtil::FromString(text, &time)) return time;
  return BadUsage(absl::StrCat(
      "--expires is a time such as 2027-01-31T12:00:00Z, not \"", text, "\""));
}

bool HasPassed(const google::protobuf::Timestamp& time) {
  return TimeUtil::TimestampToMicroseconds(time) <=
         absl::ToUnixMicros(absl::Now());
}

absl::Status Create(const Arguments& arguments, const std::string&,
                    Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string token,
                            ReadToken(arguments.Get("as_token_file")));
  pb::CreateGrantRequest request;
  request.set_name(arguments.Get("name"));
  request.set_as_token_sha256(matrix::Sha256(token));
  request.set_url_prefix(arguments.Get("url_prefix"));
  request.set_sender_localpart(arguments.Get("sender_localpart"));
  TakeCeilings(arguments, *request.mutable_ceilings());
  request.set_allow_broad(arguments.Has("allow_broad"));
  if (arguments.Has("private_networks")) {
    CAUSEWAY_ASSIGN_OR_RETURN(bool allowed,
                              YesOrNo(arguments, "private_networks"));
    request.set_private_networks_allowed(allowed);
  }
  if (arguments.Has("expires")) {
    CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_expire_time(),
                              ExpireTime(arguments));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(pb::Grant grant,
                            session.CallRegistry(&Stub::CreateGrant, request));
  session.Show(Details(grant));
  return absl::OkStatus();
}

absl::StatusOr<pb::UpdateGrantRequest> ToUpdate(const Arguments& arguments) {
  pb::UpdateGrantRequest request;
  pb::Ceilings ceilings;
  if (TakeCeilings(arguments, ceilings)) *request.mutable_ceilings() = ceilings;
  if (arguments.Has("url_prefix")) {
    request.set_url_prefix(arguments.Get("url_prefix"));
  }
  if (arguments.Has("sender_localpart")) {
    request.set_sender_localpart(arguments.Get("sender_localpart"));
  }
  if (arguments.Has("allow_broad")) request.set_allow_broad(true);
  if (arguments.Has("private_networks")) {
    CAUSEWAY_ASSIGN_OR_RETURN(bool allowed,
                              YesOrNo(arguments, "private_networks"));
    request.set_private_networks_allowed(allowed);
  }
  if (arguments.Get("expires") == "never") {
    request.set_never_expires(true);
  } else if (arguments.Has("expires")) {
    CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_expire_time(),
                              ExpireTime(arguments));
    // What ends at once is destroyed, which wants a reason and a yes.
    if (HasPassed(request.expire_time()) && !arguments.Has("unregister")) {
      return BadUsage(
          "--expires has passed already, so what is registered under the grant "
          "would end at once: say --unregister if that is meant");
    }
  }
  request.set_unregister(arguments.Has("unregister"));
  request.set_reason(arguments.Get("reason"));
  return request;
}

absl::Status Update(const Arguments& arguments, const std::string& name,
                    Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(pb::UpdateGrantRequest request,
                            ToUpdate(arguments));
  request.set_name(name);
  CAUSEWAY_ASSIGN_OR_RETURN(pb::UpdateGrantResponse response,
                            session.CallRegistry(&Stub::UpdateGrant, request));
  if (response.revision() > 0) {
    CAUSEWAY_RETURN_IF_ERROR(session.AwaitInForce(response.revision()));
  }
  Record record = Details(response.grant());
  record["unregistered"] = response.unregistered_id().empty()
                               ? Record(nullptr)
                               : Record(response.unregistered_id());
  session.Show(record);
  return absl::OkStatus();
}

absl::Status List(const Arguments&, const std::string&, Session& session) {
  std::vector<Record> records;
  pb::ListGrantsRequest request;
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(pb::ListGrantsResponse page,
                              session.CallRegistry(&Stub::ListGrants, request));
    for (const pb::Grant& grant : page.grants()) {
      records.push_back(Summary(grant));
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
  session.Show(Details(grant));
  return absl::OkStatus();
}

absl::Status Remove(const Arguments& arguments, const std::string& name,
                    Session& session) {
  pb::DeleteGrantRequest request;
  request.set_name(name);
  request.set_reason(arguments.Get("reason"));
  CAUSEWAY_ASSIGN_OR_RETURN(pb::DeleteGrantResponse response,
                            session.CallRegistry(&Stub::DeleteGrant, request));
  if (response.revision() > 0) {
    CAUSEWAY_RETURN_IF_ERROR(session.AwaitInForce(response.revision()));
  }
  session.Say(absl::StrCat("grant ", name, " removed"));
  return absl::OkStatus();
}

FlagSpec Ceiling(std::string kind, absl::string_view what) {
  return {
      .name = std::move(kind),
      .value = "RE",
      .help = absl::StrCat("widest namespace of ", what, "; may be repeated"),
      .required = false,
      .repeated = true};
}

FlagSpec Required(std::string name, std::string value, std::string help) {
  return {.name = std::move(name),
          .value = std::move(value),
          .help = std::move(help),
          .required = true,
          .repeated = false};
}

FlagSpec Optional(std::string name, std::string value, std::string help) {
  FlagSpec flag = Required(std::move(name), std::move(value), std::move(help));
  flag.required = false;
  return flag;
}

std::vector<FlagSpec> And(std::vector<FlagSpec> flags,
                          const std::vector<FlagSpec>& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

// What is granted, for create and update alike.
std::vector<FlagSpec> Limits() {
  return {
      Ceiling("users", "user IDs that it may ask for"),
      Ceiling("aliases", "room aliases that it may ask for"),
      Ceiling("rooms", "room IDs that it may ask for"),
      Ceiling("shared_users", "user IDs, but not exclusively"),
      Ceiling("shared_aliases", "room aliases, but not exclusively"),
      Ceiling("shared_rooms", "room IDs, but not exclusively"),
      Optional("allow_broad", "",
               "namespaces may fit what nobody has named, as '@.*' does"),
      Optional("url_prefix", "URL",
               "its URL must begin with this; any URL if empty"),
      Optional("sender_localpart", "NAME",
               "its own user, where that is neither the grant's name nor "
               "within --users"),
      Optional("private_networks", "yes|no",
               "whether its URL may lead to loopback and private networks "
               "(yes)"),
  };
}

}  // namespace

std::vector<Command> GrantCommands() {
  return {
      {.noun = "grant",
       .verb = "create",
       .argument = "",
       .summary = "allow the holder of an as_token to register",
       .flags =
           And({Required("name", "NAME",
                         "what the grant is called: letters, digits, '.', '_', "
                         "'-'"),
                Required("as_token_file", "FILE",
                         "file with the token; only its SHA-256 leaves this "
                         "machine"),
                Optional("expires", "TIME",
                         "from when on it allows nothing, as in "
                         "2027-01-31T12:00:00Z; never if not given")},
               Limits()),
       .rpcs = {"causeway.registry.v1.Registry/CreateGrant"},
       .run = Create},
      {.noun = "grant",
       .verb = "list",
       .argument = "",
       .summary = "all grants",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/ListGrants"},
       .watchable = true,
       .run = List},
      {.noun = "grant",
       .verb = "show",
       .argument = "NAME",
       .summary = "one grant, with all that it allows",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/GetGrant"},
       .run = Show},
      {.noun = "grant",
       .verb = "update",
       .argument = "NAME",
       .summary = "narrow a grant or widen it; what isn't given stays",
       .flags = And({Optional("expires", "TIME",
                              "from when on it allows nothing; 'never' for "
                              "never; now or before only with --unregister"),
                     Optional("unregister", "",
                              "end what is registered under it if the grant "
                              "no longer allows that")},
                    Limits()),
       .rpcs = {"causeway.registry.v1.Registry/UpdateGrant",
                "causeway.push.v1.PushDispatcher/AwaitRevision"},
       .destroys = "what is registered under it, if the grant no longer allows "
                   "that, and all that is queued for it",
       .destroys_with = {"unregister"},
       .run = Update},
      {.noun = "grant",
       .verb = "remove",
       .argument = "NAME",
       .summary = "revoke a grant and unregister what registered under it",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/DeleteGrant",
                "causeway.push.v1.PushDispatcher/AwaitRevision"},
       .destroys = "the grant, what is registered under it, and all that is "
                   "queued for that",
       .run = Remove},
  };
}

}  // namespace causeway::ctl
