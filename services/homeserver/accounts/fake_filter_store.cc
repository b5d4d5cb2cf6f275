#include "services/homeserver/accounts/fake_filter_store.h"

namespace causeway::homeserver {

void FakeFilterStore::AddUser(const matrix::UserId& user_id) {
  absl::MutexLock lock(&mu_);
  filters_.try_emplace(user_id.str());
}

absl::Status FakeFilterStore::PutFilter(const matrix::UserId& user_id,
                                        absl::string_view filter_id,
                                        absl::string_view filter_json,
                                        absl::Time) {
  absl::MutexLock lock(&mu_);
  auto user = filters_.find(user_id.str());
  if (user == filters_.end()) return absl::NotFoundError("no such user");
  auto& filters = user->second;
  if (filters.count(std::string(filter_id)) > 0) return absl::OkStatus();
  if (filters.size() >= kFiltersPerUserMax) {
    return absl::ResourceExhaustedError("too many filters");
  }
  filters.emplace(filter_id, filter_json);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> FakeFilterStore::FindFilter(
    const matrix::UserId& user_id, absl::string_view filter_id) {
  absl::MutexLock lock(&mu_);
  auto user = filters_.find(user_id.str());
  if (user == filters_.end()) return std::optional<std::string>();
  auto filter = user->second.find(std::string(filter_id));
  if (filter == user->second.end()) return std::optional<std::string>();
  return std::optional<std::string>(filter->second);
}

}  // namespace causeway::homeserver
