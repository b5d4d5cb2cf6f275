// Performs LoadNext: cuts what is to be sealed next, out of memory where that
// is known to be all there is.
//
//     Ingest --Offer--> [windows of our queues] --LoadNext--> cut
//                            ^   |
//                            |   v what isn't here
//                         QueueReader (store)
//
// Under load and when idle alike, an event that was taken in by this process is
// never read back: it goes from the commit to the application service through
// memory. What was taken in before (a backlog, another replica's) is read in
// runs of many transactions, the next before the last is used up.
//
// While events come faster than they can be taken in, who has less than a whole
// transaction waits for a turn (small_cut_pace.h).
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_CUTTER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_CUTTER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/delivery/batch_thread.h"
#include "services/push_dispatcher/delivery/queue_reader.h"
#include "services/push_dispatcher/delivery/queue_window.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/delivery/small_cut_pace.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

// What this process has committed, for the windows.
struct CommittedEntries {
  SourceId source_id = 0;
  int64_t begin = 0;  // Position of the batch's first record.
  int64_t end = 0;    // And behind its last.
  std::vector<std::pair<AppserviceUid, QueueEntry>> entries;
  bool saturated = false;  // Taking in has been going on without a pause.
};

// Thread-safe. Has a thread of its own until it is destroyed.
class QueueCutter {
 public:
  struct Options {
    // Of each queue, kept in memory.
    size_t window_entries_max = 256;
    // Transactions cut each second that aren't full, of all queues together,
    // while events come faster than they can be taken in. 0: any number.
    int small_cuts_per_second_max = 5000;
  };

  // How an effect is answered. Called on the cutter's thread.
  using Answer = std::function<void(AppserviceUid, DeliveryEvent)>;

  // `reader`, `cache`, `clock` and `metrics` must outlive the cutter; the
  // reader must have stopped before it is destroyed.
  QueueCutter(Options options, QueueReader& reader, SegmentCache& cache,
              const Clock& clock, PushMetrics& metrics, Answer answer);

  void Perform(AppserviceUid uid, LoadNext effect);

  // In the order of the commits. Their segments should be in the cache.
  void Offer(CommittedEntries committed);
  // Somebody else has queued something for this queue, or may have for any.
  void Lose(AppserviceUid uid);
  void LoseAll();
  // The queue isn't ours any more, or waits for long: holds nothing of it.
  void Forget(AppserviceUid uid);
  // The store has gone back to an earlier state of itself: that something
  // begins where a commit ended that was undone says nothing.
  void ForgetCommits();

  // Ends the thread; what is left isn't answered.
  void Stop() { thread_.Stop(); }

 private:
  struct Queue {
    explicit Queue(size_t entries_max) : window(entries_max) {}

    QueueWindow window;
    int64_t read_id = 0;  // Of the last read of entries.
    std::optional<LoadNext> waiting;
    // Read for it, so that it gets on even if the cache has no room for them.
    std::map<SegmentKey, std::shared_ptr<const Segment>> segments;
    bool prefetching = false;
    // While it waits for its turn: how many events, as far as is known.
    std::optional<int64_t> held_events;
  };
  struct Load {
    AppserviceUid uid = 0;
    LoadNext effect;
  };
  struct Losing {
    AppserviceUid uid = 0;  // 0: all.
  };
  struct Forgetting {
    AppserviceUid uid = 0;
  };
  struct ForgettingCommits {};
  struct Fetched {
    AppserviceUid uid = 0;
    int64_t read_id = 0;  // 0: only segments were asked for.
    QueueReader::Fetched result;
  };
  using Item = std::variant<Load, CommittedEntries, Losing, Forgetting,
                            ForgettingCommits, Fetched>;

  void Do(Load load);
  void Do(const CommittedEntries& committed);
  void Do(Losing losing);
  void Do(Forgetting forgetting);
  void Do(ForgettingCommits forgetting);
  void Do(Fetched fetched);

  // Whether it has to wait for its turn. Then it is held.
  bool MustWait(AppserviceUid uid, Queue& queue);
  // Serves those whose turn it is.
  void ServeHeld();
  // Answers what waits, or asks the reader for what it lacks.
  void Serve(AppserviceUid uid, Queue& queue);
  // What is asked for can't be had now, `why` not; the next time, all is read
  // anew.
  void GiveUp(AppserviceUid uid, Queue& queue, const absl::Status& why);
  // Reads on before the window is used up.
  void Prefetch(AppserviceUid uid, Queue& queue, const Cursors& after,
                SourceId last_source);
  // `wanted` is read on however much of it is here; 0: none.
  void FetchEntries(AppserviceUid uid, Queue& queue, const Cursors& after,
                    SourceId wanted);
  void FetchSegments(AppserviceUid uid, std::vector<SegmentKey> keys);

  const Options options_;
  QueueReader& reader_;
  SegmentCache& cache_;
  const Clock& clock_;
  PushMetrics& metrics_;
  const Answer answer_;

  // The thread's own.
  absl::flat_hash_map<AppserviceUid, std::unique_ptr<Queue>> queues_;
  // By what was committed here.
  absl::flat_hash_map<SourceId, int64_t> source_ends_;
  int64_t last_read_id_ = 0;
  SmallCutPace pace_;
  BatchThread<Item> thread_;  // Last: uses the others.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_CUTTER_H_
