#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_QUEUE_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_QUEUE_STORE_H_

#include <optional>
#include <vector>

#include "services/push_dispatcher/store/queue_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::push {

// QueueStore in PostgreSQL: tables queue_entries, segments, queues.
class PostgresQueueStore final : public QueueStore {
 public:
  // What the pool has to prepare.
  static std::vector<postgres::PreparedStatement> Statements();

  // `pool` must outlive the store.
  explicit PostgresQueueStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<std::vector<std::vector<QueueEntry>>> ReadEntries(
      absl::Span<const EntriesQuery> queries, int32_t entries_max) override;
  absl::StatusOr<std::vector<EncodedSegment>> ReadSegments(
      absl::Span<const SegmentKey> keys) override;
  absl::StatusOr<std::vector<bool>> Write(
      absl::Span<const OwnedWrite> writes) override;
  absl::StatusOr<std::vector<std::optional<RaisedHead>>> ReadHeads(
      absl::Span<const OwnedHead> queues) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_QUEUE_STORE_H_
