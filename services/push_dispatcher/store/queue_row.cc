#include "services/push_dispatcher/store/queue_row.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/queue_setting_names.h"
#include "services/push_dispatcher/store/sealed_list.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

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
      .on_rejection = ReadOnRejection(row["on_rejection"].c_str()),
      .rejections_max = row["rejections_max"].as<int32_t>(),
      .on_expiry = ReadOnExpiry(row["on_expiry"].c_str()),
      .body_bytes_max_learned = row["body_bytes_max_learned"].as<int64_t>()};
  if (!row["event_age_max_seconds"].is_null()) {
    settings.event_age_max =
        absl::Seconds(row["event_age_max_seconds"].as<int64_t>());
  }
  return settings;
}

std::string CursorsSql(const Cursors& cursors) {
  return absl::StrCat("{", absl::StrJoin(cursors.positions(), ","), "}");
}

}  // namespace causeway::push
