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
                         .Add({})) {
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

}  // namespace causeway::homeserver
