#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/ctl/appservice_list.h"
#include "services/ctl/command.h"
#include "services/ctl/cures.h"
#include "services/ctl/input_file.h"
#include "services/ctl/outcome.h"
#include "services/ctl/queue_act.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

using registry::v1::Appservice;
using Diagnosis = query::v1::DiagnoseResponse;
using Registry = registry::v1::Registry::StubInterface;

// One step of one direction.
struct Finding {
  absl::string_view direction;
  std::string step;
  Diagnosis::Verdict verdict = Diagnosis::NOT_TRIED;
  std::string detail = {};
  std::string cure = {};  // Where it is ill.
};

constexpr absl::string_view kToIt = "to it";
constexpr absl::string_view kFromIt = "from it";

// From us to the bridge: query_proxy tries.
absl::StatusOr<std::vector<Finding>> ExamineWayThere(
    const Appservice& appservice, Session& session) {
  query::v1::DiagnoseRequest request;
  request.set_appservice_id(appservice.id());
  const absl::StatusOr<Diagnosis> diagnosis = session.CallQueryProxy(
      &query::v1::QueryProxy::StubInterface::Diagnose, request);
  if (absl::IsUnavailable(diagnosis.status()) ||
      absl::IsDeadlineExceeded(diagnosis.status())) {
    return std::vector<Finding>{
        {.direction = kToIt,
         .step = "query_proxy",
         .verdict = Diagnosis::ILL,
         .detail = std::string(diagnosis.status().message()),
         .cure = "start query_proxy, which tries the way: status"}};
  }
  CAUSEWAY_RETURN_IF_ERROR(diagnosis.status());
  std::vector<Finding> findings;
  for (const Diagnosis::Finding& one : diagnosis->findings()) {
    Finding finding = {
        .direction = kToIt,
        .step = absl::AsciiStrToLower(Diagnosis::Step_Name(one.step())),
        .verdict = one.verdict(),
        .detail = one.detail()};
    if (one.verdict() == Diagnosis::ILL) {
      finding.cure = std::string(Cure(one.step()));
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

Finding FromIt(std::string step, const absl::Status& status,
               absl::string_view cure) {
  return {.direction = kFromIt,
          .step = std::move(step),
          .verdict = status.ok() ? Diagnosis::WELL : Diagnosis::ILL,
          .detail = std::string(status.message()),
          .cure = status.ok() ? "" : std::string(cure)};
}

// Whether the registry takes the as_token that it registered with.
absl::Status CheckGrant(const Appservice& appservice, Session& session) {
  registry::v1::AuthenticateRequest request;
  request.set_as_token_sha256(appservice.as_token_sha256());
  return session.CallRegistry(&Registry::Authenticate, request).status();
}

absl::Status CheckToken(const Appservice& appservice,
                        const std::string& as_token) {
  return matrix::Sha256(as_token) == appservice.as_token_sha256()
             ? absl::OkStatus()
             : absl::PermissionDeniedError(
                   "it registered with another token than that of the file");
}

absl::Status CheckGateway(Session& session) {
  const std::string why = session.WhyNotReady("gateway");
  return why.empty()
             ? absl::OkStatus()
             : absl::UnavailableError(absl::StrCat("the gateway ", why));
}

// From the bridge to us, as far as it can be seen from here. `as_token` is the
// bridge's own, if it is known.
std::vector<Finding> ExamineWayBack(const Appservice& appservice,
                                    const std::string& as_token,
                                    Session& session) {
  std::vector<Finding> findings = {
      FromIt("gateway", CheckGateway(session),
             "start the gateway, or what it needs: status"),
      FromIt("grant", CheckGrant(appservice, session),
             "its grant has expired or is gone: grant list; then it has to "
             "register again"),
      FromIt("in_force", session.AwaitInForce(appservice.revision()),
             "push_dispatcher doesn't match events by this registration yet: "
             "its log says why")};
  if (!as_token.empty()) {
    findings.push_back(
        FromIt("token", CheckToken(appservice, as_token),
               "give the bridge the as_token that was granted, or store a "
               "grant for the one that it has"));
  }
  return findings;
}

std::string VerdictText(Diagnosis::Verdict verdict) {
  switch (verdict) {
    case Diagnosis::WELL:
      return "well";
    case Diagnosis::ILL:
      return "ill";
    default:
      return "not tried";
  }
}

Record ToRecord(const std::string& id, const Finding& finding) {
  return {{"bridge", id},
          {"way", std::string(finding.direction)},
          {"step", finding.step},
          {"verdict", VerdictText(finding.verdict)},
          {"detail", finding.detail},
          {"cure", finding.cure}};
}

absl::StatusOr<std::vector<Finding>> Examine(const Appservice& appservice,
                                             const std::string& as_token,
                                             Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Finding> findings,
                            ExamineWayThere(appservice, session));
  for (Finding& finding : ExamineWayBack(appservice, as_token, session)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

absl::StatusOr<std::vector<Appservice>> FindAppservices(const std::string& id,
                                                        Session& session) {
  if (id.empty()) return ListAppservices(session);
  registry::v1::GetAppserviceRequest get;
  get.set_id(id);
  CAUSEWAY_ASSIGN_OR_RETURN(
      Appservice appservice,
      session.CallRegistry(&Registry::GetAppservice, get));
  return std::vector<Appservice>{std::move(appservice)};
}

// All steps of one; of many only what is ill, or that all is well.
absl::Status Doctor(const Arguments& arguments, const std::string& id,
                    Session& session) {
  if (id.empty() && arguments.Has("as_token_file")) {
    return BadUsage("--as_token_file is that of one bridge: name it");
  }
  std::string as_token;
  if (arguments.Has("as_token_file")) {
    CAUSEWAY_ASSIGN_OR_RETURN(as_token,
                              ReadToken(arguments.Get("as_token_file")));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Appservice> appservices,
                            FindAppservices(id, session));
  std::vector<Record> records;
  bool any_ill = false;
  for (const Appservice& appservice : appservices) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Finding> findings,
                              Examine(appservice, as_token, session));
    bool is_well = true;
    for (const Finding& finding : findings) {
      const bool is_ill = finding.verdict == Diagnosis::ILL;
      is_well = is_well && !is_ill;
      if (is_ill || !id.empty()) {
        records.push_back(ToRecord(appservice.id(), finding));
      }
    }
    if (is_well && id.empty()) {
      records.push_back(ToRecord(
          appservice.id(),
          {.direction = "both", .step = "all", .verdict = Diagnosis::WELL}));
    }
    any_ill = any_ill || !is_well;
  }
  session.Show(records);
  return any_ill ? Ill() : absl::OkStatus();
}

}  // namespace

std::vector<Command> DoctorCommands() {
  return {
      {.noun = "doctor",
       .argument = "[ID]",
       .summary = "what is ill on the way to a bridge and from it, step by "
                  "step, and the cure; of all bridges if none is named. Exit "
                  "code 5 if anything is",
       .flags = {Optional("as_token_file", "FILE",
                          "the bridge's, to be compared with what it "
                          "registered with")},
       .rpcs = {"causeway.query.v1.QueryProxy/Diagnose",
                "causeway.registry.v1.Registry/Authenticate",
                "causeway.registry.v1.Registry/GetAppservice",
                "causeway.registry.v1.Registry/ListAppservices",
                "causeway.push.v1.PushDispatcher/AwaitRevision"},
       .run = Doctor},
  };
}

}  // namespace causeway::ctl
