#include "services/gateway/heard_appservices.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace causeway::gateway {
namespace {

std::optional<uint64_t> ParseUid(absl::string_view uid) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(uid, &value) || value <= 0) return std::nullopt;
  return static_cast<uint64_t>(value);
}

}  // namespace

void HeardAppservices::Heard(absl::string_view text) {
  const std::optional<uint64_t> uid = ParseUid(text);
  if (!uid.has_value()) return;
  std::atomic<uint64_t>& place = places_[*uid % kUidsMax];
  uint64_t there = place.load(std::memory_order_relaxed);
  // A ping says more. Should the place change meanwhile, another will do.
  if (there / 2 == *uid) return;
  place.compare_exchange_strong(there, *uid * 2, std::memory_order_relaxed);
}

void HeardAppservices::Pinged(absl::string_view text) {
  const std::optional<uint64_t> uid = ParseUid(text);
  if (!uid.has_value()) return;
  places_[*uid % kUidsMax].store(*uid * 2 + 1, std::memory_order_relaxed);
}

push::v1::ReportSignsOfLifeRequest HeardAppservices::Take() {
  push::v1::ReportSignsOfLifeRequest request;
  for (std::atomic<uint64_t>& place : places_) {
    if (place.load(std::memory_order_relaxed) == 0) continue;
    const uint64_t taken = place.exchange(0, std::memory_order_relaxed);
    if (taken == 0) continue;
    (taken % 2 == 1 ? request.add_pinged_uids() : request.add_heard_uids())
        ->assign(absl::StrCat(taken / 2));
  }
  return request;
}

}  // namespace causeway::gateway
