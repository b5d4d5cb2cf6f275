#include <algorithm>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/shared/clock/clock.h"
#include "tests/bench/push/rows.h"
#include "tests/bench/shared/quantile.h"
#include "tests/bench/shared/sample_line.h"

namespace causeway::bench {
namespace {

// Publish calls under way at once: a slow answer delays no later event.
constexpr int kWindow = 64;

// When each event was sent, and how long it took to each application service.
//
// Thread-safe.
class Latencies {
 public:
  explicit Latencies(size_t event_count) : sent_at_(event_count) {}

  void Sent(size_t index, absl::Duration at) {
    absl::MutexLock lock(&mu_);
    // One that is sent again, after a gap, was sent when it was first.
    if (sent_at_[index] == absl::ZeroDuration()) sent_at_[index] = at;
  }

  void Received(size_t index, size_t count, absl::Duration at) {
    absl::MutexLock lock(&mu_);
    for (; count > 0; --count, ++index) {
      milliseconds_.push_back(absl::ToDoubleMilliseconds(at - sent_at_[index]));
    }
  }

  std::vector<double> Sorted() const {
    absl::MutexLock lock(&mu_);
    std::vector<double> sorted = milliseconds_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

 private:
  mutable absl::Mutex mu_;
  std::vector<absl::Duration> sent_at_ ABSL_GUARDED_BY(mu_);
  std::vector<double> milliseconds_ ABSL_GUARDED_BY(mu_);
};

Site::Options EventByEvent(Site::Options options) {
  options.source = {.batch_events = 1, .window = kWindow};
  return options;
}

void MeasureOnce(absl::string_view side, Site& site, const Runs& runs,
                 int events_per_second) {
  const RealClock clock;
  const int event_count = std::max(
      1,
      static_cast<int>(absl::ToDoubleSeconds(runs.time) * events_per_second));
  const absl::Duration interval = absl::Seconds(1) / events_per_second;
  Latencies latencies(static_cast<size_t>(event_count));
  site.Prepare(event_count, [&](const Transaction& transaction,
                                absl::Duration received_at) {
    latencies.Received(
        static_cast<size_t>(transaction.first - site.audience().first_position),
        static_cast<size_t>(transaction.event_count), received_at);
  });
  const absl::Duration start = clock.MonotonicNow() + interval;
  auto pace = [&](int64_t position) {
    const int64_t index = position - site.audience().first_position;
    const absl::Duration now = clock.MonotonicNow();
    const absl::Duration due = start + index * interval;
    if (now >= due) latencies.Sent(static_cast<size_t>(index), now);
    return due - now;
  };
  const EventSource::Outcome published =
      site.Publish(2 * runs.time + absl::Seconds(10), pace);
  const Sample sample = site.Finish(published, published.first_sent_at);
  const std::vector<double> sorted = latencies.Sorted();
  PrintSample(side, {{"p50_ms", Quantile(sorted, 0.5)},
                     {"p99_ms", Quantile(sorted, 0.99)},
                     {"samples", static_cast<double>(sorted.size())},
                     {"events_per_second", sample.EventsPerSecond()},
                     {"gaps", static_cast<double>(published.gaps)},
                     {"refused", static_cast<double>(published.refused)}});
  absl::SleepFor(runs.rest);
}

}  // namespace

void MeasureLatency(const Site::Options& options, Runs runs,
                    int events_per_second) {
  Site site(EventByEvent(options));
  for (int i = 0; i < runs.count; ++i) {
    MeasureOnce("row", site, runs, events_per_second);
  }
}

void CompareLatency(const Site::Options& options,
                    const Site::Options& base_options, Runs runs,
                    int events_per_second) {
  Site base(EventByEvent(base_options));
  Site site(EventByEvent(options));
  InTurn(
      runs, [&] { MeasureOnce("row", site, runs, events_per_second); },
      [&] { MeasureOnce("base", base, runs, events_per_second); });
}

}  // namespace causeway::bench
