#include "services/homeserver/sync/update_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/ephemeral/receipts.h"
#include "services/homeserver/push_rules/push_rules.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

std::string AccountDataEvent(const AccountData& data) {
  return absl::StrCat(R"({"type":)",
                      matrix::DumpJson(matrix::Json(data.place.type)),
                      R"(,"content":)", data.content_json, "}");
}

// 0: a position that hasn't been given.
int64_t KnownUpTo(int64_t claimed, int64_t last) {
  return claimed > last ? 0 : claimed;
}

// One Read().
class Reading {
 public:
  Reading(const UpdateSources& sources, const SyncQuery& query,
          SyncResult& result)
      : sources_(sources), query_(query), result_(result) {
    for (size_t i = 0; i < result.joined.size(); ++i) {
      index_[result.joined[i].room_id] = i;
      if (result.joined[i].is_new) new_rooms_.insert(result.joined[i].room_id);
    }
  }

  absl::Status Run() {
    const SyncPosition since = query_.since.value_or(SyncPosition());
    // What changes from now on may come twice, but isn't missed.
    result_.position.ephemeral = sources_.count.Last();
    const int64_t known_ephemeral = sources_.count.Known(since.ephemeral);
    CAUSEWAY_ASSIGN_OR_RETURN(up_to_, sources_.log.LastPosition());
    known_ = KnownUpTo(since.updates, up_to_);
    result_.position.updates = up_to_;
    if (known_ < up_to_ || !new_rooms_.empty()) {
      CAUSEWAY_RETURN_IF_ERROR(ReadAccountData());
      CAUSEWAY_RETURN_IF_ERROR(ReadReceipts());
    }
    if (!query_.since.has_value()) TellDefaultPushRules();
    CAUSEWAY_RETURN_IF_ERROR(ReadDeviceKeys());
    CAUSEWAY_RETURN_IF_ERROR(ReadToDevice(KnownUpTo(since.to_device, up_to_)));
    if (known_ephemeral < result_.position.ephemeral.number ||
        !new_rooms_.empty()) {
      ReadTyping(known_ephemeral);
      ReadPresence(known_ephemeral);
    }
    return absl::OkStatus();
  }

 private:
  // The room's part of the answer, made when it has none yet.
  SyncedRoom& PartOf(const std::string& room_id) {
    auto [found, is_new] = index_.try_emplace(room_id, result_.joined.size());
    if (is_new) {
      result_.joined.emplace_back().room_id = room_id;
      result_.joined.back().prev_position = result_.position.events;
    }
    return result_.joined[found->second];
  }

  bool TakesEphemeral(const char* type, const std::string& room_id) const {
    const EventFilter& filter = query_.filter.ephemeral;
    return filter.Takes(type, "") && filter.TakesRoom(room_id);
  }

  absl::Status ReadAccountData() {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<AccountData> changed,
        sources_.account_data.ListAfter(query_.user_id, known_, up_to_));
    for (const AccountData& data : changed) {
      if (!new_rooms_.contains(data.place.room_id)) Tell(data);
    }
    if (new_rooms_.empty()) return absl::OkStatus();
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<AccountData> all,
        sources_.account_data.ListAfter(query_.user_id, 0, up_to_));
    for (const AccountData& data : all) {
      if (new_rooms_.contains(data.place.room_id)) Tell(data);
    }
    return absl::OkStatus();
  }

  void Tell(const AccountData& data) {
    const std::string& room_id = data.place.room_id;
    if (room_id.empty() && data.place.type == kPushRulesType) {
      has_push_rules_ = true;
    }
    const SyncFilter& filter = query_.filter;
    if (room_id.empty()) {
      if (filter.account_data.Takes(data.place.type, query_.user_id.str())) {
        result_.account_data.push_back(AccountDataEvent(data));
      }
      return;
    }
    if (!joined_.contains(room_id) ||
        !filter.room_account_data.TakesRoom(room_id) ||
        !filter.room_account_data.Takes(data.place.type,
                                        query_.user_id.str())) {
      return;
    }
    PartOf(room_id).account_data.push_back(AccountDataEvent(data));
  }

  void TellDefaultPushRules() {
    if (has_push_rules_) return;
    Tell({.place = {.room_id = "", .type = kPushRulesType},
          .content_json = DefaultPushRulesContent(query_.user_id)});
  }

  // Source: https://spec.matrix.org/v1.17/client-server-api/#e2e-extensions-to-sync
  absl::Status ReadDeviceKeys() {
    const bool is_first = !query_.since.has_value();
    const bool may_differ = is_first || known_ < up_to_ ||
                            query_.since->events < result_.position.events;
    if (query_.device_id.empty() || !may_differ) return absl::OkStatus();
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::optional<KeysLeft> left,
        sources_.device_keys.FindLeft(query_.user_id, query_.device_id));
    // Who encrypts nothing needn't know by which keys.
    if (!left.has_value()) return absl::OkStatus();
    if (is_first || left->position > known_) {
      result_.keys_left = std::move(left);
    }
    if (is_first) return absl::OkStatus();
    CAUSEWAY_ASSIGN_OR_RETURN(
        result_.device_lists,
        sources_.device_keys.ListChanges(
            query_.user_id, {.updates_after = known_,
                             .updates_up_to = up_to_,
                             .events_after = query_.since->events,
                             .events_up_to = result_.position.events}));
    return absl::OkStatus();
  }

  absl::Status ReadReceipts() {
    std::vector<std::string> old_rooms;
    std::vector<std::string> new_rooms;
    for (const std::string& room_id : result_.joined_room_ids) {
      if (!TakesEphemeral("m.receipt", room_id)) continue;
      (new_rooms_.contains(room_id) ? new_rooms : old_rooms).push_back(room_id);
    }
    int left_count = kReceiptPageMax;
    CAUSEWAY_RETURN_IF_ERROR(ReadReceiptsOf(old_rooms, known_, left_count));
    return ReadReceiptsOf(new_rooms, 0, left_count);
  }

  absl::Status ReadReceiptsOf(const std::vector<std::string>& room_ids,
                              int64_t known, int& left_count) {
    if (room_ids.empty() || known >= up_to_ || left_count == 0) {
      return absl::OkStatus();
    }
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<Receipt> receipts,
        sources_.receipts.ListAfter(room_ids, query_.user_id, known, up_to_,
                                    left_count));
    left_count -= static_cast<int>(receipts.size());
    absl::flat_hash_map<std::string, std::vector<Receipt>> by_room;
    for (Receipt& receipt : receipts) {
      by_room[receipt.room_id].push_back(std::move(receipt));
    }
    for (const auto& [room_id, of_room] : by_room) {
      PartOf(room_id).ephemeral.push_back(ReceiptEvent(of_room));
    }
    return absl::OkStatus();
  }

  absl::Status ReadToDevice(int64_t known) {
    result_.position.to_device = up_to_;
    if (query_.device_id.empty() || up_to_ == 0) return absl::OkStatus();
    // Also when nothing has come: this may acknowledge the last ones.
    CAUSEWAY_ASSIGN_OR_RETURN(
        ToDeviceStore::Page page,
        sources_.to_device.Receive(query_.user_id, query_.device_id, known,
                                   up_to_, kToDevicePageMax));
    result_.to_device = std::move(page.jsons);
    result_.position.to_device = page.position;
    return absl::OkStatus();
  }

  void ReadTyping(int64_t known) {
    for (const std::string& room_id : result_.joined_room_ids) {
      if (!TakesEphemeral("m.typing", room_id)) continue;
      std::string event = sources_.typing.EventAfter(
          room_id, new_rooms_.contains(room_id) ? 0 : known);
      if (!event.empty()) PartOf(room_id).ephemeral.push_back(std::move(event));
    }
  }

  void ReadPresence(int64_t known) {
    result_.presence =
        sources_.presence.ListAfter(known, {.user_id = query_.user_id.str(),
                                            .room_ids = result_.joined_room_ids,
                                            .new_room_ids = new_rooms_,
                                            .filter = query_.filter.presence});
  }

  const UpdateSources& sources_;
  const SyncQuery& query_;
  SyncResult& result_;
  int64_t known_ = 0;
  int64_t up_to_ = 0;
  bool has_push_rules_ = false;                     // Of the user's own.
  absl::flat_hash_map<std::string, size_t> index_;  // Of result_.joined.
  absl::flat_hash_set<std::string> new_rooms_;
  const absl::flat_hash_set<std::string> joined_{
      result_.joined_room_ids.begin(), result_.joined_room_ids.end()};
};

}  // namespace

UpdateReader::UpdateReader(const UpdateSources& sources) : sources_(sources) {}

absl::StatusOr<SyncPosition> UpdateReader::End() {
  SyncPosition end;
  end.ephemeral = sources_.count.Last();
  CAUSEWAY_ASSIGN_OR_RETURN(end.updates, sources_.log.LastPosition());
  return end;
}

absl::Status UpdateReader::Read(const SyncQuery& query, SyncResult& result) {
  return Reading(sources_, query, result).Run();
}

}  // namespace causeway::homeserver
