#include "tests/bench/push/site.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/shared/server/channel.h"
#include "tests/bench/push/registrations.h"

namespace causeway::bench {
namespace {

// Without anything new for so long a run has failed.
constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr absl::Duration kPaceInterval = absl::Milliseconds(1);
// More events than can be published in a second: so many are made ready.
constexpr int64_t kEventsPerSecondMax = 200000;
constexpr int64_t kEventsForEveryonePerSecondMax = 30000;
// Even the slowest machine takes in more than that in a second.
constexpr int64_t kEventsPerSecondMin = 2000;

double Seconds(absl::Duration duration) {
  return absl::ToDoubleSeconds(duration);
}

absl::Duration NoPause(int64_t) { return absl::ZeroDuration(); }

}  // namespace

double Sample::EventsPerSecond() const {
  return static_cast<double>(event_count) / seconds;
}

Values Sample::values() const {
  return {{"events_per_second", EventsPerSecond()},
          {"deliveries_per_second", deliveries / seconds},
          {"seconds", seconds},
          {"events_per_transaction", deliveries / transactions},
          {"repeated_events", static_cast<double>(repeated_events)},
          {"gaps", static_cast<double>(published.gaps)},
          {"refused", static_cast<double>(published.refused)}};
}

Site::Site(Options options)
    : options_(std::move(options)),
      receipts_(AllAppservices()),
      sink_(AllAppservices(), receipts_) {
  for (const std::string& address : options_.dispatchers) {
    dispatchers_.push_back(
        std::make_unique<DispatcherClient>(server::MakeChannel(address)));
  }
  source_ =
      std::make_unique<EventSource>(dispatcher().channel(), options_.source);
  Register();
  if (options_.hanging_events > 0) QueueForHanging();
  audience_ = {.first_appservice = options_.hanging_events > 0 ? 1 : 0,
               .appservice_count = options_.appservice_count,
               .everyone = options_.everyone};
  Prepare(audience_.WarmUpEvents());
  const EventSource::Outcome warm_up = Publish(kPatience, NoPause);
  Finish(warm_up, warm_up.first_sent_at);
}

int Site::AllAppservices() const {
  return options_.appservice_count + (options_.hanging_events > 0 ? 1 : 0);
}

void Site::Register() {
  const absl::Duration start = clock_.MonotonicNow();
  const int64_t revision = RegisterAppservices(
      server::MakeChannel(options_.registry), AllAppservices(),
      options_.everyone, [this](int one) { return sink_.Url(one); });
  const absl::Duration registered = clock_.MonotonicNow();
  for (const auto& one : dispatchers_) one->AwaitRevision(revision, kPatience);
  const std::map<std::string, int> owners = dispatcher().AwaitOwners(
      AllAppservices(), static_cast<int>(dispatchers_.size()), kPatience);
  std::cerr << absl::StreamFormat(
                   "%s: %d application services registered in %.1f s, in force "
                   "and owned after another %.1f s (%s)",
                   options_.name, AllAppservices(), Seconds(registered - start),
                   Seconds(clock_.MonotonicNow() - registered),
                   absl::StrJoin(owners, ", ", absl::PairFormatter(": ")))
            << std::endl;
}

void Site::QueueForHanging() {
  sink_.SetManner(0, Sink::Manner::kHangs);
  // In whole batches, however the row publishes.
  EventSource source(dispatcher().channel());
  source.Prepare(options_.hanging_events,
                 {.first_appservice = 0, .appservice_count = 1});
  const EventSource::Outcome queued = source.Publish(
      kPatience + absl::Seconds(options_.hanging_events / kEventsPerSecondMin),
      NoPause);
  std::cerr << absl::StreamFormat(
                   "%s: %d events queued for one that hangs, in %.1f s",
                   options_.name, queued.event_count,
                   Seconds(queued.last_accepted_at - queued.first_sent_at))
            << std::endl;
}

void Site::Prepare(int64_t event_count, Receipts::Listener listener) {
  audience_ = source_->Prepare(event_count, audience_);
  receipts_.Expect(audience_, std::move(listener));
}

EventSource::Outcome Site::Publish(absl::Duration time,
                                   const EventSource::Pace& pace) {
  return source_->Publish(time, pace);
}

Sample Site::Finish(const EventSource::Outcome& published,
                    absl::Duration since) {
  const int64_t deliveries = audience_.DeliveriesOf(published.event_count);
  const Receipts::Counts counts = receipts_.Await(deliveries, kPatience);
  return {.event_count = published.event_count,
          .seconds = Seconds(counts.last_at - since),
          .deliveries = static_cast<double>(counts.deliveries),
          .transactions = static_cast<double>(counts.transactions),
          .repeated_events = counts.repeated_events,
          .published = published};
}

// Enough for each application service to get full transactions, and not so much
// that a run measures taking in and then delivering.
int64_t Site::UnderWayMax() const {
  if (audience_.everyone) return 20000;
  return std::max(40000, 100 * audience_.appservice_count);
}

Sample Site::Measure(absl::Duration time) {
  const int64_t rate_max = audience_.everyone && audience_.appservice_count > 10
                               ? kEventsForEveryonePerSecondMax
                               : kEventsPerSecondMax;
  Prepare(static_cast<int64_t>(Seconds(time) * rate_max));
  const int64_t under_way_max = audience_.DeliveriesOf(UnderWayMax());
  const EventSource::Outcome published = Publish(time, [&](int64_t position) {
    const int64_t sent =
        audience_.DeliveriesOf(position - audience_.first_position);
    return sent - receipts_.counts().deliveries > under_way_max
               ? kPaceInterval
               : absl::ZeroDuration();
  });
  return Finish(published, published.first_sent_at);
}

}  // namespace causeway::bench
