// The load of one row, and what the row measures; ../runner starts what it
// needs and reckons with what it prints.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/runs.h"
#include "tests/bench/surface/rows.h"
#include "tests/bench/surface/site.h"

ABSL_FLAG(std::string, row, "",
          "send, to_bridge, sync, sync_online, create_room, versions or "
          "commits: see rows.h.");
ABSL_FLAG(int, runs, 3, "How often it is measured.");
ABSL_FLAG(double, seconds, 10, "How long each time.");
ABSL_FLAG(double, rest_seconds, 3, "How long nothing is done after each run.");
ABSL_FLAG(std::string, registry, "", "gRPC address.");
ABSL_FLAG(int, gateway_port, 0, "Where the gateway serves HTTP.");
ABSL_FLAG(std::vector<std::string>, pids, {},
          "sync: the processes whose memory counts, name:pid each.");
ABSL_FLAG(std::string, database, "", "commits: a libpq connection string.");

namespace causeway::bench {
namespace {

std::vector<std::pair<std::string, int>> PidsFromFlags() {
  std::vector<std::pair<std::string, int>> pids;
  for (const std::string& one : absl::GetFlag(FLAGS_pids)) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(one, ':');
    int pid = 0;
    if (!absl::SimpleAtoi(parts.second, &pid)) Die("--pids wants name:pid");
    pids.emplace_back(parts.first, pid);
  }
  return pids;
}

void Measure(const std::string& row, Runs runs) {
  if (row == "commits") {
    MeasureCommits(absl::GetFlag(FLAGS_database), runs);
    return;
  }
  Site site({.registry = absl::GetFlag(FLAGS_registry),
             .gateway_port = absl::GetFlag(FLAGS_gateway_port)});
  if (row == "send") {
    MeasureSend(site, runs);
  } else if (row == "to_bridge") {
    MeasureToBridge(site, runs);
  } else if (row == "sync") {
    MeasureSync(site, runs, "offline", PidsFromFlags());
  } else if (row == "sync_online") {
    MeasureSync(site, runs, "", PidsFromFlags());
  } else if (row == "create_room") {
    MeasureCreateRoom(site, runs);
  } else if (row == "versions") {
    MeasureVersions(site, runs);
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
      {.count = absl::GetFlag(FLAGS_runs),
       .time = absl::Seconds(absl::GetFlag(FLAGS_seconds)),
       .rest = absl::Seconds(absl::GetFlag(FLAGS_rest_seconds))});
}
