#include <cstdint>
#include <pqxx/pqxx>
#include <string>

#include "absl/time/time.h"
#include "services/shared/clock/clock.h"
#include "tests/bench/shared/sample_line.h"
#include "tests/bench/surface/http_client.h"
#include "tests/bench/surface/rate_run.h"
#include "tests/bench/surface/rows.h"

namespace causeway::bench {
namespace {

constexpr int kAtOnce = 50;

}  // namespace

void MeasureVersions(Site& site, Runs runs) {
  HttpClient client(site.loop(), site.gateway_port(), kAtOnce);
  const std::string request =
      MakeRequest("GET", "/_matrix/client/versions", "", "");
  for (int run = 0; run < runs.count; ++run) {
    const RateRun result = RunAtFullRate(site.loop(), client, runs.time,
                                         [&](int, int64_t) { return request; });
    PrintSample("row", {{"requests_per_second", result.PerSecond()}});
    site.loop().RunFor(runs.rest);
  }
}

void MeasureCommits(const std::string& conninfo, Runs runs) {
  const RealClock clock;
  pqxx::connection connection(conninfo);
  pqxx::nontransaction autocommit(connection);
  autocommit.exec0("CREATE TABLE bench_commits (position bigint PRIMARY KEY)");
  connection.prepare("commit", "INSERT INTO bench_commits VALUES ($1)");
  int64_t position = 0;
  for (int run = 0; run < runs.count; ++run) {
    const int64_t first = position;
    const absl::Duration start = clock.MonotonicNow();
    absl::Duration now = start;
    for (; now < start + runs.time; now = clock.MonotonicNow()) {
      autocommit.exec_prepared0("commit", ++position);
    }
    PrintSample("row", {{"commits_per_second",
                         static_cast<double>(position - first) /
                             absl::ToDoubleSeconds(now - start)}});
  }
  autocommit.exec0("DROP TABLE bench_commits");
}

}  // namespace causeway::bench
