#include "services/push_dispatcher/store/upstream_rows.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_join.h"
#include "services/push_dispatcher/store/queue_row.h"

namespace causeway::push {
namespace {

std::vector<std::string> SplitKeys(absl::string_view bytes) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < bytes.size(); i += kEventKeyBytes) {
    keys.emplace_back(bytes.substr(i, kEventKeyBytes));
  }
  return keys;
}

}  // namespace

std::vector<UpstreamRecord> SelectUpstreamRecords(pqxx::work& work,
                                                  SourceId source_id,
                                                  absl::string_view txn_id) {
  std::vector<UpstreamRecord> records;
  for (const pqxx::row& row : work.exec_params(
           "SELECT txn_id, body_sha256, first_position, event_keys "
           "FROM upstream_transactions WHERE source_id = $1 AND txn_id = $2 "
           "ORDER BY ordinal DESC LIMIT $3",
           source_id, std::string(txn_id), kUpstreamVariantsMax)) {
    records.push_back({.txn_id = row["txn_id"].as<std::string>(),
                       .body_sha256 = ReadBytes(row["body_sha256"]),
                       .first_position = row["first_position"].as<int64_t>(),
                       .event_keys = SplitKeys(ReadBytes(row["event_keys"]))});
  }
  return records;
}

void InsertUpstreamRecord(pqxx::work& work, SourceId source_id,
                          const UpstreamRecord& record, int64_t records_max) {
  const int64_t ordinal =
      work.exec_params1(
              "INSERT INTO upstream_transactions (source_id, ordinal, txn_id,"
              "  body_sha256, first_position, event_keys) "
              "SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5 "
              "FROM upstream_transactions WHERE source_id = $1 "
              "RETURNING ordinal",
              source_id, record.txn_id, pqxx::binarystring(record.body_sha256),
              record.first_position,
              pqxx::binarystring(absl::StrJoin(record.event_keys, "")))[0]
          .as<int64_t>();
  work.exec_params(
      "DELETE FROM upstream_transactions "
      "WHERE source_id = $1 AND ordinal <= $2",
      source_id, ordinal - records_max);
}

}  // namespace causeway::push
