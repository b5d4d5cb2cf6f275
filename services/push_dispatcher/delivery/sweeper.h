#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SWEEPER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SWEEPER_H_

#include <cstddef>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

// What is done now and then, away from all that matters: gives back the space
// of what is delivered, and measures the queues.
//
// Any number of replicas may sweep.
//
// Thread-safe. Has a thread of its own until it is destroyed.
class Sweeper {
 public:
  struct Options {
    // Either comes less often if it takes long, so that it keeps the database
    // busy for a small part of the time only; but a sweep at once while there
    // is more to delete.
    absl::Duration interval = absl::Seconds(5);
    // With metrics of their own.
    size_t measured_queues_max = 1000;
    SweepOptions sweep = {};
  };

  // All must outlive the sweeper.
  Sweeper(Options options, OperatorStore& store, const DeliveryLoop& loop,
          const Clock& clock, PushMetrics& metrics);
  ~Sweeper();
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // Whether there is more to sweep.
  bool Sweep();

  const Options options_;
  OperatorStore& store_;
  const DeliveryLoop& loop_;
  const Clock& clock_;
  PushMetrics& metrics_;

  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  std::thread thread_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SWEEPER_H_
