#ifndef CAUSEWAY_TESTS_BENCH_PUSH_SITE_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_SITE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/shared/clock/clock.h"
#include "tests/bench/push/audience.h"
#include "tests/bench/push/dispatcher_client.h"
#include "tests/bench/push/event_source.h"
#include "tests/bench/push/receipts.h"
#include "tests/bench/push/sink.h"
#include "tests/bench/shared/sample_line.h"

namespace causeway::bench {

// How fast one run was.
struct Sample {
  int64_t event_count = 0;
  double seconds = 0;
  double deliveries = 0;  // Pairs of an event and an application service.
  double transactions = 0;
  int64_t repeated_events = 0;
  EventSource::Outcome published;

  double EventsPerSecond() const;
  // For PrintSample().
  Values values() const;
};

// A running Causeway with a source before it and application services behind
// it. Ends the process when anything goes wrong.
//
// Thread-compatible.
class Site {
 public:
  struct Options {
    std::string name;  // For what is said on stderr.
    std::string registry;
    std::vector<std::string> dispatchers;  // The first is published to.
    int appservice_count = 1;
    bool everyone = false;  // Audience::everyone.
    // One application service more, which hangs with so many events queued.
    int64_t hanging_events = 0;
    EventSource::Options source;
  };

  // Registers the application services, waits until they are in force and
  // their queues are owned, queues what hangs, and warms up.
  explicit Site(Options options);

  // Publishes for `time`, so that a bounded number of events is on its way,
  // and waits until everything is acknowledged.
  Sample Measure(absl::Duration time);

  // Makes `event_count` events ready and receipts expect them.
  void Prepare(int64_t event_count, Receipts::Listener listener = nullptr);
  // Publishes what is prepared; see EventSource.
  EventSource::Outcome Publish(absl::Duration time,
                               const EventSource::Pace& pace);
  // Waits until what was published since Prepare() is acknowledged. The
  // seconds count from `since`.
  Sample Finish(const EventSource::Outcome& published, absl::Duration since);

  const Audience& audience() const { return audience_; }
  Sink& sink() { return sink_; }
  DispatcherClient& dispatcher() { return *dispatchers_.front(); }

 private:
  int AllAppservices() const;
  int64_t UnderWayMax() const;
  void Register();
  void QueueForHanging();

  const Options options_;
  const RealClock clock_;
  Receipts receipts_;
  Sink sink_;
  std::vector<std::unique_ptr<DispatcherClient>> dispatchers_;
  std::unique_ptr<EventSource> source_;
  Audience audience_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_SITE_H_
