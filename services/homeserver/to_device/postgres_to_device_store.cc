#include "services/homeserver/to_device/postgres_to_device_store.h"

#include <pqxx/pqxx>
#include <utility>

#include "absl/strings/escaping.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/stream_prefix.h"
#include "services/homeserver/updates/update_head.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

constexpr char kRememberTxn[] =
    "INSERT INTO sent_to_device (scope, type, txn_id) VALUES ($1, $2, $3)"
    " ON CONFLICT DO NOTHING";

// The devices that messages name, each with its message, in order.
constexpr char kFindDevices[] =
    "SELECT device.user_id, device.device_id, message.json"
    " FROM json_to_recordset($1::json)"
    "   AS message(number int, user_id text, device_id text, json text)"
    " JOIN devices AS device ON device.user_id = message.user_id"
    "   AND message.device_id IN (device.device_id, '*')"
    " ORDER BY message.number, device.device_id";

constexpr char kInsert[] =
    "INSERT INTO to_device_messages (position, user_id, device_id,"
    "  message_json) VALUES ($1, $2, $3, $4)";

constexpr char kDropOldest[] =
    "DELETE FROM to_device_messages WHERE position IN ("
    "  SELECT position FROM to_device_messages"
    "  WHERE user_id = $1 AND device_id = $2"
    "  ORDER BY position DESC OFFSET $3)";

// Those that are acknowledged go, in the same round trip.
constexpr char kReceive[] =
    "WITH acknowledged AS (DELETE FROM to_device_messages"
    "  WHERE user_id = $1 AND device_id = $2 AND position <= $3)"
    " SELECT position, message_json FROM to_device_messages"
    " WHERE user_id = $1 AND device_id = $2 AND position > $3"
    "  AND position <= $4 ORDER BY position LIMIT $5";

// Into the stream of events, whose lock it holds until it commits.
void Publish(pqxx::work& work, const std::vector<std::string>& jsons) {
  pqxx::row head = work.exec_prepared1(room_sql::kLockHead);
  int64_t position = head[0].as<int64_t>();
  std::string prefix_sha256 = pqxx::binarystring(head[1]).str();
  Json records = Json::array();
  for (const std::string& json : jsons) {
    prefix_sha256 = NextPrefixSha256(prefix_sha256, ToDeviceRecord(json));
    records.push_back(
        {{"position", ++position},
         {"kind", "to_device"},
         {"room_id", ""},
         {"event_json", json},
         {"prefix_sha256_hex", absl::BytesToHexString(prefix_sha256)}});
  }
  work.exec_prepared0(room_sql::kAppend, matrix::DumpJson(records));
  work.exec_prepared0(
      room_sql::kMoveHead, position,
      pqxx::binarystring(prefix_sha256.data(), prefix_sha256.size()));
}

// False: nobody is there to get one.
bool Keep(pqxx::work& work, const std::vector<MessageToDevice>& messages) {
  Json asked = Json::array();
  for (const MessageToDevice& message : messages) {
    asked.push_back({{"number", asked.size()},
                     {"user_id", message.user_id.str()},
                     {"device_id", message.device_id},
                     {"json", message.json}});
  }
  const pqxx::result devices =
      work.exec_params(kFindDevices, matrix::DumpJson(asked));
  if (devices.empty()) return false;
  int64_t position =
      TakeUpdatePositions(work, static_cast<int64_t>(devices.size()));
  for (const pqxx::row& row : devices) {
    const std::string user_id = row[0].as<std::string>();
    const std::string device_id = row[1].as<std::string>();
    work.exec_params0(kInsert, position++, user_id, device_id,
                      row[2].as<std::string>());
    work.exec_params0(kDropOldest, user_id, device_id, kMessagesPerDeviceMax);
  }
  return true;
}

}  // namespace

PostgresToDeviceStore::PostgresToDeviceStore(postgres::Pool& pool,
                                             std::function<void()> committed,
                                             std::function<void()> published)
    : pool_(pool),
      committed_(std::move(committed)),
      published_(std::move(published)) {}

absl::StatusOr<bool> PostgresToDeviceStore::Send(
    const ToDeviceTxn& txn, const std::vector<MessageToDevice>& messages,
    const std::vector<std::string>& for_appservices) {
  bool is_new = false;
  bool kept = false;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    is_new = work.exec_params(kRememberTxn, txn.scope, txn.type, txn.txn_id)
                 .affected_rows() > 0;
    if (!is_new) return absl::OkStatus();
    kept = !messages.empty() && Keep(work, messages);
    // Last, since all that is sent in rooms waits for the stream's lock.
    if (!for_appservices.empty()) Publish(work, for_appservices);
    return absl::OkStatus();
  }));
  if (kept) committed_();
  if (is_new && !for_appservices.empty()) published_();
  return is_new;
}

absl::StatusOr<ToDeviceStore::Page> PostgresToDeviceStore::Receive(
    const matrix::UserId& user_id, absl::string_view device_id,
    int64_t acknowledged, int64_t up_to, int limit) {
  Page page = {.jsons = {}, .position = up_to};
  CAUSEWAY_RETURN_IF_ERROR(pool_.RunAlone([&](pqxx::transaction_base& work) {
    // One more than fits tells whether there is more.
    const pqxx::result rows =
        work.exec_params(kReceive, user_id.str(), std::string(device_id),
                         acknowledged, up_to, limit + 1);
    const bool is_cut = rows.size() > static_cast<size_t>(limit);
    for (const pqxx::row& row : rows) {
      if (page.jsons.size() == static_cast<size_t>(limit)) break;
      page.jsons.push_back(row[1].as<std::string>());
      if (is_cut) page.position = row[0].as<int64_t>();
    }
    return absl::OkStatus();
  }));
  return page;
}

}  // namespace causeway::homeserver
