#ifndef CAUSEWAY_SERVICES_HOMESERVER_STREAM_PUSH_CLIENT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_STREAM_PUSH_CLIENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/homeserver/stream/stream_source.h"

namespace causeway::homeserver {

// Where push_dispatcher stands in our stream, or has been.
struct PushPosition {
  int64_t next_position = 1;
  std::string prefix_sha256 = {};  // Of everything before it.
  int64_t incarnation = 0;         // Of where it stands.

  bool operator==(const PushPosition&) const = default;
};

// Where push_dispatcher knows that our stream has been.
struct PushHistory {
  std::vector<PushPosition> passed = {};  // The newest first.
  // Where streams ended that others have taken the place of.
  std::vector<PushPosition> left = {};
};

struct PublishResult {
  enum class Outcome {
    kAccepted,  // Committed, also when all of it had been there before.
    kGap,       // Nothing taken: go back to `next_position`.
    kDiverged,  // Nothing taken: it has seen another history of this source.
  };
  Outcome outcome = Outcome::kAccepted;
  int64_t next_position = 1;
};

// push_dispatcher, as a source of events sees it.
// Source: protos/causeway/push/v1/push.proto
//
// Thread-safe. Calls block, with deadlines of their own; UNAVAILABLE or
// DEADLINE_EXCEEDED leave open whether something was taken, and repeating is
// safe.
class PushClient {
 public:
  virtual ~PushClient() = default;

  virtual absl::StatusOr<PushPosition> GetPosition() = 0;

  virtual absl::StatusOr<PushHistory> GetHistory() = 0;

  // What we have from `common` on, one of those passed, is news there: it wants
  // to have all of it from position 1. ABORTED if `incarnation` has ended.
  virtual absl::Status Restart(int64_t incarnation,
                               const PushPosition& common) = 0;

  // `records` aren't empty and follow each other; `prefix_sha256` is the
  // running hash before the first.
  virtual absl::StatusOr<PublishResult> Publish(
      absl::Span<const StreamRecord> records,
      const std::string& prefix_sha256) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_STREAM_PUSH_CLIENT_H_
