#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_INGEST_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_INGEST_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/audit_record.h"

namespace causeway::push {

// Where a source stands.
struct SourceState {
  // A store that has gone back to before a source was opened may give its
  // number to another: whoever remembers a number has to name it, too.
  SourceId id = 0;
  std::string name = {};
  ChainPoint end = {};  // Of the record that is expected next.
  // Counts how often it has begun anew with another history: then the positions
  // that it gives start at 1 again, and here they go on, by `offset` more.
  int64_t incarnation = 1;
  int64_t offset = 0;
  // Records before it were delivered when an earlier incarnation told them: in
  // this one they only change rooms.
  ChainPoint news = {};
  // Of the registrations that its events are matched against.
  int64_t registry_revision = 0;
  // The store's own: where it puts the source's batches now.
  int32_t generation = 0;
  // Its events come in an upstream homeserver's transactions, and are given
  // their positions here.
  bool upstream = false;

  bool operator==(const SourceState&) const = default;
};

// Where a source has been, by its own positions.
struct SourceHistory {
  int64_t incarnation = 1;
  // The newest first; position 1 among them, unless older ones were dropped, or
  // it was opened before points were kept.
  std::vector<ChainPoint> passed = {};
  // Where earlier incarnations ended.
  std::vector<ChainPoint> left = {};
};

// Of each source: so many points are kept, the newest.
inline constexpr size_t kSourcePointsMax = 10000;

// Which events of a batch go into one queue.
struct NewQueueEntry {
  AppserviceUid uid = 0;
  int64_t last_position = 0;  // Of the last of `events`.
  EventSet events;            // By index in the batch.
};

struct MemberChange {
  std::string room_id;
  std::string user_id;
  bool joined = false;
};

struct AliasChange {
  std::string room_id;
  std::string room_alias;
  bool present = false;
};

// A transaction of an upstream homeserver, as far as it tells a repeat.
struct UpstreamRecord {
  std::string txn_id;
  std::string body_sha256;  // 32 bytes.
  int64_t first_position = 0;
  // Of the events taken from it, kEventKeyBytes each.
  std::vector<std::string> event_keys;

  bool operator==(const UpstreamRecord&) const = default;
};

// So much of the SHA-256 of an event's ID.
inline constexpr size_t kEventKeyBytes = 16;
// How many of them are kept of each source, the newest.
inline constexpr int64_t kUpstreamRecordsMax = 10000;
// With the same transaction ID: how many are looked at, the newest.
inline constexpr int32_t kUpstreamVariantsMax = 100;

// All that one batch of records changes, at once or not at all.
struct IngestBatch {
  SourceState before;  // What it was made for.
  ChainPoint end;      // Where the source stands after it.
  // The records from `before.end.position` on; none if no queue wants any.
  std::optional<EncodedSegment> segment;
  // The same, not encoded, for those that deliver it: no store reads it.
  std::shared_ptr<const Segment> events = nullptr;
  std::vector<NewQueueEntry> entries;
  // At most one for a user in a room, one for an alias in a room.
  std::vector<MemberChange> member_changes;
  std::vector<AliasChange> alias_changes;
  // The transaction that the records come from, if the source is such a one.
  // Then `end` lies behind `before.end`.
  std::optional<UpstreamRecord> upstream = std::nullopt;
  // What ListUpstreamRecords() had of its ID when that was judged. `before`
  // doesn't tell: a store that went back can come to the same end again, after
  // a look at what it had forgotten.
  std::vector<UpstreamRecord> upstream_known = {};
  int64_t upstream_records_max = kUpstreamRecordsMax;
  // What is recorded of the source: `action`, `detail` and `reason` alone.
  std::vector<AuditRecord> acts = {};
};

// A registration, as the tables know it.
struct KnownAppservice {
  AppserviceUid uid = 0;
  std::string appservice_id;
  bool has_queue = false;  // It has a URL.
};

struct AppliedRegistry {
  // What is in force now: the revision given, or a later one that was there.
  int64_t revision = 0;
  // Whose queues were made, and dropped, by this call.
  std::vector<AppserviceUid> created;
  std::vector<AppserviceUid> dropped;
};

// What ingest keeps. One process may ingest a source while another one does
// the same: Commit() lets one of them through.
//
// Thread-safe. Calls block. Besides what is named, all fail with UNAVAILABLE
// when the database is away.
class IngestStore {
 public:
  virtual ~IngestStore() = default;

  // NOT_FOUND if no source of that name has ever been opened.
  virtual absl::StatusOr<SourceState> FindSource(absl::string_view name) = 0;

  // The source of that name, made if there is none.
  virtual absl::StatusOr<SourceState> OpenSource(absl::string_view name) = 0;

  // Points between `first` and `last`, both included, whose hash is still
  // known, in order of position.
  virtual absl::StatusOr<std::vector<ChainPoint>> ListPassedPoints(
      SourceId source_id, int64_t first, int64_t last) = 0;

  // NOT_FOUND as FindSource() says it.
  virtual absl::StatusOr<SourceHistory> GetSourceHistory(
      absl::string_view name) = 0;

  // The source has another history from `common` on, one of the points passed,
  // by its own positions. It tells all of it again, from position 1: rooms are
  // forgotten, and what it tells from `common` on is new. What is queued stays
  // so. NOT_FOUND; FAILED_PRECONDITION and ABORTED as CheckRestart() has them.
  virtual absl::Status RestartSource(absl::string_view name,
                                     int64_t incarnation,
                                     const ChainPoint& common) = 0;

  // By room ID; rooms of which nothing is known have empty facts.
  virtual absl::StatusOr<absl::flat_hash_map<std::string, RoomFacts>> LoadRooms(
      SourceId source_id, absl::Span<const std::string> room_ids) = 0;

  // Of a source, those kept of transactions with that ID, the newest first:
  // they differ in their bodies. At most kUpstreamVariantsMax.
  virtual absl::StatusOr<std::vector<UpstreamRecord>> ListUpstreamRecords(
      SourceId source_id, absl::string_view txn_id) = 0;

  // ABORTED if the source isn't what `batch.before` says, or what is kept of
  // its transaction's ID isn't `batch.upstream_known`. A failure of unknown
  // outcome is UNAVAILABLE too: open the source again to know.
  virtual absl::Status Commit(const IngestBatch& batch) = 0;

  // Puts a revision of the registry in force, at one position of every source:
  // what is committed later is matched against it. `appservices` are all of
  // that revision. Makes queues for those that are new, leaves a tombstone for
  // those that are gone and drops their queues. Changes nothing when this
  // revision, or a later one, is in force already.
  virtual absl::StatusOr<AppliedRegistry> ApplyRegistry(
      int64_t revision, absl::Span<const KnownAppservice> appservices) = 0;

  // The same, told only how it differs from the revision `since`: `changed` are
  // new or may have changed, `gone` are not there any more. ABORTED if neither
  // `since` nor this revision or a later one is in force: then only
  // ApplyRegistry() will do.
  virtual absl::StatusOr<AppliedRegistry> ApplyRegistryChanges(
      int64_t since, int64_t revision,
      absl::Span<const KnownAppservice> changed,
      absl::Span<const AppserviceUid> gone) = 0;

  // What is kept has gone back to an earlier state of itself: whatever is
  // remembered of it here, between calls, counts for nothing.
  virtual void ForgetAll() = 0;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_INGEST_STORE_H_
