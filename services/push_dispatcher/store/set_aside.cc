#include "services/push_dispatcher/store/set_aside.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::push {
namespace {

bool IsSetAside(const QueueWrite::Settled& settled) {
  return settled.settlement.kind != Settlement::Kind::kAcknowledged;
}

std::string RetiredDetail(const Retirement& retired) {
  return absl::StrCat(
      retired.txn_id, ", attempts: ", retired.attempts,
      "; its events go out again ",
      retired.too_large ? absl::StrCat("in smaller ones, of at most ",
                                       retired.body_bytes_max_learned, " bytes")
                        : "without the ephemeral data in it");
}

// An attempt of the retired ID may have been taken although it timed out: then
// its events are sent twice (hard case 10).
std::string RetiredReason(const Retirement& retired) {
  return absl::StrCat(retired.too_large ? "refused as too large"
                                        : "refused, with ephemeral data in it",
                      retired.possibly_taken
                          ? "; possibly taken, so its events may be a repeat"
                          : "");
}

}  // namespace

absl::string_view SettlementName(Settlement::Kind kind) {
  switch (kind) {
    case Settlement::Kind::kAcknowledged:
      return "acknowledged";
    case Settlement::Kind::kQuarantined:
      return "quarantined";
    case Settlement::Kind::kSkipped:
      return "skipped";
    case Settlement::Kind::kDropped:
      return "dropped";
  }
  return "";
}

bool LeavesRecords(const QueueWrite& write) {
  return write.retired.has_value() ||
         std::any_of(write.settled.begin(), write.settled.end(), IsSetAside);
}

WriteRecords ExpiryRecords(absl::string_view txn_id, int32_t event_count) {
  return {.set_aside = {},
          .acts = {{.action = "transaction_expired",
                    .detail = ToReason(
                        absl::StrCat(txn_id, ", events: ", event_count)),
                    .reason = "it was set aside too long ago"}}};
}

WriteRecords RecordsOf(const QueueWrite& write, const Cursors& before) {
  WriteRecords records;
  Cursors cursors = before;
  for (const QueueWrite::Settled& settled : write.settled) {
    const SealedTransaction& sealed = settled.sealed;
    const int64_t after_position = cursors.Get(sealed.source_id);
    cursors.Set(sealed.source_id, sealed.last_position);
    if (!IsSetAside(settled)) continue;
    const Settlement& settlement = settled.settlement;
    const absl::string_view name = SettlementName(settlement.kind);
    records.set_aside.push_back(
        {.transaction = {.sealed = sealed,
                         .after_position = after_position,
                         .kind = settlement.kind,
                         .reason = ToReason(settlement.reason),
                         .last_attempt = settlement.last_attempt},
         .body = settlement.body});
    records.acts.push_back(
        {.action = absl::StrCat("transaction_", name),
         .detail = ToReason(
             absl::StrCat(sealed.txn_id, ", events: ", sealed.event_count)),
         .reason = ToReason(settlement.reason)});
  }
  if (write.retired.has_value()) {
    records.acts.push_back({.action = "transaction_retired",
                            .detail = ToReason(RetiredDetail(*write.retired)),
                            .reason = RetiredReason(*write.retired)});
  }
  return records;
}

}  // namespace causeway::push
