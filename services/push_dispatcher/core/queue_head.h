// What push keeps about the queue of one application service (AS), in words
// that the deciding core, the stores and the shell share.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_HEAD_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace causeway::push {

// A registration's uid, which the registry never uses again: whoever registers
// anew gets a queue of its own, and nothing late can reach the wrong one.
using AppserviceUid = int64_t;

// A source of events (a homeserver's stream), as push numbers them: from 1.
using SourceId = int32_t;

// How often a queue has changed hands. Every write names the epoch that it was
// decided in, so that an owner that was replaced can write nothing.
using Epoch = int64_t;

// How far a queue is acknowledged in each source: the position of the last
// event that the AS has taken, 0 for none. Order is promised within a source
// only (P2), so one number wouldn't do.
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
// It covers the queue's events of one source from just after the cursor up to
// `last_position`.
struct SealedTransaction {
  std::string txn_id;
  SourceId source_id = 0;
  int64_t last_position = 0;
  int32_t event_count = 0;
  std::string body_sha256;  // 32 bytes.
  // How the body is made of the events (transaction_body.h). An owner that
  // doesn't know the format can't reproduce the bytes, and won't try.
  int32_t body_format = 0;

  bool operator==(const SealedTransaction&) const = default;
};

// The beginning of a queue, as the store has it.
struct QueueHead {
  // The last ID that was sealed, acknowledged or not. Empty: none ever was.
  std::string txn_id;
  // What is sealed and not acknowledged; its ID is `txn_id`.
  std::optional<SealedTransaction> sealed;
  Cursors cursors;

  bool operator==(const QueueHead&) const = default;
};

// One change of a queue's head. Conditional: it applies only if the queue still
// has `epoch` and the head that it was decided on, else it is refused as a
// whole. The epoch keeps out owners that were replaced; the head keeps out what
// an earlier connection of ours still had under way, and memory of what a
// restored backup has forgotten.
struct QueueWrite {
  struct Acknowledgement {
    SourceId source_id = 0;
    int64_t last_position = 0;
    int32_t event_count = 0;

    bool operator==(const Acknowledgement&) const = default;
  };

  Epoch epoch = 0;
  std::string expected_txn_id;
  bool expected_sealed = false;

  // The sealed transaction has been taken: move the cursor.
  std::optional<Acknowledgement> acknowledgement;
  // The next transaction. Without it nothing is sealed afterwards.
  std::optional<SealedTransaction> seal;
  // The sealed transaction was refused as too large: `seal`, which holds fewer
  // of the same events, takes its place. Its ID is never sent again. The
  // number is how often it was tried, for the record.
  std::optional<int64_t> retired_after_attempts;

  bool operator==(const QueueWrite&) const = default;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_QUEUE_HEAD_H_
