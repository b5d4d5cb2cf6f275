#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_METRICS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_METRICS_H_

#include <array>

#include "absl/time/time.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace causeway::homeserver {

// What rooms and syncs tell Prometheus:
//
//   causeway_homeserver_commits_total                                 counter
//   causeway_homeserver_alias_queries_total{outcome="found|not_found|no_answer|
//                                                    failed"}       counter
//   causeway_homeserver_alias_query_duration_seconds                  histogram
//   causeway_homeserver_syncs_waiting                                 gauge
//   causeway_homeserver_sync_wakeups_total                            counter
//   causeway_homeserver_sync_read_duration_seconds{kind="first|next"} histogram
//
// Thread-safe.
class RoomMetrics {
 public:
  enum class AliasQueryOutcome {
    kFound,     // The room exists now.
    kNotFound,  // It doesn't.
    kNoAnswer,  // Nobody knows.
    kFailed,    // Here: the database was away, say.
  };
  static constexpr int kAliasQueryOutcomeCount = 4;

  // `registry` must outlive the metrics.
  explicit RoomMetrics(prometheus::Registry& registry);

  // A transaction that appended to the stream has committed.
  void Committed();
  // A question about an alias, with those about users that it brought along.
  void AliasQueryFinished(AliasQueryOutcome outcome, absl::Duration elapsed);
  void SyncBeginsToWait();
  void SyncEndsToWait();
  // One that waits looks again: there was news.
  void SyncWoken();
  // What is told was worked out, from the beginning or since the last time.
  void SyncRead(bool is_first, absl::Duration elapsed);

 private:
  prometheus::Counter& commits_;
  std::array<prometheus::Counter*, kAliasQueryOutcomeCount> alias_queries_;
  prometheus::Histogram& alias_query_duration_;
  prometheus::Gauge& syncs_waiting_;
  prometheus::Counter& sync_wakeups_;
  prometheus::Histogram* first_sync_duration_;
  prometheus::Histogram* next_sync_duration_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_METRICS_H_
