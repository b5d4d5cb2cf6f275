#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WINDOW_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/types/span.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// What is known in memory of what waits in one queue: of each source an
// unbroken run of its entries, so that what was taken in here can be sent
// without being read back.
//
//        begin                   end
//     ---|==|==|==|==|==|==|==|==|- - - - - -> a source, as the store has it
//            entries              \_ to be read, unless reaches_end(source)
//
// A run that reaches the end of what the store has grows by what is committed
// here (Append), which is only right as long as nobody else commits anything
// (Lose). One that doesn't is continued by what is read from the store, but for
// one that has plenty: a long source isn't read to its end for the sake of a
// short one.
//
// Thread-compatible.
class QueueWindow {
 public:
  // Keeps at most `entries_max` of what is appended; beyond that the run ends,
  // and the rest is read when its turn comes.
  explicit QueueWindow(size_t entries_max) : entries_max_(entries_max) {}

  // Whether everything behind `after` up to the run's end is here.
  bool Covers(const Cursors& after) const;
  // Begins anew, behind `after`.
  void Restart(const Cursors& after);
  // Forgets what lies before `after`, which the window covers.
  void Trim(const Cursors& after);

  // Nothing is queued that is neither in the runs nor before their beginning:
  // of all sources, or of one.
  bool reaches_end() const;
  bool reaches_end(SourceId source_id) const;
  // Whether there is little left of a source behind `after`, and may be more in
  // the store; sources of which nothing is known wait until that is so.
  bool RunsLow(const Cursors& after) const;
  size_t entry_count() const;

  // Entries behind `after` of one source: of the first behind `last_source`,
  // going round, that has any.
  absl::Span<const QueueEntry> Next(const Cursors& after,
                                    SourceId last_source) const;

  // A read begins of what lies behind the cursors that this returns: those of
  // sources that have plenty behind `after`, other than `wanted`, lie behind
  // everything. Until it is done no other may begin.
  Cursors BeginRead(const Cursors& after, SourceId wanted = 0);
  // What it found, and the sources that may have more behind that.
  void EndRead(std::vector<QueueEntry> entries,
               absl::Span<const SourceId> with_more);
  // It failed: what was committed meanwhile is to be read, too.
  void AbandonRead();
  bool reading() const { return reading_; }

  // Was committed here, directly behind what was committed here before.
  void Append(const QueueEntry& entry);
  // Something may have been queued that this window hasn't been told of.
  void Lose();

 private:
  struct Run {
    std::vector<QueueEntry> entries;
    bool reaches_end = false;
  };

  // Unless it is there already.
  void Push(const QueueEntry& entry);
  // Whether enough of the run is behind `position` to do without a read.
  bool IsPlenty(const Run& run, int64_t position) const;

  const size_t entries_max_;
  Cursors begin_;
  std::map<SourceId, Run> runs_;
  bool others_reach_end_ = false;  // Sources without a run have nothing.
  bool reading_ = false;
  std::vector<SourceId> left_out_;  // Of the read.
  // Of what happens during a read nobody knows whether it has seen it.
  std::vector<QueueEntry> appended_;
  bool lost_ = false;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WINDOW_H_
