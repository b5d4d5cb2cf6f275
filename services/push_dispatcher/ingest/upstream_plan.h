// What is taken in of a transaction of an upstream homeserver (hard case 7).
//
// Such a homeserver numbers its transactions, not its events, and repeats one
// until it is answered. So what came before under the same ID decides:
//   nothing          all of it is new
//   the same bytes   it is a repeat, nothing is taken
//   other bytes      the homeserver has made it anew, or begun its numbers
//                    anew: those of its events that came before under this ID
//                    are left out, the others are new
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_UPSTREAM_PLAN_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_UPSTREAM_PLAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

struct UpstreamPlan {
  bool repeat = false;  // Nothing is to be done.
  int32_t taken_count = 0;
  // At least one, so that each transaction moves its source: two replicas that
  // are given the same one can't both take it in.
  std::vector<PublishedRecord> records;
  UpstreamRecord record;
  std::vector<AuditRecord> acts;
};

// Of `batch`, which has a transaction. `known` is what is kept of those with
// its ID; `first_position` the one that its first record would get. Pure.
UpstreamPlan PlanUpstream(const PublishBatch& batch,
                          absl::Span<const UpstreamRecord> known,
                          int64_t first_position);

// A source is either one that gives its own positions, or one that is given
// them here: of both at once it could not be told what continues what.
// FAILED_PRECONDITION if `batch` is of the other kind than `source`.
absl::Status CheckSourceKind(const SourceState& source,
                             const PublishBatch& batch);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_UPSTREAM_PLAN_H_
