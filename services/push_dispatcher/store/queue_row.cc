#include "services/push_dispatcher/store/queue_row.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/sealed_list.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr std::pair<OnRejection, const char*> kOnRejections[] = {
    {OnRejection::kBlock, "block"},
    {OnRejection::kQuarantine, "quarantine"},
    {OnRejection::kSkip, "skip"}};
constexpr std::pair<OnExpiry, const char*> kOnExpiries[] = {
    {OnExpiry::kDeliver, "deliver"},
    {OnExpiry::kQuarantine, "quarantine"},
    {OnExpiry::kDrop, "drop"}};

}  // namespace

std::string ReadBytes(const pqxx::field& field) {
  return pqxx::binarystring(field).str();
}

absl::StatusOr<QueueHead> ReadQueueHead(const pqxx::row& row) {
  QueueHead head;
  head.txn_id = row["head_txn_id"].as<std::string>();
  CAUSEWAY_ASSIGN_OR_RETURN(
      head.sealed, ParseSealedList(row["sealed_transactions"].c_str()));
  head.cursors = Cursors(ReadSqlIntegers(row["cursors"].c_str()));
  return head;
}

QueueSettings ReadQueueSettings(const pqxx::row& row) {
  QueueSettings settings = {
      .paused = row["paused"].as<bool>(),
      .remembers_every_id = row["remembers_every_id"].as<bool>(),
      .rejections_max = row["rejections_max"].as<int32_t>(),
      .body_bytes_max_learned = row["body_bytes_max_learned"].as<int64_t>()};
  for (const auto& [value, name] : kOnRejections) {
    if (row["on_rejection"].as<std::string>() == name) {
      settings.on_rejection = value;
    }
  }
  for (const auto& [value, name] : kOnExpiries) {
    if (row["on_expiry"].as<std::string>() == name) settings.on_expiry = value;
  }
  if (!row["event_age_max_seconds"].is_null()) {
    settings.event_age_max =
        absl::Seconds(row["event_age_max_seconds"].as<int64_t>());
  }
  return settings;
}

std::string CursorsSql(const Cursors& cursors) {
  return absl::StrCat("{", absl::StrJoin(cursors.positions(), ","), "}");
}

std::string OnRejectionSql(OnRejection on_rejection) {
  for (const auto& [value, name] : kOnRejections) {
    if (value == on_rejection) return name;
  }
  return "block";
}

std::string OnExpirySql(OnExpiry on_expiry) {
  for (const auto& [value, name] : kOnExpiries) {
    if (value == on_expiry) return name;
  }
  return "deliver";
}

}  // namespace causeway::push
