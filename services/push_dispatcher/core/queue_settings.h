#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_SETTINGS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_SETTINGS_H_

#include <cstdint>

#include "absl/time/time.h"

namespace causeway::push {

// What is done with a transaction that its application service (AS) refuses for
// what is in it, after `rejections_max` refusals.
enum class OnRejection {
  kBlock,       // Tried for ever.
  kQuarantine,  // Put aside with its bytes; can be replayed.
  kSkip,        // Given up; only the record of it is kept.
};

// What is done with events that are older than `event_age_max`.
enum class OnExpiry { kDeliver, kQuarantine, kDrop };

// How the queue of one AS is treated. Set by operators, but for what is learnt.
// A change takes effect between two leases: whoever makes it raises the queue's
// epoch, and the owner takes the queue again.
struct QueueSettings {
  // Nothing is sealed or sent.
  bool paused = false;
  // The AS recognises every transaction ID that it ever took, not only the
  // last one (hard case 1): several may be sealed ahead.
  bool remembers_every_id = false;
  OnRejection on_rejection = OnRejection::kBlock;
  int32_t rejections_max = 10;  // In a row, from 1.
  OnExpiry on_expiry = OnExpiry::kDeliver;
  absl::Duration event_age_max = absl::InfiniteDuration();
  // Learnt from a 413; 0: nothing was. It only falls: what is larger and was
  // sealed before says nothing new when it is refused as well, nor does one
  // that is taken, since there may be several ways to the AS. An operator who
  // sets the policy, perhaps to what it was, has it forgotten.
  int64_t body_bytes_max_learned = 0;

  bool operator==(const QueueSettings&) const = default;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_SETTINGS_H_
