#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/ctl/appservice_list.h"
#include "services/ctl/command.h"
#include "services/ctl/input_file.h"
#include "services/ctl/outcome.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registration_file/registration_file.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::registry::v1;
using registration_file::NamespaceEntry;
using registration_file::RegistrationFile;
using Finding = pb::CheckNamespacesResponse::Finding;
using Stub = pb::Registry::StubInterface;

Record OrNull(const std::string& text) {
  return text.empty() ? Record(nullptr) : Record(text);
}

Record ToRecord(const Finding& finding) {
  return {{"field", finding.field()},
          {"regex", OrNull(finding.namespace_().regex())},
          {"verdict", finding.refuses() ? "refused" : "warning"},
          {"code", finding.code()},
          {"witness", OrNull(finding.witness())},
          {"byte",
           finding.has_offset() ? Record(finding.offset()) : Record(nullptr)},
          {"suggestion", OrNull(finding.suggestion())},
          {"message", finding.message()}};
}

void Add(pb::Namespace::Kind kind, const std::string& regex, bool exclusive,
         pb::CheckNamespacesRequest& request) {
  pb::Namespace& added = *request.add_namespaces();
  added.set_kind(kind);
  added.set_regex(regex);
  added.set_exclusive(exclusive);
}

absl::Status AddFile(const std::string& path,
                     pb::CheckNamespacesRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const RegistrationFile file,
                            ReadRegistration(path));
  request.set_id(file.id);
  request.set_url(file.url);
  request.set_sender_localpart(file.sender_localpart);
  request.set_as_token_sha256(matrix::Sha256(file.as_token));
  for (const auto& [kind, entries] :
       {std::pair{pb::Namespace::USERS, &file.users},
        {pb::Namespace::ALIASES, &file.aliases},
        {pb::Namespace::ROOMS, &file.rooms}}) {
    for (const NamespaceEntry& entry : *entries) {
      Add(kind, entry.regex, entry.exclusive, request);
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const Arguments& arguments, const std::string&,
                   Session& session) {
  pb::CheckNamespacesRequest request;
  if (arguments.Has("file")) {
    CAUSEWAY_RETURN_IF_ERROR(AddFile(arguments.Get("file"), request));
  }
  const bool exclusive = !arguments.Has("shared");
  for (const auto& [flag, kind] :
       {std::pair<absl::string_view, pb::Namespace::Kind>{"users",
                                                          pb::Namespace::USERS},
        {"aliases", pb::Namespace::ALIASES},
        {"rooms", pb::Namespace::ROOMS}}) {
    for (const std::string& regex : arguments.GetAll(flag)) {
      Add(kind, regex, exclusive, request);
    }
  }
  if (!arguments.Has("file") && request.namespaces().empty()) {
    return BadUsage(
        "nothing to check: give --file, --users, --aliases or --rooms");
  }
  request.set_grant_name(arguments.Get("grant"));
  if (arguments.Has("id")) request.set_appservice_id(arguments.Get("id"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      pb::CheckNamespacesResponse response,
      session.CallRegistry(&Stub::CheckNamespaces, request));
  std::vector<Record> records;
  int refusal_count = 0;
  for (const Finding& finding : response.findings()) {
    records.push_back(ToRecord(finding));
    refusal_count += finding.refuses() ? 1 : 0;
  }
  session.Show(records);
  if (refusal_count == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("it would not be registered: ", refusal_count,
                   refusal_count == 1 ? " refusal" : " refusals"));
}

absl::Status List(const Arguments&, const std::string&, Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<pb::Appservice> appservices,
                            ListAppservices(session));
  std::vector<Record> records;
  for (const pb::Appservice& appservice : appservices) {
    for (const pb::Namespace& ns : appservice.namespaces()) {
      records.push_back(
          {{"appservice_id", appservice.id()},
           {"kind", absl::AsciiStrToLower(pb::Namespace::Kind_Name(ns.kind()))},
           {"exclusive", ns.exclusive()},
           {"regex", ns.regex()}});
    }
  }
  session.Show(records);
  return absl::OkStatus();
}

FlagSpec Regex(std::string kind, absl::string_view what) {
  return {.name = std::move(kind),
          .value = "RE",
          .help = absl::StrCat("a namespace of ", what, "; may be repeated"),
          .required = false,
          .repeated = true};
}

FlagSpec Optional(std::string name, std::string value, std::string help) {
  return {.name = std::move(name),
          .value = std::move(value),
          .help = std::move(help),
          .required = false,
          .repeated = false};
}

}  // namespace

std::vector<Command> NamespaceCommands() {
  return {
      {.noun = "namespace",
       .verb = "list",
       .summary = "who has which namespaces",
       .rpcs = {"causeway.registry.v1.Registry/ListAppservices"},
       .watchable = true,
       .run = List},
      {.noun = "namespace",
       .verb = "check",
       .argument = "",
       .summary = "what would be refused of namespaces or of a whole "
                  "registration file, and what looks wrong with them; "
                  "registers nothing",
       .flags = {Optional("file", "FILE",
                          "all that a registration file (YAML) asks for, under "
                          "the grant of its as_token"),
                 Regex("users", "user IDs"), Regex("aliases", "room aliases"),
                 Regex("rooms", "room IDs"),
                 Optional("shared", "",
                          "what --users, --aliases and --rooms give is not "
                          "exclusive"),
                 Optional("grant", "NAME",
                          "whether this grant allows them; that of the file's "
                          "as_token if not given"),
                 Optional("id", "ID",
                          "the application service whose registration they "
                          "replace; who is registered under the file's "
                          "as_token, or the grant, if not given")},
       .rpcs = {"causeway.registry.v1.Registry/CheckNamespaces"},
       .run = Check},
  };
}

}  // namespace causeway::ctl
