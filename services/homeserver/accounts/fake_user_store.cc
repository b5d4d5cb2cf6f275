#include "services/homeserver/accounts/fake_user_store.h"

#include <algorithm>
#include <utility>

namespace causeway::homeserver {

absl::Status FakeUserStore::CreateUser(
    const StoredUser& user, const std::optional<StoredDevice>& device,
    absl::Time) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  if (!users_.try_emplace(user.user_id.str(), user).second) {
    return absl::AlreadyExistsError("users_pkey");
  }
  if (device.has_value()) PutDeviceLocked(*device);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<StoredUser>> FakeUserStore::FindUser(
    const matrix::UserId& user_id) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  auto found = users_.find(user_id.str());
  if (found == users_.end()) return std::optional<StoredUser>();
  return std::optional<StoredUser>(found->second);
}

absl::StatusOr<Profile> FakeUserStore::ChangeProfile(
    const matrix::UserId& user_id, const Profile& changes) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  auto found = users_.find(user_id.str());
  if (found == users_.end()) return absl::NotFoundError("no such user");
  Profile& profile = found->second.profile;
  profile = WithChanges(std::move(profile), changes);
  return profile;
}

absl::Status FakeUserStore::PutDevice(const StoredDevice& device, absl::Time) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  if (!users_.contains(device.user_id.str())) {
    return absl::NotFoundError("no such user");
  }
  PutDeviceLocked(device);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<StoredDevice>> FakeUserStore::FindToken(
    absl::string_view access_token_sha256) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  for (const StoredDevice& device : devices_) {
    if (device.access_token_sha256 != access_token_sha256) continue;
    StoredDevice found = device;
    found.display_name.clear();
    return std::optional<StoredDevice>(std::move(found));
  }
  return std::optional<StoredDevice>();
}

absl::Status FakeUserStore::DeleteDevice(
    absl::string_view access_token_sha256) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  std::erase_if(devices_, [&](const StoredDevice& device) {
    return device.access_token_sha256 == access_token_sha256;
  });
  return absl::OkStatus();
}

absl::Status FakeUserStore::DeleteAllDevices(const matrix::UserId& user_id) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  std::erase_if(devices_, [&](const StoredDevice& device) {
    return device.user_id == user_id;
  });
  return absl::OkStatus();
}

void FakeUserStore::FailWith(absl::Status status) {
  absl::MutexLock lock(&mu_);
  failure_ = std::move(status);
}

void FakeUserStore::PutDeviceLocked(const StoredDevice& device) {
  for (StoredDevice& known : devices_) {
    if (known.user_id == device.user_id &&
        known.device_id == device.device_id) {
      known.access_token_sha256 = device.access_token_sha256;
      return;
    }
  }
  devices_.push_back(device);
}

}  // namespace causeway::homeserver
