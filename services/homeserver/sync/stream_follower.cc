#include "services/homeserver/sync/stream_follower.h"

#include <utility>

#include "absl/status/status.h"
#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {
namespace {

constexpr int kReadMax = 1000;
constexpr absl::Duration kTooManyRetryAfter = absl::Seconds(1);

}  // namespace

StreamFollower::StreamFollower(Options options, RoomHistory& history)
    : options_(options), history_(history), thread_([this] { Run(); }) {}

StreamFollower::~StreamFollower() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

void StreamFollower::Wake() {
  absl::MutexLock lock(&mu_);
  woken_ = true;
}

absl::StatusOr<StreamFollower::WaiterId> StreamFollower::NotifyOnce(
    const Interest& interest, std::function<void()> news) {
  {
    absl::MutexLock lock(&mu_);
    // What has been read in the meantime woke nobody who came too late.
    if (!draining_ && position_ <= interest.position) {
      if (waiters_.size() >= options_.waiters_max) {
        return matrix::LimitExceeded("too many clients wait for news",
                                     kTooManyRetryAfter);
      }
      const WaiterId id = next_waiter_++;
      for (const std::string& room_id : interest.room_ids) {
        by_room_[room_id].insert(id);
      }
      by_user_[interest.user_id].insert(id);
      waiters_[id] = {interest, std::move(news)};
      return id;
    }
  }
  news();
  return WaiterId{0};
}

void StreamFollower::Forget(WaiterId waiter) {
  absl::MutexLock lock(&mu_);
  Remove(waiter);
}

void StreamFollower::Drain() {
  News news;
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
    for (auto& [id, waiter] : waiters_) news.push_back(std::move(waiter.news));
    waiters_.clear();
    by_room_.clear();
    by_user_.clear();
  }
  for (std::function<void()>& call : news) call();
}

bool StreamFollower::draining() const {
  absl::MutexLock lock(&mu_);
  return draining_;
}

void StreamFollower::Run() {
  bool end_known = FindEnd();
  for (;;) {
    {
      absl::MutexLock lock(&mu_);
      auto to_do = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return woken_ || stopping_;
      };
      mu_.AwaitWithTimeout(absl::Condition(&to_do), options_.poll_interval);
      if (stopping_) return;
      woken_ = false;
    }
    if (!end_known) end_known = FindEnd();
    while (end_known && ReadOn()) {
    }
  }
}

bool StreamFollower::FindEnd() {
  absl::StatusOr<int64_t> last = history_.LastPosition();
  if (!last.ok()) return false;
  News news;
  {
    absl::MutexLock lock(&mu_);
    position_ = *last;
    absl::flat_hash_set<WaiterId> late;
    for (const auto& [id, waiter] : waiters_) {
      if (waiter.interest.position < *last) late.insert(id);
    }
    TakeWaitersOf(late, news);
  }
  for (std::function<void()>& call : news) call();
  return true;
}

bool StreamFollower::ReadOn() {
  int64_t position;
  {
    absl::MutexLock lock(&mu_);
    position = position_;
  }
  absl::StatusOr<std::vector<RoomHistory::Touched>> touched =
      history_.TouchedAfter(position, kReadMax);
  if (!touched.ok() || touched->empty()) return false;
  News news;
  {
    absl::MutexLock lock(&mu_);
    TakeWaitersOf(WaitersFor(*touched), news);
    position_ = touched->back().position;
  }
  for (std::function<void()>& call : news) call();
  return touched->size() == static_cast<size_t>(kReadMax);
}

absl::flat_hash_set<StreamFollower::WaiterId> StreamFollower::WaitersFor(
    const std::vector<RoomHistory::Touched>& touched) const {
  absl::flat_hash_set<WaiterId> ids;
  for (const RoomHistory::Touched& record : touched) {
    auto in_room = by_room_.find(record.room_id);
    if (in_room != by_room_.end()) {
      ids.insert(in_room->second.begin(), in_room->second.end());
    }
    auto of_user = by_user_.find(record.member);
    if (of_user != by_user_.end()) {
      ids.insert(of_user->second.begin(), of_user->second.end());
    }
  }
  return ids;
}

void StreamFollower::TakeWaitersOf(const absl::flat_hash_set<WaiterId>& ids,
                                   News& news) {
  for (WaiterId id : ids) {
    news.push_back(std::move(waiters_.at(id).news));
    Remove(id);
  }
}

void StreamFollower::Remove(WaiterId waiter) {
  auto found = waiters_.find(waiter);
  if (found == waiters_.end()) return;
  const Interest& interest = found->second.interest;
  for (const std::string& room_id : interest.room_ids) {
    auto in_room = by_room_.find(room_id);
    if (in_room == by_room_.end()) continue;
    in_room->second.erase(waiter);
    if (in_room->second.empty()) by_room_.erase(in_room);
  }
  auto of_user = by_user_.find(interest.user_id);
  if (of_user != by_user_.end()) {
    of_user->second.erase(waiter);
    if (of_user->second.empty()) by_user_.erase(of_user);
  }
  waiters_.erase(found);
}

}  // namespace causeway::homeserver
