#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/quantile.h"
#include "tests/bench/shared/resident_bytes.h"
#include "tests/bench/shared/sample_line.h"
#include "tests/bench/surface/idle_syncs.h"
#include "tests/bench/surface/rows.h"

namespace causeway::bench {
namespace {

constexpr int kUsers = 5000;
constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

void MeasureSync(Site& site, Runs runs, const std::string& set_presence,
                 const std::vector<std::pair<std::string, int>>& pids) {
  Values values;
  double before = 0;
  for (const auto& [name, pid] : pids) before += ResidentBytes(pid);
  IdleSyncs syncs(site, kUsers, set_presence);
  syncs.Settle();
  int room = 0;
  for (int run = 0; run < runs.count; ++run) {
    std::vector<double> milliseconds;
    const int64_t presence_before = syncs.presence_answers();
    const absl::Duration end = site.loop().Now() + runs.time;
    while (site.loop().Now() < end) {
      const std::vector<double> said = syncs.SayIn(room);
      milliseconds.insert(milliseconds.end(), said.begin(), said.end());
      // Far from the one before, which is busy still with asking again.
      room = (room + 7) % syncs.room_count();
      site.loop().RunFor(kInterval);
    }
    syncs.Settle();
    std::sort(milliseconds.begin(), milliseconds.end());
    values = {
        {"p50_ms", Quantile(milliseconds, 0.5)},
        {"p99_ms", Quantile(milliseconds, 0.99)},
        {"samples", static_cast<double>(milliseconds.size())},
        {"before_bytes", before},
        {"presence_answers",
         static_cast<double>(syncs.presence_answers() - presence_before)}};
    double all = 0;
    for (const auto& [name, pid] : pids) {
      values.emplace_back(absl::StrCat(name, "_bytes"), ResidentBytes(pid));
      all += values.back().second;
    }
    values.emplace_back("resident_bytes", all);
    PrintSample("row", values);
  }
}

}  // namespace causeway::bench
