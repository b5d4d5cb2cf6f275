#include "services/homeserver/news/news_waiters.h"

#include <algorithm>

#include "absl/time/time.h"
#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {
namespace {

constexpr absl::Duration kTooManyRetryAfter = absl::Seconds(1);

}  // namespace

NewsWaiters::NewsWaiters(Options options) : options_(options) {}

NewsWaiters::Moment NewsWaiters::Now() const {
  absl::MutexLock lock(&mu_);
  return now_;
}

absl::StatusOr<NewsWaiters::WaiterId> NewsWaiters::NotifyOnce(
    Interest interest, std::function<void()> news) {
  std::sort(interest.keys.begin(), interest.keys.end());
  {
    absl::MutexLock lock(&mu_);
    if (!draining_ && !MayHaveMissed(interest)) {
      if (waiters_.size() >= options_.waiters_max) {
        return matrix::LimitExceeded("too many clients wait for news",
                                     kTooManyRetryAfter);
      }
      const WaiterId id = next_waiter_++;
      for (NewsKey key : interest.keys) by_key_[key].insert(id);
      waiters_[id] = {std::move(interest.keys), std::move(news)};
      return id;
    }
  }
  news();
  return WaiterId{0};
}

bool NewsWaiters::MayHaveMissed(const Interest& interest) const {
  if (interest.since < remembered_since_) return true;
  return std::any_of(
      recent_.rbegin(),
      std::find_if(
          recent_.rbegin(), recent_.rend(),
          [&](const auto& piece) { return piece.first <= interest.since; }),
      [&](const auto& piece) {
        return std::binary_search(interest.keys.begin(), interest.keys.end(),
                                  piece.second);
      });
}

void NewsWaiters::Forget(WaiterId waiter) {
  absl::MutexLock lock(&mu_);
  Remove(waiter);
}

void NewsWaiters::Tell(absl::Span<const NewsKey> keys) { Call(Announce(keys)); }

std::vector<NewsWaiters::WaiterId> NewsWaiters::Announce(
    absl::Span<const NewsKey> keys) {
  absl::flat_hash_set<WaiterId> waiting;
  absl::MutexLock lock(&mu_);
  ++now_;
  for (NewsKey key : keys) {
    recent_.emplace_back(now_, key);
    auto found = by_key_.find(key);
    if (found == by_key_.end()) continue;
    waiting.insert(found->second.begin(), found->second.end());
  }
  while (recent_.size() > options_.recent_max) {
    remembered_since_ = recent_.front().first;
    recent_.pop_front();
  }
  return {waiting.begin(), waiting.end()};
}

void NewsWaiters::Call(absl::Span<const WaiterId> waiters) {
  Calls calls;
  {
    absl::MutexLock lock(&mu_);
    for (WaiterId id : waiters) {
      auto found = waiters_.find(id);
      if (found == waiters_.end()) continue;
      calls.push_back(std::move(found->second.news));
      Remove(id);
    }
  }
  for (std::function<void()>& call : calls) call();
}

void NewsWaiters::TellAll() {
  Calls calls;
  {
    absl::MutexLock lock(&mu_);
    remembered_since_ = ++now_;
    recent_.clear();
    calls = TakeAll();
  }
  for (std::function<void()>& call : calls) call();
}

void NewsWaiters::Drain() {
  Calls calls;
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
    calls = TakeAll();
  }
  for (std::function<void()>& call : calls) call();
}

bool NewsWaiters::draining() const {
  absl::MutexLock lock(&mu_);
  return draining_;
}

NewsWaiters::Calls NewsWaiters::TakeAll() {
  Calls calls;
  for (auto& [id, waiter] : waiters_) calls.push_back(std::move(waiter.news));
  waiters_.clear();
  by_key_.clear();
  return calls;
}

void NewsWaiters::Remove(WaiterId waiter) {
  auto found = waiters_.find(waiter);
  if (found == waiters_.end()) return;
  for (NewsKey key : found->second.keys) {
    auto waiting = by_key_.find(key);
    if (waiting == by_key_.end()) continue;
    waiting->second.erase(waiter);
    if (waiting->second.empty()) by_key_.erase(waiting);
  }
  waiters_.erase(found);
}

}  // namespace causeway::homeserver
