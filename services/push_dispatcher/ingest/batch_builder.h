#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_BATCH_BUILDER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_BATCH_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// What routing needs of an event. Points to `record`.
RoutedEvent ToRoutedEvent(const PublishedRecord& record);

// Makes of records, in stream order, the one change of the store that takes
// them in: which queues get which events, and who is in which room afterwards.
//
// Pure but for the cache: the rooms in it are moved on to where they are after
// each record. If the batch isn't committed they are wrong, and must be
// dropped.
//
// Thread-compatible.
class BatchBuilder {
 public:
  // `rules` and `rooms` must outlive the builder.
  BatchBuilder(SourceState before, const InterestRules& rules,
               RoomCache& rooms);

  // The rooms of `records` that aren't in the cache. They are to be put there
  // before the records are added.
  std::vector<std::string> MissingRooms(
      absl::Span<const PublishedRecord> records) const;

  // What the records point to must live until Build().
  void Add(absl::Span<const PublishedRecord> records);

  // `end` is the place behind the last record added.
  IngestBatch Build(const ChainPoint& end) const;

  size_t record_count() const { return payloads_.size(); }

 private:
  void AddEvent(const PublishedRecord& record);
  void AddToDevice(const PublishedRecord& record);
  // The record that is added next is for this queue. False: there is none, or
  // the record is no news.
  bool AddFor(std::optional<AppserviceUid> queue);
  void AddAliases(const PublishedRecord& record, RoomInterest& room);
  void RemoveOtherAliases(const PublishedRecord& record, RoomInterest& room);
  RoomInterest& Room(absl::string_view room_id);

  const SourceState before_;
  const InterestRules& rules_;
  RoomCache& rooms_;
  std::vector<absl::string_view> payloads_;  // Empty: nobody wants it.
  EventSet to_device_;                       // Of these.
  absl::flat_hash_map<AppserviceUid, EventSet> events_by_queue_;
  absl::flat_hash_map<AppserviceUid, int64_t> last_position_by_queue_;
  // The last change counts. By room, then user or alias.
  std::map<std::pair<std::string, std::string>, bool> joined_;
  std::map<std::pair<std::string, std::string>, bool> alias_present_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_BATCH_BUILDER_H_
