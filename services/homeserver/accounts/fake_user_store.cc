#include "services/homeserver/accounts/fake_user_store.h"

#include <algorithm>
#include <utility>

#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

absl::Status FakeUserStore::CreateUser(
    const StoredUser& user, const std::optional<StoredDevice>& device,
    absl::Time create_time) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  User created{.stored = user,
               .create_time = create_time,
               .deactivate_time = std::nullopt};
  if (!users_.try_emplace(user.user_id.str(), std::move(created)).second) {
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
  return std::optional<StoredUser>(found->second.stored);
}

absl::StatusOr<UserStanding> FakeUserStore::FindStanding(
    const matrix::UserId& user_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredUser> user, FindUser(user_id));
  if (!user.has_value()) return UserStanding::kNone;
  return user->is_deactivated ? UserStanding::kDeactivated
                              : UserStanding::kActive;
}

absl::StatusOr<Profile> FakeUserStore::ChangeProfile(
    const matrix::UserId& user_id, const Profile& changes) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  User* user = FindActive(user_id);
  if (user == nullptr) return absl::NotFoundError("no such user");
  Profile& profile = user->stored.profile;
  profile = WithChanges(std::move(profile), changes);
  return profile;
}

absl::Status FakeUserStore::SetPassword(
    const matrix::UserId& user_id, absl::string_view password_hash,
    const std::optional<std::string>& kept_device_id) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  User* user = FindActive(user_id);
  if (user == nullptr) return absl::NotFoundError("no such user");
  user->stored.password_hash = std::string(password_hash);
  if (!kept_device_id.has_value()) return absl::OkStatus();
  std::erase_if(devices_, [&](const StoredDevice& device) {
    return device.user_id == user_id && device.device_id != *kept_device_id;
  });
  return absl::OkStatus();
}

absl::Status FakeUserStore::Deactivate(const matrix::UserId& user_id,
                                       absl::Time deactivate_time) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  auto found = users_.find(user_id.str());
  if (found == users_.end()) return absl::NotFoundError("no such user");
  User& user = found->second;
  if (user.deactivate_time.has_value()) return absl::OkStatus();
  user.deactivate_time = deactivate_time;
  user.stored.is_deactivated = true;
  user.stored.password_hash.clear();
  user.stored.profile = {};
  std::erase_if(devices_, [&](const StoredDevice& device) {
    return device.user_id == user_id;
  });
  return absl::OkStatus();
}

absl::StatusOr<std::vector<UserSummary>> FakeUserStore::ListUsers(
    absl::string_view after, int limit) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  std::vector<UserSummary> summaries;
  for (auto it = users_.upper_bound(std::string(after));
       it != users_.end() && summaries.size() < static_cast<size_t>(limit);
       ++it) {
    const User& user = it->second;
    summaries.push_back(
        {.user_id = it->first,
         .has_password = !user.stored.password_hash.empty(),
         .display_name = user.stored.profile.display_name.value_or(""),
         .create_time = user.create_time,
         .deactivate_time = user.deactivate_time});
  }
  return summaries;
}

absl::Status FakeUserStore::PutDevice(const StoredDevice& device, absl::Time) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  if (FindActive(device.user_id) == nullptr) {
    return absl::NotFoundError("no such user");
  }
  const auto count = std::count_if(devices_.begin(), devices_.end(),
                                   [&](const StoredDevice& other) {
                                     return other.user_id == device.user_id;
                                   });
  if (FindDeviceLocked(device.user_id, device.device_id) == nullptr &&
      static_cast<size_t>(count) >= kDevicesPerUserMax) {
    return absl::ResourceExhaustedError("too many devices");
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

absl::StatusOr<std::vector<StoredDevice>> FakeUserStore::ListDevices(
    const matrix::UserId& user_id) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  std::vector<StoredDevice> listed;
  for (const StoredDevice& device : devices_) {
    if (device.user_id != user_id) continue;
    listed.push_back(device);
    listed.back().access_token_sha256.clear();
    listed.back().origin.reset();
  }
  std::sort(listed.begin(), listed.end(),
            [](const StoredDevice& a, const StoredDevice& b) {
              return a.device_id < b.device_id;
            });
  return listed;
}

absl::StatusOr<std::optional<StoredDevice>> FakeUserStore::FindDevice(
    const matrix::UserId& user_id, absl::string_view device_id) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  const StoredDevice* device = FindDeviceLocked(user_id, device_id);
  if (device == nullptr) return std::optional<StoredDevice>();
  StoredDevice found = *device;
  found.is_persons =
      !device->access_token_sha256.empty() && !device->origin.has_value();
  found.access_token_sha256.clear();
  found.origin.reset();
  return std::optional<StoredDevice>(std::move(found));
}

absl::Status FakeUserStore::RenameDevice(const matrix::UserId& user_id,
                                         absl::string_view device_id,
                                         absl::string_view display_name) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  StoredDevice* device = FindDeviceLocked(user_id, device_id);
  if (device == nullptr) return absl::NotFoundError("no such device");
  device->display_name = std::string(display_name);
  return absl::OkStatus();
}

absl::Status FakeUserStore::DeleteDevices(
    const matrix::UserId& user_id, const std::vector<std::string>& device_ids) {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  std::erase_if(devices_, [&](const StoredDevice& device) {
    return device.user_id == user_id &&
           std::find(device_ids.begin(), device_ids.end(), device.device_id) !=
               device_ids.end();
  });
  return absl::OkStatus();
}

void FakeUserStore::FailWith(absl::Status status) {
  absl::MutexLock lock(&mu_);
  failure_ = std::move(status);
}

FakeUserStore::User* FakeUserStore::FindActive(const matrix::UserId& user_id) {
  auto found = users_.find(user_id.str());
  if (found == users_.end() || found->second.stored.is_deactivated) {
    return nullptr;
  }
  return &found->second;
}

StoredDevice* FakeUserStore::FindDeviceLocked(const matrix::UserId& user_id,
                                              absl::string_view device_id) {
  for (StoredDevice& device : devices_) {
    if (device.user_id == user_id && device.device_id == device_id) {
      return &device;
    }
  }
  return nullptr;
}

void FakeUserStore::PutDeviceLocked(const StoredDevice& device) {
  if (StoredDevice* known =
          FindDeviceLocked(device.user_id, device.device_id)) {
    known->access_token_sha256 = device.access_token_sha256;
    known->origin = device.origin;
    return;
  }
  devices_.push_back(device);
}

}  // namespace causeway::homeserver
