// Queries through query_proxy and, in turn with them, the same requests by bare
// libcurl; ../runner starts what it needs and reckons with what it prints.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/token.h"
#include "services/shared/server/channel.h"
#include "tests/bench/query/hung.h"
#include "tests/bench/query/rows.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/quantile.h"
#include "tests/bench/shared/runs.h"
#include "tests/bench/shared/sample_line.h"
#include "tests/bench/surface/bridge_sink.h"
#include "tests/bench/surface/event_loop.h"

ABSL_FLAG(int, waiters, 100, "How many wait at once.");
ABSL_FLAG(int, runs, 3, "How often each of the two is measured.");
ABSL_FLAG(double, seconds, 5, "How long each time.");
ABSL_FLAG(double, rest_seconds, 1, "How long nothing is done after each run.");
ABSL_FLAG(std::string, registry, "", "gRPC address.");
ABSL_FLAG(std::string, query_proxy, "", "gRPC address.");
ABSL_FLAG(std::string, row, "", "beside_hanging; anything else: waiters.");

namespace causeway::bench {
namespace {

constexpr int kHungCount = 1000;  // --queries_per_appservice_max.
// Until all of them wait, and that they still do at the end is seen.
constexpr absl::Duration kHungMargin = absl::Seconds(3);
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::Duration kStep = absl::Milliseconds(10);
constexpr char kFirstUser[] = "@bench_first:bench.test";
constexpr char kNobody[] = "@nobody:bench.test";

// The application service: a thread that answers 200 to everything.
class Appservice {
 public:
  Appservice() : thread_([this] { Run(); }) {}
  ~Appservice() {
    is_stopping_ = true;
    thread_.join();
  }
  Appservice(const Appservice&) = delete;
  Appservice& operator=(const Appservice&) = delete;

  std::string Url() { return url_.get_future().get(); }

 private:
  void Run() {
    EventLoop loop;
    const BridgeSink sink(loop);
    url_.set_value(sink.Url());
    while (!is_stopping_) loop.RunOnce(kStep);
  }

  std::promise<std::string> url_;
  std::atomic<bool> is_stopping_ = false;
  std::thread thread_;
};

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(RealClock().Now() + kPatience));
}

struct Bridge {
  std::string name;  // Its users are @NAME_*.
  std::string as_token = matrix::RandomHexToken();
};

// Registers it, or its new URL. Waits until query_proxy has answered about
// `user_id` by that.
Asked Register(const Bridge& bridge, const std::string& url,
               const std::string& user_id) {
  namespace pb = causeway::registry::v1;
  const auto registry =
      pb::Registry::NewStub(server::MakeChannel(absl::GetFlag(FLAGS_registry)));
  pb::CreateGrantRequest grant;
  const std::string users = absl::StrCat("@", bridge.name, "_.*");
  grant.set_name(bridge.name);
  grant.set_as_token_sha256(matrix::Sha256(bridge.as_token));
  grant.mutable_ceilings()->add_users(users);
  pb::Grant granted;
  grpc::ClientContext grant_context;
  SetDeadline(grant_context);
  CheckOk(registry->CreateGrant(&grant_context, grant, &granted),
          "CreateGrant");

  pb::RegisterRequest request;
  request.set_as_token(bridge.as_token);
  request.set_id(bridge.name);
  request.set_url(url);
  request.set_dialect(pb::V1);
  pb::Namespace& ns = *request.add_namespaces();
  ns.set_kind(pb::Namespace::USERS);
  ns.set_regex(users);
  ns.set_exclusive(true);
  pb::RegisterResponse registered;
  grpc::ClientContext register_context;
  SetDeadline(register_context);
  CheckOk(registry->Register(&register_context, request, &registered),
          "Register");

  query::v1::QueryUserRequest query;
  query.set_user_id(user_id);
  query.set_min_registry_revision(registered.revision());
  query::v1::QueryUserResponse answer;
  grpc::ClientContext query_context;
  SetDeadline(query_context);
  const auto query_proxy = query::v1::QueryProxy::NewStub(
      server::MakeChannel(absl::GetFlag(FLAGS_query_proxy)));
  CheckOk(query_proxy->QueryUser(&query_context, query, &answer), "QueryUser");
  return {.url = url, .hs_token = registered.hs_token()};
}

void Print(absl::string_view side, RoundTrips result) {
  std::vector<double>& sorted = result.milliseconds;
  std::sort(sorted.begin(), sorted.end());
  PrintSample(side, {{"per_second", static_cast<double>(sorted.size()) /
                                        absl::ToDoubleSeconds(result.time)},
                     {"p50_ms", Quantile(sorted, 0.5)},
                     {"p99_ms", Quantile(sorted, 0.99)}});
}

void Measure() {
  Appservice appservice;
  const Asked asked = Register({.name = "bench"}, appservice.Url(), kFirstUser);
  const int waiters = absl::GetFlag(FLAGS_waiters);
  const absl::Duration time = absl::Seconds(absl::GetFlag(FLAGS_seconds));
  const absl::Duration rest = absl::Seconds(absl::GetFlag(FLAGS_rest_seconds));
  const std::string& query_proxy = absl::GetFlag(FLAGS_query_proxy);
  for (int run = 0; run < absl::GetFlag(FLAGS_runs); ++run) {
    Print("base", RunBareCurl(asked, waiters, time));
    absl::SleepFor(rest);
    Print("engine", RunEngine(asked, waiters, time));
    absl::SleepFor(rest);
    Print("grpc", RunQueries(query_proxy, Whose::kNobody, waiters, time));
    absl::SleepFor(rest);
    Print("row", RunQueries(query_proxy, Whose::kAppservice, waiters, time));
    absl::SleepFor(rest);
  }
}

// Queries at an application service while others wait for one that hangs, and
// while nobody does. Both are new each time: a service that has hung is soon
// not asked any more, so that nobody would wait for it.
void MeasureBesideHanging() {
  const Bridge healthy = {.name = "bench"};
  const Bridge hanging = {.name = "hang"};
  const Runs runs = {.count = absl::GetFlag(FLAGS_runs),
                     .time = absl::Seconds(absl::GetFlag(FLAGS_seconds)),
                     .rest = absl::Seconds(absl::GetFlag(FLAGS_rest_seconds))};
  const std::string& query_proxy = absl::GetFlag(FLAGS_query_proxy);
  const auto measure = [&](absl::string_view side) {
    Appservice appservice;
    Register(healthy, appservice.Url(), kFirstUser);
    Print(side, RunQueries(query_proxy, Whose::kAppservice,
                           absl::GetFlag(FLAGS_waiters), runs.time));
    absl::SleepFor(runs.rest);
  };
  InTurn(
      runs,
      [&] {
        const HangingAppservice appservice;
        Register(hanging, appservice.Url(), kNobody);
        Hung hung(query_proxy, hanging.name, kHungCount,
                  runs.time + runs.rest + kHungMargin);
        measure("row");
        hung.CheckAllWait();
      },
      [&] { measure("base"); });
}

}  // namespace
}  // namespace causeway::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_row) == "beside_hanging") {
    causeway::bench::MeasureBesideHanging();
  } else {
    causeway::bench::Measure();
  }
}
