#include "services/push_dispatcher/core/describe_delivery.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {
namespace {

std::string DescribeWrite(const QueueWrite& write) {
  std::vector<std::string> parts;
  if (write.acknowledgement.has_value()) {
    parts.push_back(absl::StrCat("ack ", write.acknowledgement->source_id, ":",
                                 write.acknowledgement->last_position, " x",
                                 write.acknowledgement->event_count));
  }
  if (write.retired_after_attempts.has_value()) {
    parts.push_back(
        absl::StrCat("retire after ", *write.retired_after_attempts));
  }
  if (write.seal.has_value()) {
    parts.push_back(absl::StrCat(
        "seal ", write.seal->txn_id, " ", write.seal->source_id, ":",
        write.seal->last_position, " x", write.seal->event_count));
  }
  return absl::StrCat(
      "write on ", write.expected_txn_id.empty() ? "-" : write.expected_txn_id,
      write.expected_sealed ? " sealed: " : ": ", absl::StrJoin(parts, ", "));
}

struct Describer {
  std::string operator()(const LoadNext& effect) const {
    return absl::StrCat("load behind [",
                        absl::StrJoin(effect.after.positions(), " "),
                        "], at most ", effect.events_max);
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
