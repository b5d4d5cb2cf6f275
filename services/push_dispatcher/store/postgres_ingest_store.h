#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_INGEST_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_INGEST_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "services/push_dispatcher/store/event_totals.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::push {

// IngestStore in PostgreSQL: tables sources, source_points,
// source_incarnations, segments, queue_entries, room_members, room_aliases,
// upstream_transactions, applied_registry, appservices.
class PostgresIngestStore final : public IngestStore {
 public:
  // What the pool has to prepare.
  static std::vector<postgres::PreparedStatement> Statements();

  // `pool` must outlive the store.
  explicit PostgresIngestStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<SourceState> FindSource(absl::string_view name) override;
  absl::StatusOr<SourceState> OpenSource(absl::string_view name) override;
  absl::StatusOr<std::vector<ChainPoint>> ListPassedPoints(
      SourceId source_id, int64_t first, int64_t last) override;
  absl::StatusOr<SourceHistory> GetSourceHistory(
      absl::string_view name) override;
  absl::Status RestartSource(absl::string_view name, int64_t incarnation,
                             const ChainPoint& common) override;
  absl::StatusOr<absl::flat_hash_map<std::string, RoomFacts>> LoadRooms(
      SourceId source_id, absl::Span<const std::string> room_ids) override;
  absl::StatusOr<std::vector<UpstreamRecord>> ListUpstreamRecords(
      SourceId source_id, absl::string_view txn_id) override;
  absl::Status Commit(const IngestBatch& batch) override;
  absl::StatusOr<AppliedRegistry> ApplyRegistry(
      int64_t revision, absl::Span<const KnownAppservice> appservices) override;
  absl::StatusOr<AppliedRegistry> ApplyRegistryChanges(
      int64_t since, int64_t revision,
      absl::Span<const KnownAppservice> changed,
      absl::Span<const AppserviceUid> gone) override;
  void ForgetAll() override { totals_.Clear(); }

 private:
  absl::Status Commit(const IngestBatch& batch, const EventTotals& totals);
  // Those of the queues that `batch` has entries for, and of others.
  absl::Status ReadTotals(const IngestBatch& batch, EventTotals& totals);

  postgres::Pool& pool_;
  KnownEventTotals totals_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_INGEST_STORE_H_
