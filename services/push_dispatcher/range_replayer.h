// Queues again, for one application service, what is still stored of a range of
// a source's positions and concerns it by the rules as of now.
//
// In batches, each an operator's act of its own (store/queue_act.h): one commit
// with its record, which names the positions that it went through. So a call
// that is cut short has done what is on record, up to the last position there,
// and nothing behind it; to repeat a range is to send it again.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_RANGE_REPLAYER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_RANGE_REPLAYER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::push {

// The contract's bound (push.proto).
inline constexpr int64_t kReplayPositionsMax = 1000000;

// Thread-safe. Calls block. One range at a time.
class RangeReplayer {
 public:
  struct Options {
    // Of one act.
    size_t batch_events_max = 4000;
    size_t batch_bytes_max = 8 << 20;
  };

  // All must outlive this. `applied` has the registrations in force.
  // `queue_changed` is told after each act.
  RangeReplayer(Options options, OperatorStore& operators, IngestStore& rooms,
                const registry_watch::LatestSnapshot& applied,
                const Clock& clock, std::function<void()> queue_changed)
      : options_(options),
        operators_(operators),
        rooms_(rooms),
        applied_(applied),
        clock_(clock),
        queue_changed_(std::move(queue_changed)) {}

  // As the contract says, of a request with a range. Begins no batch after
  // `deadline`: DEADLINE_EXCEEDED, which like any failure behind the first
  // batch tells how far it came.
  absl::StatusOr<v1::ReplayResponse> Replay(const v1::ReplayRequest& request,
                                            absl::Time deadline)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  class Run;

  const Options options_;
  OperatorStore& operators_;
  IngestStore& rooms_;
  const registry_watch::LatestSnapshot& applied_;
  const Clock& clock_;
  const std::function<void()> queue_changed_;

  absl::Mutex mu_;
  bool running_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_RANGE_REPLAYER_H_
