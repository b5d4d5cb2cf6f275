#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "tests/bench/push/registrations.h"
#include "tests/bench/push/rows.h"
#include "tests/bench/shared/sample_line.h"

namespace causeway::bench {
namespace {

void MeasureOnce(absl::string_view side, Site& site, const Runs& runs) {
  PrintSample(side, site.Measure(runs.time).values());
  absl::SleepFor(runs.rest);
}

}  // namespace

void MeasureThroughput(const Site::Options& options, Runs runs,
                       bool remembers_every_txn_id) {
  Site site(options);
  if (remembers_every_txn_id) {
    for (int i = 0; i < options.appservice_count; ++i) {
      if (!site.dispatcher().RememberEveryTxnId(AppserviceId(i))) {
        PrintUnavailable("SetPolicy is not implemented");
        return;
      }
    }
  }
  for (int i = 0; i < runs.count; ++i) MeasureOnce("row", site, runs);
}

void CompareThroughput(const Site::Options& options,
                       const Site::Options& base_options, Runs runs) {
  Site base(base_options);
  Site site(options);
  InTurn(
      runs, [&] { MeasureOnce("row", site, runs); },
      [&] { MeasureOnce("base", base, runs); });
}

}  // namespace causeway::bench
