#include "services/homeserver/device_keys/fake_device_key_store.h"

#include <algorithm>
#include <map>
#include <utility>

#include "services/homeserver/news/news_key.h"
#include "services/homeserver/rooms/membership.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

void FakeDeviceKeyStore::AddDevice(const std::string& user_id,
                                   const std::string& device_id) {
  absl::MutexLock lock(&mu_);
  devices_[{user_id, device_id}];
}

void FakeDeviceKeyStore::RemoveDevice(const std::string& user_id,
                                      const std::string& device_id) {
  absl::MutexLock lock(&mu_);
  devices_.erase({user_id, device_id});
  NoteListChange(user_id);
}

void FakeDeviceKeyStore::NoteListChange(const std::string& user_id) {
  std::vector<NewsKey> keys = {NewsOfUser(user_id)};
  const int64_t now = history_.LastPosition().value();
  const std::vector<RoomOfUser> rooms =
      history_.RoomsOf(user_id, now, now).value();
  for (const RoomOfUser& room : rooms) {
    if (room.membership == Membership::kJoin) {
      keys.push_back(NewsOfRoom(room.room_id));
    }
  }
  lists_[user_id] = log_.Add(std::move(keys));
}

KeyCounts FakeDeviceKeyStore::Count(const Device& device) {
  KeyCounts counts;
  for (const ClaimableKey& key : device.one_time_keys) ++counts[key.algorithm];
  return counts;
}

absl::Status FakeDeviceKeyStore::AddOneTimeKeys(
    const std::vector<ClaimableKey>& keys, Device& device) {
  for (const ClaimableKey& key : keys) {
    const auto old = std::find_if(
        device.one_time_keys.begin(), device.one_time_keys.end(),
        [&](const ClaimableKey& one) {
          return one.algorithm == key.algorithm && one.key_id == key.key_id;
        });
    if (old == device.one_time_keys.end()) {
      device.one_time_keys.push_back(key);
    } else if (old->json != key.json) {
      return absl::AlreadyExistsError("another key has that ID");
    }
  }
  if (device.one_time_keys.size() > kOneTimeKeysPerDeviceMax) {
    return absl::ResourceExhaustedError("too many one-time keys");
  }
  return absl::OkStatus();
}

absl::StatusOr<KeyCounts> FakeDeviceKeyStore::Put(
    const matrix::UserId& user_id, absl::string_view device_id,
    const DeviceKeysUpload& upload) {
  absl::MutexLock lock(&mu_);
  const auto found = devices_.find({user_id.str(), std::string(device_id)});
  if (found == devices_.end()) return absl::NotFoundError("no such device");
  Device device = found->second;
  CAUSEWAY_RETURN_IF_ERROR(AddOneTimeKeys(upload.one_time_keys, device));
  for (const ClaimableKey& key : upload.fallback_keys) {
    device.fallback_keys[key.algorithm] = {.key = key, .is_used = false};
  }
  if (device.fallback_keys.size() > kFallbackKeysPerDeviceMax) {
    return absl::ResourceExhaustedError("too many fallback keys");
  }
  if (upload.device_keys_json.has_value() &&
      *upload.device_keys_json != device.keys_json) {
    device.keys_json = *upload.device_keys_json;
    NoteListChange(user_id.str());
  }
  device.position = log_.Add({NewsOfUser(user_id.str())});
  found->second = device;
  return Count(device);
}

absl::StatusOr<std::vector<StoredDeviceKeys>> FakeDeviceKeyStore::Find(
    const std::vector<std::string>& user_ids, size_t bytes_max) {
  absl::MutexLock lock(&mu_);
  std::vector<StoredDeviceKeys> found;
  size_t byte_count = 0;
  for (const auto& [id, device] : devices_) {
    if (device.keys_json.empty() || std::find(user_ids.begin(), user_ids.end(),
                                              id.first) == user_ids.end()) {
      continue;
    }
    byte_count += device.keys_json.size();
    if (byte_count > bytes_max) {
      return absl::ResourceExhaustedError("too many keys");
    }
    found.push_back({.user_id = id.first,
                     .device_id = id.second,
                     .display_name = "",
                     .json = device.keys_json});
  }
  return found;
}

std::optional<ClaimableKey> FakeDeviceKeyStore::Take(
    const std::string& algorithm, Device& device, bool& left_changed) {
  const auto key = std::find_if(
      device.one_time_keys.begin(), device.one_time_keys.end(),
      [&](const ClaimableKey& one) { return one.algorithm == algorithm; });
  if (key != device.one_time_keys.end()) {
    left_changed = true;
    ClaimableKey taken = *key;
    device.one_time_keys.erase(key);
    return taken;
  }
  const auto fallback = device.fallback_keys.find(algorithm);
  if (fallback == device.fallback_keys.end()) return std::nullopt;
  left_changed = !fallback->second.is_used;
  fallback->second.is_used = true;
  return fallback->second.key;
}

absl::StatusOr<std::vector<ClaimedKey>> FakeDeviceKeyStore::Claim(
    const std::vector<KeyClaim>& claims) {
  absl::MutexLock lock(&mu_);
  std::vector<ClaimedKey> claimed;
  for (const KeyClaim& claim : claims) {
    const auto found = devices_.find({claim.user_id, claim.device_id});
    if (found == devices_.end()) continue;
    bool left_changed = false;
    std::optional<ClaimableKey> key =
        Take(claim.algorithm, found->second, left_changed);
    if (left_changed) {
      found->second.position = log_.Add({NewsOfUser(claim.user_id)});
    }
    if (!key.has_value()) continue;
    claimed.push_back({claim.user_id, claim.device_id, *std::move(key)});
  }
  return claimed;
}

absl::StatusOr<std::optional<KeysLeft>> FakeDeviceKeyStore::FindLeft(
    const matrix::UserId& user_id, absl::string_view device_id) {
  absl::MutexLock lock(&mu_);
  const auto found = devices_.find({user_id.str(), std::string(device_id)});
  if (found == devices_.end() || found->second.position == 0) {
    return std::optional<KeysLeft>();
  }
  KeysLeft left = {.one_time_counts = Count(found->second),
                   .unused_fallback_algorithms = {},
                   .position = found->second.position};
  for (const auto& [algorithm, fallback] : found->second.fallback_keys) {
    if (!fallback.is_used) left.unused_fallback_algorithms.push_back(algorithm);
  }
  return std::make_optional(std::move(left));
}

absl::StatusOr<DeviceKeyStore::ListChange> FakeDeviceKeyStore::ListChanges(
    const matrix::UserId& user_id, const Window& window) {
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t now, history_.LastPosition());
  absl::MutexLock lock(&mu_);
  ListChange change;
  for (const auto& [other, position] : lists_) {
    const bool has_changed =
        position > window.updates_after && position <= window.updates_up_to;
    bool is_told = has_changed && other == user_id.str();
    CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> shared,
                              SharedSince(user_id.str(), other, now));
    for (int64_t since : shared) {
      is_told = is_told || has_changed ||
                (since > window.events_after && since <= window.events_up_to);
    }
    if (is_told) change.changed.push_back(other);
    if (!shared.empty() || other == user_id.str()) continue;
    bool has_shared = false;
    for (int64_t at = window.events_after; at < window.events_up_to; ++at) {
      CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> then,
                                SharedSince(user_id.str(), other, at));
      has_shared = has_shared || !then.empty();
    }
    if (has_shared) change.left.push_back(other);
  }
  return change;
}

absl::StatusOr<std::vector<int64_t>> FakeDeviceKeyStore::SharedSince(
    const std::string& one, const std::string& other, int64_t at) {
  std::map<std::string, int64_t> rooms_of_one;
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<RoomOfUser> rooms,
                            history_.RoomsOf(one, at, at));
  for (const RoomOfUser& room : rooms) {
    if (room.membership == Membership::kJoin) {
      rooms_of_one[room.room_id] = room.position;
    }
  }
  CAUSEWAY_ASSIGN_OR_RETURN(rooms, history_.RoomsOf(other, at, at));
  std::vector<int64_t> since;
  for (const RoomOfUser& room : rooms) {
    const auto shared = rooms_of_one.find(room.room_id);
    if (room.membership == Membership::kJoin && shared != rooms_of_one.end()) {
      since.push_back(std::max(shared->second, room.position));
    }
  }
  return since;
}

}  // namespace causeway::homeserver
