#include <iostream>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "services/shared/clock/clock.h"
#include "tests/bench/push/registrations.h"
#include "tests/bench/push/rows.h"
#include "tests/bench/shared/sample_line.h"

namespace causeway::bench {
namespace {

// Publishing so slowly is a failure of another kind.
constexpr absl::Duration kPublishPatience = absl::Minutes(10);
// For taking in to come to rest.
constexpr absl::Duration kRest = absl::Seconds(1);

}  // namespace

void MeasureCatchUp(const Site::Options& options, Runs runs,
                    int64_t event_count) {
  Site site(options);
  const RealClock clock;
  for (int i = 0; i < runs.count; ++i) {
    site.sink().SetManner(0, Sink::Manner::kRefuses);
    site.Prepare(event_count);
    const EventSource::Outcome published = site.Publish(
        kPublishPatience, [](int64_t) { return absl::ZeroDuration(); });
    std::cerr << absl::StreamFormat(
                     "%d events published to one that is down, in %.1f s",
                     published.event_count,
                     absl::ToDoubleSeconds(published.last_accepted_at -
                                           published.first_sent_at))
              << std::endl;
    absl::SleepFor(kRest);
    site.sink().SetManner(0, Sink::Manner::kAcknowledges);
    const absl::Duration up_at = clock.MonotonicNow();
    // Its backoff may have minutes to go.
    site.dispatcher().RetryNow(AppserviceId(0));
    PrintSample("row", site.Finish(published, up_at).values());
    absl::SleepFor(runs.rest);
  }
}

}  // namespace causeway::bench
