#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_STATUS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_STATUS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {

// Where one queue's delivery stands, for operators.
struct DeliveryStatus {
  Phase phase = Phase::kUnowned;
  Epoch epoch = 0;          // Of the lease,
  std::string nonce;        // as this.
  bool letting_go = false;  // It begins nothing new.
  OnRejection on_rejection = OnRejection::kBlock;
  AttemptOutcome last_outcome = AttemptOutcome::kDelivered;
  int64_t rejections = 0;    // Of the sealed transaction, in a row.
  int64_t attempts = 0;      // Of the sealed transaction, by this process.
  std::string last_error;    // Of the last attempt; empty when it succeeded.
  int last_http_status = 0;  // Of the same; 0: there was no answer.
  // Of the same; empty when it succeeded.
  std::string last_answer_excerpt = {};
  absl::Time last_attempt_time = absl::UnixEpoch();  // When it ended.
  std::string obstacle = {};                         // In kBlocked: what it is.
  // Of what is tried, or is to be tried next. Empty: nothing is sealed.
  std::string txn_id = {};
  // In kBackingOff, by the process's monotonic clock.
  absl::Duration next_attempt_at;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_STATUS_H_
