#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_STATUSES_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_STATUSES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/delivery/delivery_status.h"
#include "services/push_dispatcher/delivery/queue_totals.h"

namespace causeway::push {

// What anybody may know of the queues for which one thread at a time decides:
// where the delivery of each that is ours stands, and what was counted of each
// that is, or was since this process began.
//
// Thread-safe.
class DeliveryStatuses {
 public:
  // As it stands after a decision. A queue that isn't ours any more has no
  // status.
  void Set(AppserviceUid uid, const DeliveryState& state)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Where that is counted; from 0 if the queue never was ours.
  std::shared_ptr<QueueTotals> OpenTotals(AppserviceUid uid)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Forgets what was counted of the others.
  void KeepTotals(absl::FunctionRef<bool(AppserviceUid)> is_kept)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Empty if the queue isn't ours.
  std::optional<DeliveryStatus> Find(AppserviceUid uid) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // Empty if it never was.
  std::optional<QueueTotals> Totals(AppserviceUid uid) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // Those that have totals.
  std::vector<AppserviceUid> Known() const ABSL_LOCKS_EXCLUDED(mu_);
  // Those that are ours.
  std::vector<HeldQueue> Held() const ABSL_LOCKS_EXCLUDED(mu_);
  std::map<Phase, int64_t> CountPhases() const ABSL_LOCKS_EXCLUDED(mu_);
  // Of ours, at most so many whom it costs least to change their owner: idle
  // ones first, those that are sending last, none that is let go of already.
  std::vector<HeldQueue> Cheapest(size_t count) const ABSL_LOCKS_EXCLUDED(mu_);

  // Until none is ours. False if that takes longer than `timeout`.
  bool AwaitNone(absl::Duration timeout) const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  mutable absl::Mutex mu_;
  absl::flat_hash_map<AppserviceUid, DeliveryStatus> statuses_
      ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<AppserviceUid, std::shared_ptr<QueueTotals>> totals_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_STATUSES_H_
