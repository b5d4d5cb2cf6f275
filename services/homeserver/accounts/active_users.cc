#include "services/homeserver/accounts/active_users.h"

namespace causeway::homeserver {

bool ActiveUsers::Contains(absl::string_view user_id) const {
  const absl::Duration now = clock_.MonotonicNow();
  absl::MutexLock lock(&mu_);
  const auto found = ends_.find(user_id);
  return found != ends_.end() && now < found->second;
}

int64_t ActiveUsers::RemovalCount() const {
  absl::MutexLock lock(&mu_);
  return removal_count_;
}

void ActiveUsers::Add(absl::string_view user_id, int64_t removal_count) {
  const absl::Duration end = clock_.MonotonicNow() + kAgeMax;
  absl::MutexLock lock(&mu_);
  if (removal_count != removal_count_) return;
  if (ends_.size() >= kCountMax) ends_.clear();
  ends_.insert_or_assign(user_id, end);
}

void ActiveUsers::Remove(absl::string_view user_id) {
  absl::MutexLock lock(&mu_);
  ++removal_count_;
  ends_.erase(user_id);
}

}  // namespace causeway::homeserver
