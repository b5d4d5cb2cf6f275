#include "services/homeserver/ephemeral/fake_receipt_store.h"

#include <algorithm>

#include "services/homeserver/news/news_key.h"

namespace causeway::homeserver {
namespace {

bool IsOfSame(const Receipt& a, const Receipt& b) {
  return a.room_id == b.room_id && a.user_id == b.user_id && a.type == b.type;
}

}  // namespace

absl::StatusOr<bool> FakeReceiptStore::Put(const Receipt& receipt) {
  absl::MutexLock lock(&mu_);
  auto standing =
      std::find_if(receipts_.begin(), receipts_.end(), [&](const auto& entry) {
        return IsOfSame(entry.second, receipt) &&
               entry.second.thread_id == receipt.thread_id;
      });
  if (standing != receipts_.end()) {
    if (standing->second.event_position >= receipt.event_position) return false;
    receipts_.erase(standing);
  }
  const NewsKey key = receipt.type == kReadPrivateType
                          ? NewsOfUser(receipt.user_id)
                          : NewsOfRoom(receipt.room_id);
  receipts_.emplace_back(log_.Add({key}), receipt);
  if (receipt.thread_id.empty()) return true;
  auto is_thread = [&](const auto& entry) {
    return IsOfSame(entry.second, receipt) && !entry.second.thread_id.empty();
  };
  if (std::count_if(receipts_.begin(), receipts_.end(), is_thread) >
      kReceiptThreadsMax) {
    receipts_.erase(
        std::find_if(receipts_.begin(), receipts_.end(), is_thread));
  }
  return true;
}

absl::StatusOr<std::vector<Receipt>> FakeReceiptStore::ListAfter(
    const std::vector<std::string>& room_ids, const matrix::UserId& viewer,
    int64_t after, int64_t up_to, int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<Receipt> list;
  for (const auto& [position, receipt] : receipts_) {
    const bool is_wanted =
        std::find(room_ids.begin(), room_ids.end(), receipt.room_id) !=
            room_ids.end() &&
        position > after && position <= up_to &&
        (receipt.type != kReadPrivateType || receipt.user_id == viewer.str());
    if (is_wanted) list.push_back(receipt);
  }
  if (list.size() > static_cast<size_t>(limit)) {
    list.erase(list.begin(), list.end() - limit);
  }
  return list;
}

}  // namespace causeway::homeserver
