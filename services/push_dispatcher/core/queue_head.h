// What push keeps about the queue of one application service (AS), in words
// that the deciding core, the stores and the shell share.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_HEAD_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace causeway::push {

// A registration's uid, which the registry never uses again: whoever registers
// anew gets a queue of its own, and nothing late can reach the wrong one.
using AppserviceUid = int64_t;

// A source of events (a homeserver's stream), as push numbers them: from 1.
using SourceId = int32_t;

// How often a queue has changed hands, its settings have changed, or its owner
// has had to read it again. Every write names the epoch that it was decided in,
// so that an owner that was replaced can write nothing.
using Epoch = int64_t;

// How far a queue is settled in each source: the position of the last event
// that the AS has taken or that was put aside, 0 for none. Order is promised
// within a source only (P2), so one number wouldn't do.
class Cursors {
 public:
  Cursors() = default;
  // By source ID, beginning with source 1.
  explicit Cursors(std::vector<int64_t> positions)
      : positions_(std::move(positions)) {}

  int64_t Get(SourceId source_id) const {
    const size_t index = static_cast<size_t>(source_id - 1);
    return index < positions_.size() ? positions_[index] : 0;
  }
  void Set(SourceId source_id, int64_t position) {
    const size_t index = static_cast<size_t>(source_id - 1);
    if (index >= positions_.size()) positions_.resize(index + 1, 0);
    positions_[index] = position;
  }
  const std::vector<int64_t>& positions() const { return positions_; }

  bool operator==(const Cursors&) const = default;

 private:
  std::vector<int64_t> positions_;
};

// A promise about bytes (P3): whatever is sent under `txn_id` has this SHA-256.
// It covers the queue's events of one source from just behind what is settled
// or sealed before it up to `last_position`.
struct SealedTransaction {
  std::string txn_id;
  SourceId source_id = 0;
  int64_t last_position = 0;
  int32_t event_count = 0;
  std::string body_sha256;  // 32 bytes.
  // How the body is made of the events (transaction_body.h). An owner that
  // doesn't know the format can't reproduce the bytes, and won't try.
  int32_t body_format = 0;
  // When the last of its events was published, to the millisecond.
  absl::Time publish_time;
  // The ephemeral data that rides along, as in the body, since nothing else has
  // it: events separated by commas. Empty: none does.
  std::string ephemeral = {};

  bool operator==(const SealedTransaction&) const = default;
};

// The beginning of a queue, as the store has it.
struct QueueHead {
  // The last ID that was sealed, settled or not. Empty: none ever was.
  std::string txn_id;
  // What is sealed and not settled, in the order of sending. The order is that
  // of the list, not of the IDs: what takes the place of a transaction that
  // was too large stands where that stood (hard case 10).
  std::vector<SealedTransaction> sealed;
  Cursors cursors;

  bool operator==(const QueueHead&) const = default;
};

// How the last attempt of a transaction went, for the record.
struct LastAttempt {
  int64_t attempts = 0;  // Since the owner began. 0: the rest means nothing.
  absl::Time time = absl::UnixEpoch();  // When it ended.
  int http_status = 0;                  // 0: no answer.
  std::string error = {};
  std::string answer_excerpt = {};  // delivery/answer_excerpt.h

  bool operator==(const LastAttempt&) const = default;
};

// The end of a sealed transaction.
struct Settlement {
  enum class Kind {
    kAcknowledged,  // The AS has taken it.
    kQuarantined,   // Put aside with its bytes.
    kSkipped,       // Given up.
    kDropped,       // Older than the AS is to get.
  };
  Kind kind = Kind::kAcknowledged;
  std::string reason;  // For the record. Empty when acknowledged.
  // Of a quarantined one.
  std::shared_ptr<const std::string> body = nullptr;
  // Unless acknowledged.
  LastAttempt last_attempt = {};

  bool operator==(const Settlement&) const = default;
};

// The end of a transaction that was refused as too large, or with ephemeral
// data in it: its ID is never sent again, its events go out in smaller ones, or
// without that.
struct Retirement {
  std::string txn_id;
  int64_t attempts = 0;  // Since the owner began.
  // An earlier attempt may have been taken although its answer was lost: then
  // the AS gets the events twice, and the record says so.
  bool possibly_taken = false;
  // What was learnt, for QueueSettings.
  int64_t body_bytes_max_learned = 0;
  bool too_large = true;

  bool operator==(const Retirement&) const = default;
};

// One change of a queue's head. Conditional: it applies only if the queue still
// has `epoch`, `nonce` and the head that it was decided on, else it is refused
// as a whole. The epoch keeps out owners that were replaced, and what an
// earlier connection of ours still had under way; the nonce of the lease keeps
// out who owned the queue in a past that a restored backup has undone, since
// epochs come again then; the head keeps out memory of that past under the same
// lease. Nor does it apply if it seals what its source doesn't have (any more):
// what comes in the place of that may concern others.
struct QueueWrite {
  Epoch epoch = 0;
  std::string nonce;
  std::string expected_txn_id;
  // An ID is sealed once and settled once, so ID and count name a head.
  int32_t expected_sealed_count = 0;

  QueueHead after;

  // What led there, for counts and records: of the first sealed transactions,
  // in order.
  struct Settled {
    SealedTransaction sealed;
    Settlement settlement;

    bool operator==(const Settled&) const = default;
  };
  std::vector<Settled> settled;
  std::optional<Retirement> retired;

  bool operator==(const QueueWrite&) const = default;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_HEAD_H_
