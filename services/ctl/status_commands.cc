#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/ctl/bridge_lag.h"
#include "services/ctl/command.h"
#include "services/ctl/outcome.h"
#include "services/ctl/queue_act.h"
#include "services/ctl/queue_records.h"

namespace causeway::ctl {
namespace {

constexpr size_t kLinesMax = 15;  // So that all fits one screen.

// Is any bridge behind, and why.
struct Site {
  std::vector<Record> not_ready;  // Services.
  absl::Status queues;            // Why they aren't known.
  int64_t bridges = 0;
  int64_t queued_events = 0;
  std::vector<BridgeLag> behind;    // The furthest first.
  std::optional<int64_t> requests;  // That wait for a decision, if known.
};

void FindServices(Session& session, Site& site) {
  for (absl::string_view service : Session::kServices) {
    const std::string why = session.WhyNotReady(service);
    if (!why.empty()) {
      site.not_ready.push_back(
          {{"service", std::string(service)}, {"why", why}});
    }
  }
}

void FindQueues(Session& session, Site& site) {
  const absl::StatusOr<std::vector<push::v1::Queue>> queues =
      ListQueues(session);
  site.queues = queues.status();
  if (!queues.ok()) return;
  site.bridges = static_cast<int64_t>(queues->size());
  const absl::Time now = absl::Now();
  for (const push::v1::Queue& queue : *queues) {
    site.queued_events += queue.queued_events();
    std::optional<BridgeLag> lag = LagOf(queue, now);
    if (lag.has_value()) site.behind.push_back(*std::move(lag));
  }
  std::sort(
      site.behind.begin(), site.behind.end(),
      [](const BridgeLag& a, const BridgeLag& b) { return a.age > b.age; });
}

void FindRequests(Session& session, Site& site) {
  using Stub = registry::v1::Registry::StubInterface;
  registry::v1::ListPendingRequestsRequest request;
  int64_t count = 0;
  do {
    absl::StatusOr<registry::v1::ListPendingRequestsResponse> page =
        session.CallRegistry(&Stub::ListPendingRequests, request);
    if (!page.ok()) return;
    count += page->requests_size();
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  site.requests = count;
}

Record ToRecord(const BridgeLag& lag) {
  return {{"bridge", lag.appservice_id},
          {"behind", SecondsText(lag.age)},
          {"state", lag.state},
          {"waiting", lag.queued_events},
          {"why", lag.why}};
}

void ShowForPrograms(const Site& site, Session& session) {
  Record behind = Record::array();
  for (const BridgeLag& lag : site.behind) {
    Record record = ToRecord(lag);
    record["behind"] = absl::ToInt64Seconds(lag.age);
    behind.push_back(std::move(record));
  }
  session.Show(
      Record{{"not_ready", site.not_ready},
             {"bridges", site.queues.ok() ? Record(site.bridges) : Record()},
             {"queued_events",
              site.queues.ok() ? Record(site.queued_events) : Record()},
             {"pending_requests",
              site.requests.has_value() ? Record(*site.requests) : Record()},
             {"behind", behind}});
}

std::string ServicesText(const Site& site) {
  if (site.not_ready.empty()) return "all five are ready";
  std::string text;
  for (const Record& one : site.not_ready) {
    absl::StrAppend(&text, text.empty() ? "" : "; ",
                    one["service"].get<std::string>(), " ",
                    one["why"].get<std::string>());
  }
  return text;
}

std::string BridgesText(const Site& site) {
  if (!site.queues.ok()) return "not known: push_dispatcher can't be asked";
  if (site.behind.empty()) {
    return absl::StrCat("none of ", site.bridges, " is behind");
  }
  return absl::StrCat(site.behind.size(), " of ", site.bridges,
                      " behind, by up to ", SecondsText(site.behind[0].age),
                      "; events that wait: ", site.queued_events);
}

void ShowForPeople(const Site& site, Session& session) {
  Record summary = {{"services", ServicesText(site)},
                    {"bridges", BridgesText(site)}};
  if (site.requests.value_or(0) > 0) {
    summary["requests"] =
        absl::StrCat(*site.requests, " to be decided: request list");
  }
  session.Show(summary);
  if (site.behind.empty()) return;
  std::vector<Record> lines;
  for (size_t i = 0; i < std::min(kLinesMax, site.behind.size()); ++i) {
    lines.push_back(ToRecord(site.behind[i]));
  }
  session.Write("\n");
  session.ShowOnScreen(lines);
  if (site.behind.size() > kLinesMax) {
    session.Write(absl::StrCat("and ", site.behind.size() - kLinesMax,
                               " more: queue list\n"));
  }
}

absl::Status Status(const Arguments&, const std::string&, Session& session) {
  Site site;
  FindServices(session, site);
  FindQueues(session, site);
  FindRequests(session, site);
  session.json() ? ShowForPrograms(site, session)
                 : ShowForPeople(site, session);
  const bool is_well =
      site.not_ready.empty() && site.queues.ok() && site.behind.empty();
  return is_well ? absl::OkStatus() : Ill();
}

}  // namespace

std::vector<Command> StatusCommands() {
  return {
      {.noun = "status",
       .summary = "is any bridge behind, and why; exit code 5 if so, or if a "
                  "service isn't ready",
       .rpcs = {OperatorRpc("ListQueues"),
                "causeway.registry.v1.Registry/ListPendingRequests"},
       .watchable = true,
       .run = Status},
  };
}

}  // namespace causeway::ctl
