#include "services/push_dispatcher/store/queue_head_row.h"

#include "services/push_dispatcher/store/sql_array.h"

namespace causeway::push {

std::string ReadBytes(const pqxx::field& field) {
  return pqxx::binarystring(field).str();
}

QueueHead ReadQueueHead(const pqxx::row& row) {
  QueueHead head;
  head.txn_id = row["head_txn_id"].as<std::string>();
  head.cursors = Cursors(ReadSqlIntegers(row["cursors"].c_str()));
  if (row["sealed"].as<bool>()) {
    head.sealed = SealedTransaction{
        .txn_id = head.txn_id,
        .source_id = row["sealed_source_id"].as<SourceId>(),
        .last_position = row["sealed_last_position"].as<int64_t>(),
        .event_count = row["sealed_event_count"].as<int32_t>(),
        .body_sha256 = ReadBytes(row["sealed_sha256"]),
        .body_format = row["sealed_format"].as<int32_t>()};
  }
  return head;
}

}  // namespace causeway::push
