#include "services/push_dispatcher/store/sealed_list.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

using matrix::Json;

constexpr size_t kSha256Bytes = 32;

absl::StatusOr<SealedTransaction> Parse(const Json& json) {
  if (!json.is_object()) {
    return absl::DataLossError("expected an object");
  }
  SealedTransaction sealed;
  CAUSEWAY_ASSIGN_OR_RETURN(sealed.txn_id, matrix::GetString(json, "txn_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t source_id,
                            matrix::GetInt(json, "source_id"));
  sealed.source_id = static_cast<SourceId>(source_id);
  CAUSEWAY_ASSIGN_OR_RETURN(sealed.last_position,
                            matrix::GetInt(json, "last_position"));
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t event_count,
                            matrix::GetInt(json, "event_count"));
  sealed.event_count = static_cast<int32_t>(event_count);
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string sha256,
                            matrix::GetString(json, "sha256"));
  sealed.body_sha256 = absl::HexStringToBytes(sha256);
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t format,
                            matrix::GetInt(json, "format"));
  sealed.body_format = static_cast<int32_t>(format);
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t publish_unix_ms,
                            matrix::GetInt(json, "publish_unix_ms"));
  sealed.publish_time = absl::FromUnixMillis(publish_unix_ms);
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<std::string> ephemeral,
                            matrix::GetOptionalString(json, "ephemeral"));
  sealed.ephemeral = ephemeral.value_or("");
  if (sealed.body_sha256.size() != kSha256Bytes || sealed.source_id < 1) {
    return absl::DataLossError("sha256 or source_id makes no sense");
  }
  return sealed;
}

absl::Status Damaged(const absl::Status& why) {
  return absl::DataLossError(
      absl::StrCat("the list of sealed transactions: ", why.message()));
}

}  // namespace

std::string SealedListJson(const std::vector<SealedTransaction>& sealed) {
  Json list = Json::array();
  for (const SealedTransaction& s : sealed) {
    list.push_back({{"txn_id", s.txn_id},
                    {"source_id", s.source_id},
                    {"last_position", s.last_position},
                    {"event_count", s.event_count},
                    {"sha256", absl::BytesToHexString(s.body_sha256)},
                    {"format", s.body_format},
                    {"publish_unix_ms", absl::ToUnixMillis(s.publish_time)}});
    if (!s.ephemeral.empty()) list.back()["ephemeral"] = s.ephemeral;
  }
  return matrix::DumpJson(list);
}

absl::StatusOr<std::vector<SealedTransaction>> ParseSealedList(
    absl::string_view json) {
  const absl::StatusOr<Json> list = matrix::ParseJson(json);
  if (!list.ok()) return Damaged(list.status());
  if (!list->is_array()) {
    return Damaged(absl::DataLossError("expected an array"));
  }
  std::vector<SealedTransaction> sealed;
  for (const Json& element : *list) {
    absl::StatusOr<SealedTransaction> transaction = Parse(element);
    if (!transaction.ok()) return Damaged(transaction.status());
    sealed.push_back(*std::move(transaction));
  }
  return sealed;
}

}  // namespace causeway::push
