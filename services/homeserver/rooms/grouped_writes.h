#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_GROUPED_WRITES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_GROUPED_WRITES_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"

namespace causeway::homeserver {

// Writes that come while another is under way are done together, by the thread
// of the one that came first. So a commit costs each of them less the more
// there are, and one that comes alone waits for nobody.
//
// `Entry` is what one writer wants; it is known by its address while it waits.
//
// Thread-safe.
template <typename Entry>
class GroupedWrites {
 public:
  // `write` writes a group, in its order. One call at a time.
  GroupedWrites(size_t group_max,
                std::function<void(absl::Span<Entry* const>)> write)
      : group_max_(group_max), write_(std::move(write)) {}

  // Returns when `entry` has been written.
  void Write(Entry& entry) ABSL_LOCKS_EXCLUDED(mu_) {
    Waiting own = {.entry = &entry};
    std::vector<Waiting*> group;
    {
      absl::MutexLock lock(&mu_);
      waiting_.push_back(&own);
      while (!own.is_done && (is_writing_ || waiting_.front() != &own)) {
        own.turn.Wait(&mu_);
      }
      if (own.is_done) return;
      is_writing_ = true;
      while (!waiting_.empty() && group.size() < group_max_) {
        group.push_back(waiting_.front());
        waiting_.pop_front();
      }
    }
    std::vector<Entry*> entries;
    for (const Waiting* one : group) entries.push_back(one->entry);
    write_(entries);
    absl::MutexLock lock(&mu_);
    is_writing_ = false;
    for (Waiting* one : group) {
      one->is_done = true;
      one->turn.Signal();
    }
    if (!waiting_.empty()) waiting_.front()->turn.Signal();
  }

 private:
  struct Waiting {
    Entry* entry;
    bool is_done = false;
    absl::CondVar turn = {};
  };

  const size_t group_max_;
  const std::function<void(absl::Span<Entry* const>)> write_;
  absl::Mutex mu_;
  bool is_writing_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<Waiting*> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_GROUPED_WRITES_H_
