#include "services/push_dispatcher/core/describe_delivery.h"

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/transaction_body.h"

namespace causeway::push {
namespace {

absl::string_view KindName(Settlement::Kind kind) {
  switch (kind) {
    case Settlement::Kind::kAcknowledged:
      return "ack";
    case Settlement::Kind::kQuarantined:
      return "quarantine";
    case Settlement::Kind::kSkipped:
      return "skip";
    case Settlement::Kind::kDropped:
      return "drop";
  }
  return "";
}

std::string Describe(const SealedTransaction& sealed) {
  return absl::StrCat(
      sealed.txn_id, " ", sealed.source_id, ":", sealed.last_position, " x",
      sealed.event_count,
      sealed.ephemeral.empty() ? "" : absl::StrCat(" ", sealed.ephemeral));
}

std::string DescribeWrite(const QueueWrite& write) {
  std::vector<std::string> parts;
  for (const QueueWrite::Settled& settled : write.settled) {
    parts.push_back(absl::StrCat(KindName(settled.settlement.kind), " ",
                                 settled.sealed.txn_id));
  }
  if (write.retired.has_value()) {
    parts.push_back(absl::StrCat(
        "retire ", write.retired->txn_id, " after ", write.retired->attempts,
        write.retired->possibly_taken ? " (possibly taken)" : ""));
  }
  std::vector<std::string> sealed;
  for (const SealedTransaction& transaction : write.after.sealed) {
    sealed.push_back(Describe(transaction));
  }
  parts.push_back(
      absl::StrCat("[", absl::StrJoin(write.after.cursors.positions(), " "),
                   "] sealed {", absl::StrJoin(sealed, ", "), "}"));
  return absl::StrCat(
      "write on ", write.expected_txn_id.empty() ? "-" : write.expected_txn_id,
      "/", write.expected_sealed_count, ": ", absl::StrJoin(parts, ", "));
}

struct Describer {
  std::string operator()(const LoadNext& effect) const {
    return absl::StrCat(
        "load ", effect.cuts_max, " behind [",
        absl::StrJoin(effect.after.positions(), " "), "]",
        effect.body_bytes_max == kTransactionBytesMax
            ? ""
            : absl::StrCat(", at most ", effect.body_bytes_max, " bytes"),
        effect.ephemeral.empty() ? "" : absl::StrCat(", ", effect.ephemeral));
  }
  std::string operator()(const SplitSealed& effect) const {
    return absl::StrCat("split ", effect.sealed.txn_id, " at ",
                        effect.body_bytes_max, " bytes");
  }
  std::string operator()(const RebuildSealed& effect) const {
    return absl::StrCat("rebuild ", effect.sealed.txn_id);
  }
  std::string operator()(const Write& effect) const {
    return DescribeWrite(effect.write);
  }
  std::string operator()(const ReadHead&) const { return "read head"; }
  std::string operator()(const Send& effect) const {
    return absl::StrCat("send ", effect.sealed.txn_id, ", attempt ",
                        effect.attempt);
  }
  std::string operator()(const SendEphemeral& effect) const {
    return absl::StrCat("send ", effect.txn_id, " ", *effect.body);
  }
  std::string operator()(const CancelAttempt&) const { return "cancel"; }
  std::string operator()(const SetTimer& effect) const {
    return absl::StrCat("timer ", absl::FormatDuration(effect.at));
  }
  std::string operator()(const RaiseAlarm& effect) const {
    return absl::StrCat("alarm ", effect.txn_id);
  }
};

}  // namespace

std::string Describe(const DeliveryEffect& effect) {
  return std::visit(Describer(), effect);
}

std::string Describe(const std::vector<DeliveryEffect>& effects) {
  return absl::StrJoin(effects, "; ",
                       [](std::string* out, const DeliveryEffect& effect) {
                         out->append(Describe(effect));
                       });
}

}  // namespace causeway::push
