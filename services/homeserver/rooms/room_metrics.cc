#include "services/homeserver/rooms/room_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstddef>

#include "services/shared/server/metrics.h"

namespace causeway::homeserver {
namespace {

// In the order of AliasQueryOutcome.
constexpr std::array<const char*, RoomMetrics::kAliasQueryOutcomeCount>
    kOutcomes = {"found", "not_found", "no_answer", "failed"};

}  // namespace

RoomMetrics::RoomMetrics(prometheus::Registry& registry)
    : commits_(prometheus::BuildCounter()
                   .Name("causeway_homeserver_commits_total")
                   .Help("Transactions that appended to the event stream.")
                   .Register(registry)
                   .Add({})),
      alias_query_duration_(
          prometheus::BuildHistogram()
              .Name("causeway_homeserver_alias_query_duration_seconds")
              .Help("From the question about an alias to the room, or not.")
              .Register(registry)
              .Add({}, server::DurationBuckets())),
      syncs_waiting_(prometheus::BuildGauge()
                         .Name("causeway_homeserver_syncs_waiting")
                         .Help("Long polls that wait for news.")
                         .Register(registry)
                         .Add({})),
      sync_wakeups_(prometheus::BuildCounter()
                        .Name("causeway_homeserver_sync_wakeups_total")
                        .Help("How often news has woken a waiting long poll.")
                        .Register(registry)
                        .Add({})) {
  prometheus::Family<prometheus::Histogram>& reads =
      prometheus::BuildHistogram()
          .Name("causeway_homeserver_sync_read_duration_seconds")
          .Help("How long it took to work out what a sync tells, each time.")
          .Register(registry);
  first_sync_duration_ =
      &reads.Add({{"kind", "first"}}, server::DurationBuckets());
  next_sync_duration_ =
      &reads.Add({{"kind", "next"}}, server::DurationBuckets());
  prometheus::Family<prometheus::Counter>& queries =
      prometheus::BuildCounter()
          .Name("causeway_homeserver_alias_queries_total")
          .Help("Aliases that application services were asked about.")
          .Register(registry);
  for (size_t i = 0; i < kOutcomes.size(); ++i) {
    alias_queries_[i] = &queries.Add({{"outcome", kOutcomes[i]}});
  }
}

void RoomMetrics::Committed() { commits_.Increment(); }

void RoomMetrics::AliasQueryFinished(AliasQueryOutcome outcome,
                                     absl::Duration elapsed) {
  alias_queries_[static_cast<size_t>(outcome)]->Increment();
  alias_query_duration_.Observe(absl::ToDoubleSeconds(elapsed));
}

void RoomMetrics::SyncBeginsToWait() { syncs_waiting_.Increment(); }
void RoomMetrics::SyncEndsToWait() { syncs_waiting_.Decrement(); }
void RoomMetrics::SyncWoken() { sync_wakeups_.Increment(); }

void RoomMetrics::SyncRead(bool is_first, absl::Duration elapsed) {
  (is_first ? first_sync_duration_ : next_sync_duration_)
      ->Observe(absl::ToDoubleSeconds(elapsed));
}

}  // namespace causeway::homeserver
