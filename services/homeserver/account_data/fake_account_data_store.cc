#include "services/homeserver/account_data/fake_account_data_store.h"

#include "absl/strings/match.h"
#include "services/homeserver/news/news_key.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

absl::Status FakeAccountDataStore::Put(const matrix::UserId& user_id,
                                       const AccountDataPlace& place,
                                       Change change) {
  absl::MutexLock lock(&mu_);
  if (absl::StartsWith(user_id.str(), "@nobody")) {
    return absl::NotFoundError("no such user");
  }
  std::map<AccountDataPlace, Kept>& all = by_user_[user_id.str()];
  std::optional<std::string> before;
  size_t other_bytes = 0;
  size_t other_count = 0;
  for (const auto& [at, kept] : all) {
    if (at == place) {
      before = kept.content_json;
    } else {
      ++other_count;
      other_bytes += kept.content_json.size();
    }
  }
  CAUSEWAY_ASSIGN_OR_RETURN(std::string content, change(before));
  if (other_count >= kAccountDataPerUserMax ||
      other_bytes + content.size() > kAccountDataBytesPerUserMax) {
    return absl::ResourceExhaustedError("too much account data");
  }
  all[place] = {std::move(content), log_.Add({NewsOfUser(user_id.str())})};
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> FakeAccountDataStore::Find(
    const matrix::UserId& user_id, const AccountDataPlace& place) {
  absl::MutexLock lock(&mu_);
  const auto& all = by_user_[user_id.str()];
  auto found = all.find(place);
  if (found == all.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second.content_json);
}

absl::StatusOr<std::vector<AccountData>> FakeAccountDataStore::ListAfter(
    const matrix::UserId& user_id, int64_t after, int64_t up_to) {
  absl::MutexLock lock(&mu_);
  std::map<int64_t, AccountData> by_position;
  for (const auto& [place, kept] : by_user_[user_id.str()]) {
    if (kept.position > after && kept.position <= up_to) {
      by_position[kept.position] = {place, kept.content_json};
    }
  }
  std::vector<AccountData> list;
  for (auto& [position, data] : by_position) list.push_back(std::move(data));
  return list;
}

}  // namespace causeway::homeserver
