#include "services/homeserver/rooms/postgres_room_batch.h"

#include <variant>

#include "absl/strings/escaping.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/sql_rows.h"
#include "services/homeserver/rooms/stream_prefix.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

std::optional<std::string> MembershipIn(const Event& event) {
  if (event.type != kMemberType) return std::nullopt;
  absl::StatusOr<Json> content = matrix::ParseObject(event.content_json);
  if (!content.ok()) return std::nullopt;
  absl::StatusOr<std::string> word = matrix::GetString(*content, "membership");
  if (!word.ok() || !ParseMembership(*word).has_value()) return std::nullopt;
  return *std::move(word);
}

}  // namespace

// One transaction of the batch. What it wants is done when it has returned OK.
class PostgresRoomTransaction final : public RoomTransaction {
 public:
  explicit PostgresRoomTransaction(PostgresRoomBatch& batch) : batch_(batch) {}

  absl::StatusOr<bool> RoomExists(const matrix::RoomId& room_id) override {
    CAUSEWAY_ASSIGN_OR_RETURN(RoomState state,
                              batch_.LoadState(room_id, {{kCreateType, ""}}));
    return state.Find(kCreateType) != nullptr;
  }

  absl::StatusOr<RoomState> LoadState(
      const matrix::RoomId& room_id,
      const std::vector<StateKey>& keys) override {
    return batch_.LoadState(room_id, keys);
  }

  absl::StatusOr<std::optional<AliasEntry>> FindAlias(
      const matrix::RoomAlias& alias) override {
    return AliasFromRows(
        alias, batch_.work_.exec_prepared(room_sql::kFindAlias, alias.str()));
  }

  absl::StatusOr<std::optional<FoundEvent>> FindEvent(
      const matrix::RoomId& room_id, const std::string& event_id) override {
    batch_.Flush();
    pqxx::result rows = batch_.work_.exec_prepared(room_sql::kFindEvent,
                                                   room_id.str(), event_id);
    if (rows.empty()) return std::optional<FoundEvent>();
    return FoundEvent{.json = Text(rows[0][0]),
                      .replacing_json = Text(rows[0][1])};
  }

  absl::StatusOr<std::optional<std::string>> FindSent(
      const ClientTxn& txn) override {
    return batch_.FindSent(txn);
  }

  void AppendEvent(Event event) override {
    appended_.emplace_back(std::move(event));
  }
  void AppendAlias(const AliasEntry& entry) override {
    appended_.emplace_back(AliasChange{entry, /*is_removed=*/false});
  }
  void AppendAliasRemoval(const AliasEntry& entry) override {
    appended_.emplace_back(AliasChange{entry, /*is_removed=*/true});
  }
  void ServeAs(const std::string& event_id, const std::string& json) override {
    served_.emplace_back(event_id, json);
  }
  void ForgetRoom(const matrix::RoomId& room_id,
                  const matrix::UserId& user_id) override {
    forgotten_.emplace_back(room_id.str(), user_id.str());
  }
  void SetPublished(const std::string& list, const matrix::RoomId& room_id,
                    bool published) override {
    published_.push_back({list, room_id.str(), published});
  }
  void RememberSent(const ClientTxn& txn,
                    const std::string& event_id) override {
    sent_.emplace_back(txn, event_id);
  }

  // Hands everything to the batch.
  void Keep() {
    std::map<std::string, int64_t> positions;  // By event ID.
    for (auto& appended : appended_) {
      if (auto* event = std::get_if<Event>(&appended)) {
        const std::string event_id = event->event_id;
        batch_.AppendEvent(std::move(*event));
        positions[event_id] = batch_.position_;
      } else {
        Append(std::get<AliasChange>(appended));
      }
    }
    for (const auto& [txn, event_id] : sent_) {
      batch_.sent_rows_.push_back({{"scope", txn.scope},
                                   {"room_id", txn.room_id},
                                   {"type", txn.event_type},
                                   {"txn_id", txn.txn_id},
                                   {"position", positions.at(event_id)}});
      batch_.sent_[PostgresRoomBatch::KeyOf(txn)] = event_id;
    }
    for (const Published& change : published_) {
      batch_.work_.exec_prepared0(
          change.is_listed ? room_sql::kPublish : room_sql::kUnpublish,
          change.list, change.room_id);
    }
    if (served_.empty() && forgotten_.empty()) return;
    // These change rows that may not be there yet.
    batch_.Flush();
    for (const auto& [event_id, json] : served_) {
      batch_.work_.exec_prepared0(room_sql::kServeAs, event_id, json);
    }
    for (const auto& [room_id, user_id] : forgotten_) {
      batch_.work_.exec_prepared0(room_sql::kForget, room_id, user_id);
    }
    if (!served_.empty()) batch_.cache_.Clear();
  }

 private:
  struct AliasChange {
    AliasEntry entry;
    bool is_removed;
  };
  struct Published {
    std::string list;
    std::string room_id;
    bool is_listed;
  };

  void Append(const AliasChange& change) {
    const AliasEntry& entry = change.entry;
    const std::string& alias = entry.alias.str();
    if (change.is_removed) {
      batch_.AppendRecord(AliasRemovedRecord(entry),
                          {{"kind", "alias_removed"},
                           {"room_id", entry.room_id.str()},
                           {"room_alias", alias}});
      batch_.work_.exec_prepared0(room_sql::kRemoveAlias, alias);
      return;
    }
    batch_.AppendRecord(AliasAddedRecord(entry),
                        {{"kind", "alias_added"},
                         {"room_id", entry.room_id.str()},
                         {"room_alias", alias}});
    batch_.work_.exec_prepared0(room_sql::kAddAlias, alias, entry.room_id.str(),
                                entry.creator.str());
  }

  PostgresRoomBatch& batch_;
  std::vector<std::variant<Event, AliasChange>> appended_;
  std::vector<std::pair<std::string, std::string>> served_;
  std::vector<std::pair<std::string, std::string>> forgotten_;
  std::vector<Published> published_;
  std::vector<std::pair<ClientTxn, std::string>> sent_;
};

PostgresRoomBatch::PostgresRoomBatch(pqxx::work& work, RoomStateCache& cache)
    : work_(work), cache_(cache) {
  pqxx::row head = work_.exec_prepared1(room_sql::kLockHead);
  position_ = head[0].as<int64_t>();
  prefix_sha256_ = pqxx::binarystring(head[1]).str();
  cache_.Begin(position_, prefix_sha256_);
}

PostgresRoomBatch::TxnKey PostgresRoomBatch::KeyOf(const ClientTxn& txn) {
  return {txn.scope, txn.room_id, txn.event_type, txn.txn_id};
}

absl::Status PostgresRoomBatch::Foresee(
    absl::Span<const RoomStore::Foreseen* const> all) {
  std::set<TxnKey> txns;
  std::set<std::pair<std::string, StateKey>> places;
  for (const RoomStore::Foreseen* one : all) {
    if (one->txn != nullptr) txns.insert(KeyOf(*one->txn));
    for (const StateKey& place : one->places) {
      if (cache_.Find(one->room_id->str(), place) == nullptr) {
        places.emplace(one->room_id->str(), place);
      }
    }
  }
  CAUSEWAY_RETURN_IF_ERROR(LoadSent(txns));
  return LoadPlaces(places);
}

absl::Status PostgresRoomBatch::Run(
    absl::FunctionRef<absl::Status(RoomTransaction&)> body) {
  PostgresRoomTransaction transaction(*this);
  absl::Status status = body(transaction);
  if (status.ok()) transaction.Keep();
  return status;
}

absl::Status PostgresRoomBatch::LoadSent(const std::set<TxnKey>& txns) {
  if (txns.empty()) return absl::OkStatus();
  Json asked = Json::array();
  for (const TxnKey& key : txns) {
    const auto& [scope, room_id, type, txn_id] = key;
    asked.push_back({{"scope", scope},
                     {"room_id", room_id},
                     {"type", type},
                     {"txn_id", txn_id}});
  }
  for (const pqxx::row& row :
       work_.exec_prepared(room_sql::kFindSent, matrix::DumpJson(asked))) {
    std::optional<std::string>& event_id =
        sent_[{Text(row[0]), Text(row[1]), Text(row[2]), Text(row[3])}];
    if (!row[4].is_null()) event_id = Text(row[4]);
  }
  return absl::OkStatus();
}

absl::Status PostgresRoomBatch::LoadPlaces(
    const std::set<std::pair<std::string, StateKey>>& places) {
  if (places.empty()) return absl::OkStatus();
  Json asked = Json::array();
  for (const auto& [room_id, place] : places) {
    asked.push_back({{"room_id", room_id},
                     {"type", place.type},
                     {"state_key", place.state_key}});
    cache_.Put(room_id, place, std::nullopt);
  }
  for (const pqxx::row& row :
       work_.exec_prepared(room_sql::kLoadState, matrix::DumpJson(asked))) {
    CAUSEWAY_ASSIGN_OR_RETURN(Event event, ParseStoredEvent(Text(row[0])));
    StateKey place = {event.type, event.state_key.value_or("")};
    const std::string room_id = event.room_id;
    cache_.Put(room_id, std::move(place), std::move(event));
  }
  return absl::OkStatus();
}

absl::StatusOr<RoomState> PostgresRoomBatch::LoadState(
    const matrix::RoomId& room_id, const std::vector<StateKey>& places) {
  std::set<std::pair<std::string, StateKey>> unknown;
  for (const StateKey& place : places) {
    if (cache_.Find(room_id.str(), place) == nullptr) {
      unknown.emplace(room_id.str(), place);
    }
  }
  CAUSEWAY_RETURN_IF_ERROR(LoadPlaces(unknown));
  RoomState state;
  for (const StateKey& place : places) {
    const std::optional<Event>* known = cache_.Find(room_id.str(), place);
    if (known->has_value()) state.Apply(**known);
  }
  return state;
}

absl::StatusOr<std::optional<std::string>> PostgresRoomBatch::FindSent(
    const ClientTxn& txn) {
  const TxnKey key = KeyOf(txn);
  if (!sent_.contains(key)) CAUSEWAY_RETURN_IF_ERROR(LoadSent({key}));
  return sent_[key];
}

void PostgresRoomBatch::AppendEvent(Event event) {
  Json record = {{"kind", "event"},
                 {"room_id", event.room_id},
                 {"event_id", event.event_id},
                 {"type", event.type},
                 {"event_json", event.json}};
  if (event.state_key.has_value()) record["state_key"] = *event.state_key;
  AppendRecord(event.json, std::move(record));
  if (!event.state_key.has_value()) return;
  StateKey place = {event.type, *event.state_key};
  std::vector<StateRow>& rows = state_[event.room_id][place];
  if (!rows.empty()) rows.back().replaced_position = position_;
  rows.push_back({position_, std::nullopt, MembershipIn(event)});
  const std::string room_id = event.room_id;
  cache_.Put(room_id, std::move(place), std::move(event));
}

void PostgresRoomBatch::AppendRecord(const std::string& hashed, Json row) {
  ++position_;
  prefix_sha256_ = NextPrefixSha256(prefix_sha256_, hashed);
  row["position"] = position_;
  row["prefix_sha256_hex"] = absl::BytesToHexString(prefix_sha256_);
  records_.push_back(std::move(row));
  appended_anything_ = true;
}

void PostgresRoomBatch::Flush() {
  if (records_.empty()) return;
  work_.exec_prepared0(room_sql::kAppend, matrix::DumpJson(records_));
  FlushState();
  if (!sent_rows_.empty()) {
    work_.exec_prepared0(room_sql::kRememberSent, matrix::DumpJson(sent_rows_));
  }
  work_.exec_prepared0(
      room_sql::kMoveHead, position_,
      pqxx::binarystring(prefix_sha256_.data(), prefix_sha256_.size()));
  records_ = Json::array();
  sent_rows_ = Json::array();
}

void PostgresRoomBatch::FlushState() {
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
        place["membership"] =
            row.membership.has_value() ? Json(*row.membership) : Json(nullptr);
        begins.push_back(place);
      }
    }
  }
  state_.clear();
  if (begins.empty()) return;
  work_.exec_prepared(room_sql::kEndState, matrix::DumpJson(ends));
  work_.exec_prepared0(room_sql::kBeginState, matrix::DumpJson(begins));
}

}  // namespace causeway::homeserver
