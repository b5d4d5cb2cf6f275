#include "services/gateway/http/byte_budget.h"

namespace causeway::gateway {

ByteBudget::Lease& ByteBudget::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  if (budget_ != nullptr) budget_->GiveBack(bytes_);
  budget_ = std::exchange(other.budget_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

ByteBudget::Lease::~Lease() {
  if (budget_ != nullptr) budget_->GiveBack(bytes_);
}

bool ByteBudget::Lease::GrowTo(size_t bytes) {
  if (bytes <= bytes_) return true;
  if (budget_ == nullptr || !budget_->Take(bytes - bytes_)) return false;
  bytes_ = bytes;
  return true;
}

bool ByteBudget::Take(size_t bytes) {
  absl::MutexLock lock(&mu_);
  if (bytes > bytes_max_ - taken_bytes_) return false;
  taken_bytes_ += bytes;
  return true;
}

void ByteBudget::GiveBack(size_t bytes) {
  absl::MutexLock lock(&mu_);
  taken_bytes_ -= bytes;
}

}  // namespace causeway::gateway
