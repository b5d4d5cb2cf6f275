#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_BATCH_THREAD_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_BATCH_THREAD_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/threads/this_thread.h"

namespace causeway::push {

// How many items go together: at most `first_max` after a pause, and then twice
// as many each time, up to `max`. So those that come at once after a pause
// don't all wait for the last of them, and who has always something to do does
// it in few batches.
struct BatchSizes {
  size_t max = 1;
  size_t first_max = max;
};

// A thread that does together what came while it was busy: the busier it is,
// the larger the batches, and an item that comes alone doesn't wait.
//
// Thread-safe.
template <typename Item>
class BatchThread {
 public:
  using Work = std::function<void(std::vector<Item>)>;
  using Pause = std::function<absl::Duration()>;

  // Calls `work` with batches of those sizes, at least 1, of the items in the
  // order in which they came, on a thread of that name (this_thread.h). If
  // nothing comes for as long as `pause` says, asked each time, on that thread,
  // calls it with none.
  BatchThread(
      const char* name, BatchSizes sizes, Work work,
      Pause pause = [] { return absl::InfiniteDuration(); })
      : sizes_(sizes),
        work_(std::move(work)),
        pause_(std::move(pause)),
        thread_([this, name] {
          threads::NameThisThread(name);
          threads::PreferLatencyInThisThread();
          Run();
        }) {}
  ~BatchThread() { Stop(); }
  BatchThread(const BatchThread&) = delete;
  BatchThread& operator=(const BatchThread&) = delete;

  // Without effect after Stop().
  void Add(Item item) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (!stopping_) items_.push_back(std::move(item));
  }

  // Waits for the work under way; what is left isn't done. For one thread.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_) {
    {
      absl::MutexLock lock(&mu_);
      stopping_ = true;
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_) {
    size_t batch_max = 0;
    while (true) {
      std::vector<Item> batch;
      const absl::Duration pause = pause_();
      {
        absl::MutexLock lock(&mu_);
        batch_max = items_.empty() || batch_max == 0
                        ? sizes_.first_max
                        : std::min(2 * batch_max, sizes_.max);
        mu_.AwaitWithTimeout(absl::Condition(this, &BatchThread::SomethingToDo),
                             pause);
        if (stopping_) return;
        while (!items_.empty() && batch.size() < batch_max) {
          batch.push_back(std::move(items_.front()));
          items_.pop_front();
        }
      }
      work_(std::move(batch));
    }
  }
  bool SomethingToDo() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ || !items_.empty();
  }

  const BatchSizes sizes_;
  const Work work_;
  const Pause pause_;
  absl::Mutex mu_;
  std::deque<Item> items_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;  // Last: uses the others.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_BATCH_THREAD_H_
