#include "services/homeserver/news/stream_follower.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace causeway::homeserver {
namespace {

constexpr int kReadMax = 1000;

}  // namespace

StreamFollower::StreamFollower(Options options, NewsSource& source,
                               NewsWaiters& waiters)
    : options_(options),
      source_(source),
      waiters_(waiters),
      thread_([this] { Run(); }) {}

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

void StreamFollower::Run() {
  FindEnd();
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
    if (!position_.has_value()) FindEnd();
    while (ReadOn()) {
    }
  }
}

void StreamFollower::FindEnd() {
  absl::StatusOr<int64_t> last = source_.LastPosition();
  if (!last.ok()) return;
  position_ = *last;
  waiters_.TellAll();  // Who waits may have begun before that.
}

bool StreamFollower::ReadOn() {
  if (!position_.has_value()) return false;
  absl::StatusOr<std::vector<NewsSource::News>> news =
      source_.NewsAfter(*position_, kReadMax);
  if (!news.ok() || news->empty()) return false;
  std::vector<NewsKey> keys;
  for (const NewsSource::News& piece : *news) {
    keys.insert(keys.end(), piece.keys.begin(), piece.keys.end());
  }
  position_ = news->back().position;
  waiters_.Tell(keys);
  return news->size() == static_cast<size_t>(kReadMax);
}

}  // namespace causeway::homeserver
