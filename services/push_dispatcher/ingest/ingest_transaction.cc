// The part of Ingest that takes in transactions of upstream homeservers.
#include <utility>
#include <vector>

#include "services/push_dispatcher/ingest/ingest.h"
#include "services/push_dispatcher/ingest/load_rooms.h"
#include "services/push_dispatcher/ingest/upstream_plan.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

absl::StatusOr<PublishResult> Ingest::TryTransaction(
    const PublishBatch& batch) {
  CAUSEWAY_ASSIGN_OR_RETURN(const SourceState source, OpenSource(batch.source));
  CAUSEWAY_RETURN_IF_ERROR(CheckSourceKind(source, batch));
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::vector<UpstreamRecord> known,
      store_.ListUpstreamRecords(source.id, batch.upstream->txn_id));
  UpstreamPlan plan = PlanUpstream(batch, known, source.end.position);
  ChainPoint end = source.end;
  if (!plan.repeat) {
    BatchBuilder builder(source, *applier_.rules(), rooms_);
    CAUSEWAY_RETURN_IF_ERROR(LoadRooms(store_, applier_.rules(), source.id,
                                       builder.MissingRooms(plan.records),
                                       rooms_));
    builder.Add(plan.records);
    for (const PublishedRecord& record : plan.records) {
      end = NextPoint(end, record.sha256);
    }
    IngestBatch change = builder.Build(end);
    change.upstream = std::move(plan.record);
    change.upstream_known = known;
    change.acts = std::move(plan.acts);
    CAUSEWAY_RETURN_IF_ERROR(Commit(change));
    SourceState& remembered = sources_[batch.source];
    remembered.end = end;
    remembered.upstream = true;
    rooms_.Trim();
  }
  return PublishResult{.outcome = ChainOutcome::kContinues,
                       .next_position = end.position,
                       .taken_count = plan.taken_count};
}

}  // namespace causeway::push
