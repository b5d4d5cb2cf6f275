#include "services/gateway/token_buckets.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace causeway::gateway {

TokenBuckets::TokenBuckets(Options options) : options_(options) {}

absl::Duration TokenBuckets::Take(absl::string_view name, absl::Duration now) {
  if (options_.per_second <= 0) return absl::ZeroDuration();
  absl::MutexLock lock(&mu_);
  Bucket& bucket = Touch(name, now);
  const double gained =
      absl::ToDoubleSeconds(std::max(now - bucket.time, absl::ZeroDuration())) *
      options_.per_second;
  bucket.tokens =
      std::min(bucket.tokens + gained, static_cast<double>(options_.burst));
  bucket.time = std::max(bucket.time, now);  // Threads may overtake.
  if (bucket.tokens < 1) {
    return absl::Seconds((1 - bucket.tokens) / options_.per_second);
  }
  bucket.tokens -= 1;
  return absl::ZeroDuration();
}

TokenBuckets::Bucket& TokenBuckets::Touch(absl::string_view name,
                                          absl::Duration now) {
  const size_t name_hash = absl::HashOf(name);
  if (auto found = by_name_hash_.find(name_hash);
      found != by_name_hash_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
    return buckets_.front();
  }
  if (buckets_.size() >= static_cast<size_t>(options_.names_max)) {
    by_name_hash_.erase(buckets_.back().name_hash);
    buckets_.pop_back();
  }
  buckets_.push_front({.name_hash = name_hash,
                       .tokens = static_cast<double>(options_.burst),
                       .time = now});
  by_name_hash_[name_hash] = buckets_.begin();
  return buckets_.front();
}

}  // namespace causeway::gateway
