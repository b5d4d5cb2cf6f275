#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_OPERATOR_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_OPERATOR_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::push {

// OperatorStore in PostgreSQL: tables queues, appservices, audit_records,
// set_aside_transactions, queue_entries, segments, generations, sources,
// source_incarnations.
class PostgresOperatorStore final : public OperatorStore {
 public:
  // `pool` must outlive the store.
  explicit PostgresOperatorStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<QueueSummary> FindQueue(
      absl::string_view appservice_id) override;
  absl::StatusOr<std::vector<QueueSummary>> ListQueues(
      absl::string_view after, int32_t count_max) override;
  absl::StatusOr<std::vector<QueueSummary>> ListQueuesOf(
      absl::Span<const AppserviceUid> uids) override;
  absl::StatusOr<ActOutcome> Act(const OperatorAct& act) override;
  absl::StatusOr<absl::flat_hash_map<SourceId, std::string>> ListSourceNames()
      override;
  absl::StatusOr<int64_t> ForgetLeftHistories(
      absl::string_view source_name, const std::string& reason) override;
  absl::StatusOr<std::vector<SetAsideTransaction>> ListSetAside(
      AppserviceUid uid, int64_t before_id, int32_t count_max) override;
  absl::StatusOr<std::vector<AuditRecord>> ListAuditRecords(
      absl::string_view appservice_id, int64_t before_id,
      int32_t count_max) override;
  absl::StatusOr<std::vector<StoredSegment>> ListSegments(
      SourceId source_id, int64_t before_position, int32_t count_max,
      int64_t raw_bytes_max) override;
  absl::StatusOr<std::vector<StoredSegment>> ListSegmentsInRange(
      SourceId source_id, int64_t first_position, int64_t last_position,
      int32_t count_max, int64_t raw_bytes_max) override;
  absl::StatusOr<Swept> Sweep(const SweepOptions& options) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_OPERATOR_STORE_H_
