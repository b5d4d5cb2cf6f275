#ifndef CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_SOURCE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace causeway::homeserver {

// One step of the homeserver's one event stream.
struct StreamRecord {
  enum class Kind { kEvent, kAliasAdded, kAliasRemoved, kSkipped, kToDevice };

  int64_t position = 0;  // Dense, from 1.
  Kind kind = Kind::kEvent;
  // The event, or the message to a device, byte for byte as it is delivered.
  std::string event_json;
  std::string room_id;  // With the alias kinds.
  std::string room_alias;
  // The running hash of the stream up to and including this record.
  std::string prefix_sha256_after;
  absl::Time commit_time;  // About when it was written; only for metrics.
};

// What was read at once.
struct StreamPage {
  std::vector<StreamRecord> records;
  int64_t rest_count = 0;  // How many records come behind these.
};

// Reads the stream, in whose rows the rooms write what happens.
//
// Positions are given under one row lock held to commit, so that what is
// visible has no holes: a reader that has seen position n will never see a
// new one below it.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class StreamSource {
 public:
  virtual ~StreamSource() = default;

  // Records from `position` on, in order: at most `records_max`, and no more
  // than `bytes_max` of event_json unless the first alone is larger. Empty at
  // the end of the stream.
  virtual absl::StatusOr<StreamPage> ReadFrom(int64_t position,
                                              size_t records_max,
                                              size_t bytes_max) = 0;

  // The running hash of everything before `position`: 32 zero bytes at 1.
  // OUT_OF_RANGE if the stream doesn't reach that far.
  virtual absl::StatusOr<std::string> PrefixBefore(int64_t position) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_SOURCE_H_
