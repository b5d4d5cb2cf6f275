#include "services/shared/appservice_client/answer_budget.h"

#include <cstddef>
#include <string>

#include "absl/synchronization/mutex.h"

namespace causeway::appservice_client {

bool AnswerBudget::Share::Grow(size_t bytes) {
  if (!budget_->Take(appservice_uid_, bytes)) return false;
  bytes_ += bytes;
  return true;
}

bool AnswerBudget::Take(const std::string& appservice_uid, size_t bytes) {
  absl::MutexLock lock(&mu_);
  const auto found = by_appservice_.find(appservice_uid);
  const size_t its_bytes = found == by_appservice_.end() ? 0 : found->second;
  if (bytes > options_.bytes_max - bytes_ ||
      bytes > options_.per_appservice_bytes_max - its_bytes) {
    return false;
  }
  bytes_ += bytes;
  by_appservice_[appservice_uid] = its_bytes + bytes;
  return true;
}

void AnswerBudget::Return(const std::string& appservice_uid, size_t bytes) {
  if (bytes == 0) return;
  absl::MutexLock lock(&mu_);
  bytes_ -= bytes;
  const auto found = by_appservice_.find(appservice_uid);
  found->second -= bytes;
  if (found->second == 0) by_appservice_.erase(found);
}

}  // namespace causeway::appservice_client
