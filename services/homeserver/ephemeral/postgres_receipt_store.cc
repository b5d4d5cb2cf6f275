#include "services/homeserver/ephemeral/postgres_receipt_store.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <utility>

#include "services/homeserver/updates/update_head.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr char kIsKnown[] =
    "SELECT EXISTS (SELECT FROM receipts"
    " WHERE room_id = $1 AND user_id = $2 AND type = $3 AND thread_id = $4"
    "  AND event_position >= $5)";

// Two that come at once meet here: the one that is further on stays.
constexpr char kPut[] =
    "INSERT INTO receipts (room_id, user_id, type, thread_id, event_id,"
    "  event_position, ts_ms, position)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (room_id, user_id, type, thread_id) DO UPDATE"
    " SET event_id = excluded.event_id,"
    "  event_position = excluded.event_position,"
    "  ts_ms = excluded.ts_ms, position = excluded.position"
    " WHERE receipts.event_position < excluded.event_position";

constexpr char kForgetOldThreads[] =
    "DELETE FROM receipts"
    " WHERE room_id = $1 AND user_id = $2 AND type = $3 AND position IN ("
    "  SELECT position FROM receipts"
    "  WHERE room_id = $1 AND user_id = $2 AND type = $3 AND thread_id <> ''"
    "  ORDER BY position DESC OFFSET $4)";

constexpr char kListAfter[] =
    "SELECT room_id, user_id, type, thread_id, event_id, event_position, ts_ms"
    " FROM receipts"
    " WHERE room_id = ANY (ARRAY(SELECT json_array_elements_text($1::json)))"
    "  AND position > $3 AND position <= $4"
    "  AND (type <> 'm.read.private' OR user_id = $2)"
    " ORDER BY position DESC LIMIT $5";

}  // namespace

PostgresReceiptStore::PostgresReceiptStore(postgres::Pool& pool,
                                           std::function<void()> committed)
    : pool_(pool), committed_(std::move(committed)) {}

absl::StatusOr<bool> PostgresReceiptStore::Put(const Receipt& receipt) {
  bool is_new = false;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    // Clients repeat themselves; that needn't wait for anybody.
    if (work.exec_params1(kIsKnown, receipt.room_id, receipt.user_id,
                          receipt.type, receipt.thread_id,
                          receipt.event_position)[0]
            .as<bool>()) {
      return absl::OkStatus();
    }
    is_new = work.exec_params(kPut, receipt.room_id, receipt.user_id,
                              receipt.type, receipt.thread_id, receipt.event_id,
                              receipt.event_position, receipt.ts_ms,
                              TakeUpdatePositions(work, 1))
                 .affected_rows() > 0;
    if (is_new && !receipt.thread_id.empty()) {
      work.exec_params0(kForgetOldThreads, receipt.room_id, receipt.user_id,
                        receipt.type, kReceiptThreadsMax);
    }
    return absl::OkStatus();
  }));
  if (is_new) committed_();
  return is_new;
}

absl::StatusOr<std::vector<Receipt>> PostgresReceiptStore::ListAfter(
    const std::vector<std::string>& room_ids, const matrix::UserId& viewer,
    int64_t after, int64_t up_to, int limit) {
  std::vector<Receipt> list;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work) {
    for (const pqxx::row& row :
         work.exec_params(kListAfter, matrix::DumpJson(matrix::Json(room_ids)),
                          viewer.str(), after, up_to, limit)) {
      list.push_back({.room_id = row[0].as<std::string>(),
                      .user_id = row[1].as<std::string>(),
                      .type = row[2].as<std::string>(),
                      .thread_id = row[3].as<std::string>(),
                      .event_id = row[4].as<std::string>(),
                      .event_position = row[5].as<int64_t>(),
                      .ts_ms = row[6].as<int64_t>()});
    }
    return absl::OkStatus();
  }));
  std::reverse(list.begin(), list.end());
  return list;
}

}  // namespace causeway::homeserver
