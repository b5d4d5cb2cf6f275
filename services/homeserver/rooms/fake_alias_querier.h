#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ALIAS_QUERIER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ALIAS_QUERIER_H_

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/rooms/alias_querier.h"

namespace causeway::homeserver {

// An AliasQuerier for tests: answers what it is told to.
//
// Thread-safe.
class FakeAliasQuerier final : public AliasQuerier {
 public:
  // What the application service does while it is asked.
  using Meanwhile = std::function<boost::asio::awaitable<void>()>;

  boost::asio::awaitable<absl::StatusOr<AliasAnswer>> QueryAlias(
      matrix::RoomAlias alias, std::string, server::CallContext)
      ABSL_LOCKS_EXCLUDED(mu_) override {
    const Meanwhile meanwhile = Asked(alias.str());
    if (meanwhile) co_await meanwhile();
    absl::MutexLock lock(&mu_);
    co_return answer_;
  }

  void set_answer(absl::StatusOr<AliasAnswer> answer) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    answer_ = std::move(answer);
  }
  // `meanwhile` may be empty.
  void set_meanwhile(Meanwhile meanwhile) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    meanwhile_ = std::move(meanwhile);
  }
  std::vector<std::string> queries() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return queries_;
  }

 private:
  Meanwhile Asked(std::string alias) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    queries_.push_back(std::move(alias));
    return meanwhile_;
  }

  mutable absl::Mutex mu_;
  absl::StatusOr<AliasAnswer> answer_ ABSL_GUARDED_BY(mu_) = AliasAnswer();
  Meanwhile meanwhile_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> queries_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ALIAS_QUERIER_H_
