#include "services/homeserver/rooms/postgres_room_store.h"

#include <cstdint>
#include <map>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/stream_prefix.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

// What an appended event does to the state: it ends what stands in its place
// and begins to stand there itself.
struct StateRow {
  int64_t position;
  std::optional<int64_t> replaced_position;
  std::optional<std::string> membership;
};

std::string Text(const pqxx::field& field) {
  return std::string(field.c_str(), field.size());
}

std::optional<std::string> MembershipIn(const Event& event) {
  if (event.type != kMemberType) return std::nullopt;
  absl::StatusOr<Json> content = matrix::ParseObject(event.content_json);
  if (!content.ok()) return std::nullopt;
  absl::StatusOr<std::string> word = matrix::GetString(*content, "membership");
  if (!word.ok() || !ParseMembership(*word).has_value()) return std::nullopt;
  return *std::move(word);
}

class PostgresRoomTransaction final : public RoomTransaction {
 public:
  // Waits for the stream's lock.
  explicit PostgresRoomTransaction(pqxx::work& work) : work_(work) {
    pqxx::row head = work_.exec_prepared1(room_sql::kLockHead);
    position_ = head[0].as<int64_t>();
    prefix_sha256_ = pqxx::binarystring(head[1]).str();
  }

  absl::StatusOr<bool> RoomExists(const matrix::RoomId& room_id) override {
    return work_.exec_prepared1(room_sql::kRoomExists, room_id.str())[0]
        .as<bool>();
  }

  absl::StatusOr<RoomState> LoadState(
      const matrix::RoomId& room_id,
      const std::vector<StateKey>& keys) override {
    Json places = Json::array();
    for (const StateKey& key : keys) {
      places.push_back({{"type", key.type}, {"state_key", key.state_key}});
    }
    RoomState state;
    for (const pqxx::row& row : work_.exec_prepared(
             room_sql::kLoadState, room_id.str(), matrix::DumpJson(places))) {
      CAUSEWAY_ASSIGN_OR_RETURN(Event event, ParseStoredEvent(Text(row[0])));
      state.Apply(std::move(event));
    }
    return state;
  }

  absl::StatusOr<std::optional<AliasEntry>> FindAlias(
      const matrix::RoomAlias& alias) override {
    pqxx::result rows = work_.exec_prepared(room_sql::kFindAlias, alias.str());
    if (rows.empty()) return std::optional<AliasEntry>();
    CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id,
                              matrix::RoomId::Parse(Text(rows[0][0])));
    CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId creator,
                              matrix::UserId::Parse(Text(rows[0][1])));
    return AliasEntry{alias, std::move(room_id), std::move(creator)};
  }

  absl::StatusOr<std::optional<FoundEvent>> FindEvent(
      const matrix::RoomId& room_id, const std::string& event_id) override {
    pqxx::result rows =
        work_.exec_prepared(room_sql::kFindEvent, room_id.str(), event_id);
    if (rows.empty()) return std::optional<FoundEvent>();
    return FoundEvent{.json = Text(rows[0][0]),
                      .replacing_json = Text(rows[0][1])};
  }

  absl::StatusOr<std::optional<std::string>> FindSent(
      const ClientTxn& txn) override {
    pqxx::result rows =
        work_.exec_prepared(room_sql::kFindSent, txn.scope, txn.room_id,
                            txn.event_type, txn.txn_id);
    if (rows.empty()) return std::optional<std::string>();
    return std::optional<std::string>(Text(rows[0][0]));
  }

  void AppendEvent(Event event) override {
    Json record = {{"kind", "event"},
                   {"room_id", event.room_id},
                   {"event_id", event.event_id},
                   {"type", event.type},
                   {"event_json", event.json}};
    if (event.state_key.has_value()) record["state_key"] = *event.state_key;
    AppendRecord(event.json, std::move(record));
    positions_[event.event_id] = position_;
    if (!event.state_key.has_value()) return;
    std::vector<StateRow>& place =
        state_[event.room_id][{event.type, *event.state_key}];
    if (!place.empty()) place.back().replaced_position = position_;
    place.push_back({position_, std::nullopt, MembershipIn(event)});
  }

  void AppendAlias(const AliasEntry& entry) override {
    AppendRecord(AliasAddedRecord(entry), {{"kind", "alias_added"},
                                           {"room_id", entry.room_id.str()},
                                           {"room_alias", entry.alias.str()}});
    work_.exec_prepared0(room_sql::kAddAlias, entry.alias.str(),
                         entry.room_id.str(), entry.creator.str());
  }

  void AppendAliasRemoval(const AliasEntry& entry) override {
    AppendRecord(AliasRemovedRecord(entry),
                 {{"kind", "alias_removed"},
                  {"room_id", entry.room_id.str()},
                  {"room_alias", entry.alias.str()}});
    work_.exec_prepared0(room_sql::kRemoveAlias, entry.alias.str());
  }

  void ServeAs(const std::string& event_id, const std::string& json) override {
    work_.exec_prepared0(room_sql::kServeAs, event_id, json);
  }

  void ForgetRoom(const matrix::RoomId& room_id,
                  const matrix::UserId& user_id) override {
    work_.exec_prepared0(room_sql::kForget, room_id.str(), user_id.str());
  }

  void SetPublished(const std::string& list, const matrix::RoomId& room_id,
                    bool published) override {
    work_.exec_prepared0(published ? room_sql::kPublish : room_sql::kUnpublish,
                         list, room_id.str());
  }

  void RememberSent(const ClientTxn& txn,
                    const std::string& event_id) override {
    sent_.push_back({txn, positions_.at(event_id)});
  }

  bool appended_anything() const { return !records_.empty(); }

  // Writes what was collected.
  void Flush() {
    if (!appended_anything()) return;
    work_.exec_prepared0(room_sql::kAppend, matrix::DumpJson(records_));
    FlushState();
    for (const auto& [txn, position] : sent_) {
      work_.exec_prepared0(room_sql::kRememberSent, txn.scope, txn.room_id,
                           txn.event_type, txn.txn_id, position);
    }
    work_.exec_prepared0(
        room_sql::kMoveHead, position_,
        pqxx::binarystring(prefix_sha256_.data(), prefix_sha256_.size()));
  }

 private:
  void AppendRecord(const std::string& hashed, Json row) {
    ++position_;
    prefix_sha256_ = NextPrefixSha256(prefix_sha256_, hashed);
    row["position"] = position_;
    row["prefix_sha256_hex"] = absl::BytesToHexString(prefix_sha256_);
    records_.push_back(std::move(row));
  }

  void FlushState() {
    Json ends = Json::array();
    Json begins = Json::array();
    for (const auto& [room_id, places] : state_) {
      for (const auto& [key, rows] : places) {
        Json place = {{"room_id", room_id},
                      {"type", key.type},
                      {"state_key", key.state_key},
                      {"position", rows.front().position}};
        ends.push_back(place);
        for (const StateRow& row : rows) {
          place["position"] = row.position;
          place["replaced_position"] = row.replaced_position.has_value()
                                           ? Json(*row.replaced_position)
                                           : Json(nullptr);
          place["membership"] = row.membership.has_value()
                                    ? Json(*row.membership)
                                    : Json(nullptr);
          begins.push_back(place);
        }
      }
    }
    if (begins.empty()) return;
    work_.exec_prepared(room_sql::kEndState, matrix::DumpJson(ends));
    work_.exec_prepared0(room_sql::kBeginState, matrix::DumpJson(begins));
  }

  pqxx::work& work_;
  int64_t position_ = 0;       // The last one given.
  std::string prefix_sha256_;  // Up to there.
  Json records_ = Json::array();
  std::map<std::string, std::map<StateKey, std::vector<StateRow>>> state_;
  std::map<std::string, int64_t> positions_;  // By event ID.
  std::vector<std::pair<ClientTxn, int64_t>> sent_;
};

}  // namespace

PostgresRoomStore::PostgresRoomStore(postgres::Pool& pool,
                                     std::function<void()> committed)
    : pool_(pool), committed_(std::move(committed)) {}

absl::Status PostgresRoomStore::Write(
    absl::FunctionRef<absl::Status(RoomTransaction&)> body) {
  bool appended = false;
  absl::Status status = pool_.Run([&](pqxx::work& work) -> absl::Status {
    PostgresRoomTransaction transaction(work);
    CAUSEWAY_RETURN_IF_ERROR(body(transaction));
    transaction.Flush();
    appended = transaction.appended_anything();
    return absl::OkStatus();
  });
  if (status.ok() && appended) committed_();
  return status;
}

}  // namespace causeway::homeserver
