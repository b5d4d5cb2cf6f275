#include "services/homeserver/rooms/fake_room_store.h"

#include <algorithm>

#include "services/homeserver/rooms/event_types.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

std::string ContentField(const Event& event, const char* field) {
  absl::StatusOr<matrix::Json> content =
      matrix::ParseObject(event.content_json);
  if (!content.ok()) return "";
  return matrix::GetString(*content, field).value_or("");
}

}  // namespace

// Works on a copy, which takes the store's place at the end.
class FakeRoomStore::Transaction final : public RoomTransaction {
 public:
  Transaction(FakeRoomStore& store, Contents& copy)
      : store_(store), copy_(copy) {}

  absl::StatusOr<bool> RoomExists(const matrix::RoomId& room_id) override
      ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return store_.StandingAt(room_id.str(), kPositionMax)
        .contains({kCreateType, ""});
  }

  absl::StatusOr<RoomState> LoadState(const matrix::RoomId& room_id,
                                      const std::vector<StateKey>& keys)
      override ABSL_NO_THREAD_SAFETY_ANALYSIS {
    RoomState state;
    for (const auto& [key, record] :
         store_.StandingAt(room_id.str(), kPositionMax)) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
      CAUSEWAY_ASSIGN_OR_RETURN(Event event, ParseStoredEvent(record->json()));
      state.Apply(std::move(event));
    }
    return state;
  }

  absl::StatusOr<std::optional<AliasEntry>> FindAlias(
      const matrix::RoomAlias& alias) override {
    auto found = copy_.aliases.find(alias.str());
    if (found == copy_.aliases.end()) return std::optional<AliasEntry>();
    return std::optional<AliasEntry>(found->second);
  }

  absl::StatusOr<std::optional<FoundEvent>> FindEvent(
      const matrix::RoomId& room_id, const std::string& event_id) override {
    std::optional<FoundEvent> found;
    StateKey place;
    for (const Record& record : copy_.records) {
      if (record.room_id != room_id.str() || !record.event.has_value()) {
        continue;
      }
      const Event& event = *record.event;
      if (event.event_id == event_id) {
        found = FoundEvent{.json = record.json(), .replacing_json = ""};
        if (!event.state_key.has_value()) return found;
        place = {event.type, *event.state_key};
      } else if (found.has_value() && event.type == place.type &&
                 event.state_key == place.state_key) {
        found->replacing_json = record.json();
        return found;
      }
    }
    return found;
  }

  absl::StatusOr<std::optional<std::string>> FindSent(
      const ClientTxn& txn) override {
    for (const Sent& sent : copy_.sent) {
      if (sent.txn.scope == txn.scope && sent.txn.room_id == txn.room_id &&
          sent.txn.event_type == txn.event_type &&
          sent.txn.txn_id == txn.txn_id) {
        return std::optional<std::string>(sent.event_id);
      }
    }
    return std::optional<std::string>();
  }

  void AppendEvent(Event event) override {
    std::string field;
    if (event.type == kMemberType) field = ContentField(event, "membership");
    if (event.type == kHistoryVisibilityType) {
      field = ContentField(event, "history_visibility");
    }
    copy_.records.push_back({.position = NextPosition(),
                             .room_id = event.room_id,
                             .event = std::move(event),
                             .content_field = std::move(field)});
  }

  void AppendAlias(const AliasEntry& entry) override {
    copy_.records.push_back({.position = NextPosition(),
                             .room_id = entry.room_id.str(),
                             .event = std::nullopt,
                             .content_field = ""});
    copy_.aliases.insert_or_assign(entry.alias.str(), entry);
  }

  void AppendAliasRemoval(const AliasEntry& entry) override {
    copy_.records.push_back({.position = NextPosition(),
                             .room_id = entry.room_id.str(),
                             .event = std::nullopt,
                             .content_field = ""});
    copy_.aliases.erase(entry.alias.str());
  }

  void ServeAs(const std::string& event_id, const std::string& json) override {
    for (Record& record : copy_.records) {
      if (record.event.has_value() && record.event->event_id == event_id) {
        record.served_json = json;
      }
    }
  }

  void ForgetRoom(const matrix::RoomId& room_id,
                  const matrix::UserId& user_id) override {
    Record* standing = nullptr;
    for (Record& record : copy_.records) {
      if (record.room_id == room_id.str() && record.event.has_value() &&
          record.event->type == kMemberType &&
          record.event->state_key == user_id.str()) {
        standing = &record;
      }
    }
    if (standing != nullptr) standing->forgotten = true;
  }

  void SetPublished(const std::string& list, const matrix::RoomId& room_id,
                    bool published) override {
    if (published) {
      copy_.published.insert({list, room_id.str()});
    } else {
      copy_.published.erase({list, room_id.str()});
    }
  }

  void RememberSent(const ClientTxn& txn,
                    const std::string& event_id) override {
    for (const Record& record : copy_.records) {
      if (record.event.has_value() && record.event->event_id == event_id) {
        copy_.sent.push_back({txn, record.position, event_id});
      }
    }
  }

 private:
  int64_t NextPosition() const {
    return static_cast<int64_t>(copy_.records.size()) + 1;
  }

  FakeRoomStore& store_;
  Contents& copy_;
};

FakeRoomStore::FakeRoomStore(std::function<void()> committed)
    : committed_(std::move(committed)) {}

void FakeRoomStore::FailWith(absl::Status status) {
  absl::MutexLock lock(&mu_);
  failure_ = std::move(status);
}

absl::Status FakeRoomStore::Write(
    const Foreseen&, absl::FunctionRef<absl::Status(RoomTransaction&)> body) {
  bool appended = false;
  {
    absl::MutexLock lock(&mu_);
    CAUSEWAY_RETURN_IF_ERROR(failure_);
    Contents copy = contents_;
    Transaction transaction(*this, copy);
    CAUSEWAY_RETURN_IF_ERROR(body(transaction));
    appended = copy.records.size() > contents_.records.size();
    contents_ = std::move(copy);
  }
  if (appended) committed_();
  return absl::OkStatus();
}

}  // namespace causeway::homeserver
