#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/ctl/appservice_list.h"
#include "services/ctl/command.h"
#include "services/ctl/outcome.h"
#include "services/ctl/secret_file.h"
#include "services/shared/files/token_file.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::registry::v1;

constexpr int64_t kOverlapSecondsDefault = 86400;
using Stub = pb::Registry::StubInterface;

std::vector<std::string> Regexes(const pb::Appservice& appservice,
                                 pb::Namespace::Kind kind) {
  std::vector<std::string> regexes;
  for (const pb::Namespace& entry : appservice.namespaces()) {
    if (entry.kind() != kind) continue;
    regexes.push_back(
        absl::StrCat(entry.regex(), entry.exclusive() ? " (exclusive)" : ""));
  }
  return regexes;
}

Record Summary(const pb::Appservice& appservice) {
  return {{"id", appservice.id()},
          {"url", appservice.url()},
          {"dialect", appservice.dialect() == pb::DRAFT ? "draft" : "v1"},
          {"users", Regexes(appservice, pb::Namespace::USERS)},
          {"aliases", Regexes(appservice, pb::Namespace::ALIASES)},
          {"rooms", Regexes(appservice, pb::Namespace::ROOMS)}};
}

Record Details(const pb::Appservice& appservice) {
  using google::protobuf::util::TimeUtil;
  Record record = Summary(appservice);
  record["uid"] = appservice.uid();
  record["grant"] = appservice.grant_name();
  record["sender_localpart"] = appservice.sender_localpart();
  record["rate_limited"] = appservice.rate_limited();
  record["receive_ephemeral"] = appservice.receive_ephemeral();
  record["protocols"] = std::vector<std::string>(appservice.protocols().begin(),
                                                 appservice.protocols().end());
  record["revision"] = appservice.revision();
  record["create_time"] = TimeUtil::ToString(appservice.create_time());
  record["update_time"] = TimeUtil::ToString(appservice.update_time());
  return record;
}

absl::Status List(const Arguments&, const std::string&, Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<pb::Appservice> appservices,
                            ListAppservices(session));
  std::vector<Record> records;
  records.reserve(appservices.size());
  for (const pb::Appservice& appservice : appservices) {
    records.push_back(Summary(appservice));
  }
  session.Show(records);
  return absl::OkStatus();
}

absl::Status Show(const Arguments&, const std::string& id, Session& session) {
  pb::GetAppserviceRequest request;
  request.set_id(id);
  CAUSEWAY_ASSIGN_OR_RETURN(
      pb::Appservice appservice,
      session.CallRegistry(&Stub::GetAppservice, request));
  session.Show(Details(appservice));
  return absl::OkStatus();
}

// What its queue waits for is over.
absl::Status WakeQueue(const std::string& uid, Session& session) {
  push::v1::ReportSignsOfLifeRequest request;
  request.add_pinged_uids(uid);
  return session
      .CallPush(&push::v1::PushDispatcher::StubInterface::ReportSignsOfLife,
                request)
      .status();
}

absl::Status Ping(const Arguments&, const std::string& id, Session& session) {
  using Response = query::v1::PingResponse;
  query::v1::PingRequest request;
  request.set_appservice_id(id);
  CAUSEWAY_ASSIGN_OR_RETURN(
      const Response response,
      session.CallQueryProxy(&query::v1::QueryProxy::StubInterface::Ping,
                             request));
  const auto failed = [&id](absl::string_view why) {
    return absl::FailedPreconditionError(
        absl::StrCat("application service ", id, ": ", why));
  };
  switch (response.result()) {
    case Response::ANSWERED:
      CAUSEWAY_RETURN_IF_ERROR(WakeQueue(response.appservice_uid(), session));
      session.Say(absl::StrCat("application service ", id, " answered in ",
                               response.duration_ms(), " ms"));
      return absl::OkStatus();
    case Response::URL_NOT_SET:
      return failed("it has no URL");
    case Response::BAD_STATUS:
      return failed(absl::StrCat(
          "it is there, and answers HTTP ", response.http_status(),
          response.http_status() == 404 ? ": it may not know pings" : ""));
    case Response::CONNECTION_TIMEOUT:
      return failed("it did not answer in time");
    default:
      return failed(response.error());
  }
}

// The file is written before: whatever becomes of the call, the token is known,
// and repeating it with the same file changes nothing more.
absl::Status RotateToken(const Arguments& arguments, const std::string& id,
                         Session& session) {
  pb::RotateHsTokenRequest request;
  request.set_id(id);
  int64_t overlap_seconds = kOverlapSecondsDefault;
  if (arguments.Has("overlap_seconds") &&
      !absl::SimpleAtoi(arguments.Get("overlap_seconds"), &overlap_seconds)) {
    return BadUsage("--overlap_seconds is not a number");
  }
  request.set_overlap_seconds(overlap_seconds);
  const std::string path = arguments.Get("hs_token_file");
  absl::StatusOr<std::string> token = files::ReadTokenFile(path);
  if (absl::IsNotFound(token.status())) {
    token = matrix::RandomHexToken();
    CAUSEWAY_RETURN_IF_ERROR(WriteSecretFile(path, *token + "\n"));
  }
  if (!token.ok()) return BadUsage(token.status().message());
  request.set_hs_token(*token);
  CAUSEWAY_ASSIGN_OR_RETURN(
      pb::RotateHsTokenResponse response,
      session.CallRegistry(&Stub::RotateHsToken, request));
  CAUSEWAY_RETURN_IF_ERROR(session.AwaitInForce(response.revision()));
  session.Say(absl::StrCat("application service ", id,
                           " is shown the hs_token in ", path, ", and for ",
                           overlap_seconds,
                           " s the one before, where it refuses the new one"));
  return absl::OkStatus();
}

absl::Status Reseal(const Arguments&, const std::string&, Session& session) {
  int64_t count = 0;
  pb::ResealHsTokensResponse response;
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(
        response, session.CallRegistry(&Stub::ResealHsTokens,
                                       pb::ResealHsTokensRequest()));
    count += response.resealed_count();
  } while (!response.complete());
  session.Say(absl::StrCat(count,
                           " sealed anew; all are sealed with the first "
                           "key of the registry's key file"));
  return absl::OkStatus();
}

absl::Status Remove(const Arguments& arguments, const std::string& id,
                    Session& session) {
  pb::UnregisterRequest request;
  request.set_id(id);
  request.set_reason(arguments.Get("reason"));
  CAUSEWAY_ASSIGN_OR_RETURN(pb::UnregisterResponse response,
                            session.CallRegistry(&Stub::Unregister, request));
  CAUSEWAY_RETURN_IF_ERROR(session.AwaitInForce(response.revision()));
  session.Say(absl::StrCat("application service ", id,
                           " is unregistered; its grant stays"));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> AppserviceCommands() {
  return {
      {.noun = "appservice",
       .verb = "list",
       .argument = "",
       .summary = "all registered application services",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/ListAppservices"},
       .watchable = true,
       .run = List},
      {.noun = "appservice",
       .verb = "show",
       .argument = "ID",
       .summary = "one of them, with all that is known but secrets",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/GetAppservice"},
       .watchable = true,
       .run = Show},
      {.noun = "appservice",
       .verb = "ping",
       .argument = "ID",
       .summary =
           "ask whether it is there; if it is, its queue goes on at once",
       .flags = {},
       .rpcs = {"causeway.query.v1.QueryProxy/Ping",
                "causeway.push.v1.PushDispatcher/ReportSignsOfLife"},
       .run = Ping},
      {.noun = "appservice",
       .verb = "rotate-token",
       .argument = "ID",
       .summary = "give it a new hs_token; for a while the old one is "
                  "presented too",
       .flags = {{.name = "hs_token_file",
                  .value = "FILE",
                  .help = "where the new token is, or is written to if there "
                          "is no such file",
                  .required = true,
                  .repeated = false},
                 {.name = "overlap_seconds",
                  .value = "N",
                  .help = "how long the old one is presented too, 0 to 604800 "
                          "(86400)",
                  .required = false,
                  .repeated = false}},
       .rpcs = {"causeway.registry.v1.Registry/RotateHsToken",
                "causeway.push.v1.PushDispatcher/AwaitRevision"},
       .run = RotateToken},
      {.noun = "appservice",
       .verb = "reseal",
       .argument = "",
       .summary = "seal all hs_tokens with the first key of the registry's "
                  "key file",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/ResealHsTokens"},
       .run = Reseal},
      {.noun = "appservice",
       .verb = "remove",
       .argument = "ID",
       .summary =
           "unregister it: its queue is dropped, its namespaces are free",
       .flags = {},
       .rpcs = {"causeway.registry.v1.Registry/Unregister",
                "causeway.push.v1.PushDispatcher/AwaitRevision"},
       .destroys = "its registration and all that is queued for it",
       .run = Remove},
  };
}

}  // namespace causeway::ctl
