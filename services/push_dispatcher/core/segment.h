// The events and to-device messages of one committed batch, as they are stored:
// once, however many queues they are in.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_SEGMENT_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_SEGMENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/event_set.h"

namespace causeway::push {

// How segments are encoded; old numbers keep their meaning.
//   1: LZ4 block of n little-endian 32-bit lengths, then the n events' bytes.
//      Length 0: a record that no queue wants.
//   2: as 1, but a length's highest bit says that the record is a to-device
//      message. Made only where there is one.
inline constexpr int32_t kEventsSegmentFormat = 1;
inline constexpr int32_t kSegmentFormat = 2;

// More than ingest ever puts into one; what a damaged row could make us
// allocate.
inline constexpr int64_t kSegmentRawBytesMax = 64 << 20;

struct EncodedSegment {
  int32_t format = kEventsSegmentFormat;
  int32_t record_count = 0;
  int64_t raw_bytes = 0;  // Before compression.
  // What is in it, in a word: where its source stands behind it, and which of
  // the records are here. A store that has gone back (a restored backup, a
  // fail-over that lost the last commits) has other segments at positions that
  // it had before, and what is remembered of those must not be taken for these.
  // 0 in those that were stored when there was no such thing.
  int64_t content_id = 0;
  std::string data;

  bool operator==(const EncodedSegment&) const = default;
};

// Immutable, therefore thread-safe.
class Segment {
 public:
  // Of copies of `records`; those that no queue wants are empty. `to_device`
  // are to-device messages, the others events.
  static Segment Of(absl::Span<const absl::string_view> records,
                    const EventSet& to_device = {});

  // DATA_LOSS when it isn't what EncodeSegment() made.
  static absl::StatusOr<Segment> Decode(const EncodedSegment& encoded);

  size_t record_count() const { return offsets_.size() - 1; }
  // Compressed for the write-ahead log and the disk; it isn't faster than raw.
  // `end_sha256` is the running hash of the source behind these records.
  EncodedSegment Encode(absl::string_view end_sha256) const;

  // The bytes of record `index` < record_count(), as published.
  absl::string_view record(size_t index) const {
    return absl::string_view(raw_).substr(
        offsets_[index], offsets_[index + 1] - offsets_[index]);
  }
  // Whether that is a to-device message.
  bool is_to_device(size_t index) const;
  // What it takes in memory.
  size_t memory_bytes() const {
    return raw_.size() + offsets_.size() * sizeof(size_t);
  }

 private:
  Segment(std::string raw, std::vector<size_t> offsets)
      : raw_(std::move(raw)), offsets_(std::move(offsets)) {}

  std::string raw_;
  std::vector<size_t> offsets_;  // record_count() + 1 of them.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_SEGMENT_H_
