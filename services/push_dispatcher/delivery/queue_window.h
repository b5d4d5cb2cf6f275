#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WINDOW_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WINDOW_H_

#include <cstddef>
#include <map>
#include <vector>

#include "absl/types/span.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// What is known in memory of what waits in one queue: an unbroken run of its
// entries, so that what was taken in here can be sent without being read back.
//
//        begin                   end
//     ---|==|==|==|==|==|==|==|==|- - - - - -> the queue, as the store has it
//            entries              \_ to be read, unless reaches_end()
//
// A run that reaches the end of the queue grows by what is committed here
// (Append), which is only right as long as nobody else commits anything
// (Lose). One that doesn't is continued by what is read from the store.
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

  // Nothing is queued that is neither in the run nor before its beginning.
  bool reaches_end() const { return reaches_end_; }
  // Where a read is to go on.
  Cursors end() const;
  size_t entry_count() const;

  // Entries behind `after` of one source: of the first behind `last_source`,
  // going round, that has any.
  absl::Span<const QueueEntry> Next(const Cursors& after,
                                    SourceId last_source) const;

  // A read of what follows end() begins. Until it is done no other may.
  void BeginRead();
  // What it found. `is_all`: and there was nothing more.
  void EndRead(std::vector<QueueEntry> entries, bool is_all);
  // It failed.
  void AbandonRead();
  bool reading() const { return reading_; }

  // Was committed here, directly behind what was committed here before.
  void Append(const QueueEntry& entry);
  // Something may have been queued that this window hasn't been told of.
  void Lose();

 private:
  // Unless it is there already.
  void Push(const QueueEntry& entry);

  const size_t entries_max_;
  Cursors begin_;
  std::map<SourceId, std::vector<QueueEntry>> entries_;
  bool reaches_end_ = false;
  bool reading_ = false;
  // Of what happens during a read nobody knows whether it has seen it.
  std::vector<QueueEntry> appended_;
  bool lost_ = false;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WINDOW_H_
