// How many events wait in queues, without counting them: each entry tells how
// many its queue has been given of its source up to then, so what waits is the
// last one's total less the first one's. Entries of before totals were kept, or
// by a process of the release before, have none, and are counted: the first
// 10,000 of them.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_EVENT_TOTALS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_EVENT_TOTALS_H_

#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// By uid, of one source: those of the last entries. Where a count begins means
// nothing.
using EventTotals = absl::flat_hash_map<AppserviceUid, int64_t>;

// Reads those of `uids`, all of them. Throws what pqxx throws.
EventTotals SelectEventTotals(pqxx::work& work, SourceId source_id,
                              absl::Span<const AppserviceUid> uids);

// Adds what `batch` gives to queues.
void AddEvents(const IngestBatch& batch, EventTotals& totals);

// A query of `event_count` and `oldest_time` of what waits in the queue `q`.
std::string WaitingSql();

// The totals as of this process's last commit of each source. They hold as long
// as the source is where that commit left it: whoever else gives queues events
// of the source moves it.
//
// Thread-safe.
class KnownEventTotals {
 public:
  // Queues of all sources. More are forgotten.
  static constexpr size_t kQueuesMax = 200000;

  // Those for a batch behind `before`; empty if they aren't known. Nobody else
  // gets them until they are kept again.
  EventTotals Take(const SourceState& before) ABSL_LOCKS_EXCLUDED(mu_);
  // The source is at `end` now.
  void Keep(const SourceState& before, const ChainPoint& end,
            EventTotals totals) ABSL_LOCKS_EXCLUDED(mu_);
  // The store has gone back: others may have brought the source to the same end
  // again, and other queues may have wanted the same events.
  void Clear() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct OfSource {
    std::string name;
    ChainPoint end;
    EventTotals totals;
  };

  absl::Mutex mu_;
  absl::flat_hash_map<SourceId, OfSource> sources_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_EVENT_TOTALS_H_
