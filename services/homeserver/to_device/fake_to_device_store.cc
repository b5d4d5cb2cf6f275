#include "services/homeserver/to_device/fake_to_device_store.h"

#include "services/homeserver/news/news_key.h"

namespace causeway::homeserver {

void FakeToDeviceStore::AddDevice(const std::string& user_id,
                                  const std::string& device_id) {
  absl::MutexLock lock(&mu_);
  devices_[{user_id, device_id}];
}

std::vector<std::string> FakeToDeviceStore::published() const {
  absl::MutexLock lock(&mu_);
  return published_;
}

absl::StatusOr<bool> FakeToDeviceStore::Send(
    const ToDeviceTxn& txn, const std::vector<MessageToDevice>& messages,
    const std::vector<std::string>& for_appservices) {
  absl::MutexLock lock(&mu_);
  if (!sent_.insert({txn.scope, txn.type, txn.txn_id}).second) return false;
  published_.insert(published_.end(), for_appservices.begin(),
                    for_appservices.end());
  for (const MessageToDevice& message : messages) {
    for (auto& [device, waiting] : devices_) {
      if (device.first != message.user_id.str() ||
          (message.device_id != kAllDevices &&
           message.device_id != device.second)) {
        continue;
      }
      waiting[log_.Add({NewsOfUser(device.first)})] = message.json;
      if (waiting.size() > kMessagesPerDeviceMax) {
        waiting.erase(waiting.begin());
      }
    }
  }
  return true;
}

absl::StatusOr<ToDeviceStore::Page> FakeToDeviceStore::Receive(
    const matrix::UserId& user_id, absl::string_view device_id,
    int64_t acknowledged, int64_t up_to, int limit) {
  absl::MutexLock lock(&mu_);
  Page page = {.jsons = {}, .position = up_to};
  auto found = devices_.find({user_id.str(), std::string(device_id)});
  if (found == devices_.end()) return page;
  std::map<int64_t, std::string>& waiting = found->second;
  waiting.erase(waiting.begin(), waiting.upper_bound(acknowledged));
  int64_t last = 0;
  for (const auto& [position, json] : waiting) {
    if (position > up_to) break;
    if (page.jsons.size() == static_cast<size_t>(limit)) {
      page.position = last;
      break;
    }
    page.jsons.push_back(json);
    last = position;
  }
  return page;
}

}  // namespace causeway::homeserver
