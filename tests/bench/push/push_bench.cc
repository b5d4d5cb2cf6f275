// The load of one row, and what the row measures; ../runner starts what it
// needs and reckons with what it prints.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/bench/push/rows.h"
#include "tests/bench/shared/check.h"

ABSL_FLAG(std::string, row, "",
          "throughput, compare, latency, compare_latency, catch_up, store or "
          "put: see rows.h.");
ABSL_FLAG(int, runs, 3, "How often it is measured.");
ABSL_FLAG(double, seconds, 30, "How long each time.");
ABSL_FLAG(double, rest_seconds, 6, "How long nothing is done after each run.");

ABSL_FLAG(std::string, registry, "", "gRPC address.");
ABSL_FLAG(std::vector<std::string>, push_dispatchers, {},
          "gRPC addresses of the replicas; the first is published to.");
ABSL_FLAG(int, appservices, 1, "How many, 1 to 10000.");
ABSL_FLAG(bool, everyone, false,
          "Each event goes to all of them, not to one in turn.");
ABSL_FLAG(int64_t, hanging_events, 0,
          "So many are queued for one more that hangs.");
ABSL_FLAG(int, batch_events, 500, "In one Publish, 1 to 2000.");
ABSL_FLAG(int, window, 8, "Publish calls under way at once, 1 to 1000.");

ABSL_FLAG(std::string, base_registry, "",
          "compare, compare_latency: of the site to compare with.");
ABSL_FLAG(std::vector<std::string>, base_push_dispatchers, {}, "The same.");
ABSL_FLAG(int, base_appservices, 1, "The same.");

ABSL_FLAG(bool, remembers_every_txn_id, false,
          "throughput: as the application services' policy.");
ABSL_FLAG(int, events_per_second, 100, "latency, compare_latency: the pace.");
ABSL_FLAG(int64_t, catch_up_events, 1000000, "catch_up: how many wait.");
ABSL_FLAG(std::string, database, "", "store: a libpq connection string.");
ABSL_FLAG(int, commit_events, 2000, "store: in one commit.");

namespace causeway::bench {
namespace {

int InRange(const char* name, const absl::Flag<int>& flag, int min, int max) {
  const int value = absl::GetFlag(flag);
  if (value < min || value > max) {
    Die(absl::StrCat("--", name, " is not within ", min, " to ", max));
  }
  return value;
}

Site::Options SiteFromFlags() {
  Site::Options options;
  options.name = "row";
  options.registry = absl::GetFlag(FLAGS_registry);
  options.dispatchers = absl::GetFlag(FLAGS_push_dispatchers);
  options.appservice_count =
      InRange("appservices", FLAGS_appservices, 1, 10000);
  options.everyone = absl::GetFlag(FLAGS_everyone);
  options.hanging_events = absl::GetFlag(FLAGS_hanging_events);
  options.source.batch_events =
      InRange("batch_events", FLAGS_batch_events, 1, 2000);
  options.source.window = InRange("window", FLAGS_window, 1, 1000);
  if (options.registry.empty() || options.dispatchers.empty()) {
    Die("--registry and --push_dispatchers are needed");
  }
  return options;
}

Site::Options BaseFromFlags() {
  Site::Options options = SiteFromFlags();
  options.name = "base";
  options.registry = absl::GetFlag(FLAGS_base_registry);
  options.dispatchers = absl::GetFlag(FLAGS_base_push_dispatchers);
  options.appservice_count =
      InRange("base_appservices", FLAGS_base_appservices, 1, 10000);
  options.hanging_events = 0;
  if (options.registry.empty() || options.dispatchers.empty()) {
    Die("--base_registry and --base_push_dispatchers are needed");
  }
  return options;
}

int PaceFromFlags() {
  return InRange("events_per_second", FLAGS_events_per_second, 1, 10000);
}

void Measure(const std::string& row, Runs runs) {
  if (row == "throughput") {
    MeasureThroughput(SiteFromFlags(), runs,
                      absl::GetFlag(FLAGS_remembers_every_txn_id));
  } else if (row == "compare") {
    CompareThroughput(SiteFromFlags(), BaseFromFlags(), runs);
  } else if (row == "latency") {
    MeasureLatency(SiteFromFlags(), runs, PaceFromFlags());
  } else if (row == "compare_latency") {
    CompareLatency(SiteFromFlags(), BaseFromFlags(), runs, PaceFromFlags());
  } else if (row == "catch_up") {
    MeasureCatchUp(SiteFromFlags(), runs, absl::GetFlag(FLAGS_catch_up_events));
  } else if (row == "store") {
    MeasureStore(absl::GetFlag(FLAGS_database), runs,
                 InRange("commit_events", FLAGS_commit_events, 1, 10000));
  } else if (row == "put") {
    MeasurePut(runs);
  } else {
    Die(absl::StrCat("there is no --row=", row));
  }
}

}  // namespace
}  // namespace causeway::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  causeway::bench::Measure(
      absl::GetFlag(FLAGS_row),
      {.count = causeway::bench::InRange("runs", FLAGS_runs, 1, 1000),
       .time = absl::Seconds(absl::GetFlag(FLAGS_seconds)),
       .rest = absl::Seconds(absl::GetFlag(FLAGS_rest_seconds))});
}
