#include "services/push_dispatcher/ingest/upstream_plan.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace causeway::push {
namespace {

AuditRecord Act(const PublishBatch& batch, absl::string_view action,
                absl::string_view detail, absl::string_view reason) {
  return {
      .action = std::string(action),
      .detail = ToReason(absl::StrCat("source ", batch.source, ", transaction ",
                                      batch.upstream->txn_id, detail)),
      .reason = ToReason(reason)};
}

}  // namespace

absl::Status CheckSourceKind(const SourceState& source,
                             const PublishBatch& batch) {
  if (!batch.upstream.has_value()) {
    return source.upstream
               ? absl::FailedPreconditionError(absl::StrCat(
                     "source ", batch.source, " is one of PublishTransaction"))
               : absl::OkStatus();
  }
  return !source.upstream && source.end.position > 1
             ? absl::FailedPreconditionError(
                   absl::StrCat("source ", batch.source, " is one of Publish"))
             : absl::OkStatus();
}

UpstreamPlan PlanUpstream(const PublishBatch& batch,
                          absl::Span<const UpstreamRecord> known,
                          int64_t first_position) {
  const UpstreamTransaction& transaction = *batch.upstream;
  UpstreamPlan plan;
  absl::flat_hash_set<absl::string_view> known_keys;
  for (const UpstreamRecord& record : known) {
    if (record.body_sha256 == transaction.body_sha256) {
      plan.repeat = true;
      plan.taken_count = static_cast<int32_t>(record.event_keys.size());
      return plan;
    }
    known_keys.insert(record.event_keys.begin(), record.event_keys.end());
  }
  plan.record = {.txn_id = transaction.txn_id,
                 .body_sha256 = transaction.body_sha256,
                 .first_position = first_position,
                 .event_keys = {}};
  for (size_t i = 0; i < batch.records.size(); ++i) {
    const std::string& key = transaction.event_keys[i];
    if (known_keys.contains(key)) continue;
    plan.record.event_keys.push_back(key);
    plan.records.push_back(batch.records[i]);
  }
  plan.taken_count = static_cast<int32_t>(plan.records.size());
  if (!known.empty()) {
    plan.acts.push_back(
        Act(batch, "transaction_changed",
            absl::StrCat(", events that came before: ",
                         batch.records.size() - plan.records.size(),
                         ", others: ", plan.records.size()),
            "the upstream homeserver has used the ID for another body"));
  }
  if (transaction.refused_count > 0) {
    plan.acts.push_back(
        Act(batch, "events_refused",
            absl::StrCat(", events: ", transaction.refused_count),
            transaction.refused_reason));
  }
  if (plan.records.empty()) plan.records.push_back(SkippedRecord());
  return plan;
}

}  // namespace causeway::push
