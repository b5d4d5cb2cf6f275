#ifndef CAUSEWAY_SERVICES_HOMESERVER_UPDATES_FAKE_UPDATE_LOG_H_
#define CAUSEWAY_SERVICES_HOMESERVER_UPDATES_FAKE_UPDATE_LOG_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/news/news_source.h"

namespace causeway::homeserver {

// The updates' count of positions, for the fakes of the stores that share it.
//
// Thread-safe.
class FakeUpdateLog final : public NewsSource {
 public:
  // Something has changed; the position that it gets.
  int64_t Add(std::vector<NewsKey> keys) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const int64_t position = static_cast<int64_t>(news_.size()) + 1;
    news_.push_back({.position = position, .keys = std::move(keys)});
    return position;
  }

  absl::StatusOr<int64_t> LastPosition() override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return static_cast<int64_t>(news_.size());
  }

  absl::StatusOr<std::vector<News>> NewsAfter(int64_t position,
                                              int limit) override
      ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    std::vector<News> after;
    for (const News& news : news_) {
      if (news.position > position && after.size() < static_cast<size_t>(limit))
        after.push_back(news);
    }
    return after;
  }

 private:
  absl::Mutex mu_;
  std::vector<News> news_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_UPDATES_FAKE_UPDATE_LOG_H_
