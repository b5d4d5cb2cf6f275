#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_QUERIER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_QUERIER_H_

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/accounts/user_querier.h"

namespace causeway::homeserver {

// A UserQuerier for tests: answers what it is told to.
//
// Thread-safe.
class FakeUserQuerier final : public UserQuerier {
 public:
  struct Query {
    std::string user_id;
    std::string caused_by_appservice_uid;

    friend bool operator==(const Query&, const Query&) = default;
  };

  boost::asio::awaitable<absl::StatusOr<UserAnswer>> QueryUser(
      matrix::UserId user_id, std::string caused_by_appservice_uid,
      server::CallContext) ABSL_LOCKS_EXCLUDED(mu_) override {
    const auto meanwhile =
        Asked({user_id.str(), std::move(caused_by_appservice_uid)});
    if (meanwhile) meanwhile();
    absl::MutexLock lock(&mu_);
    co_return answer_;
  }

  void set_answer(absl::StatusOr<UserAnswer> answer) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    answer_ = std::move(answer);
  }
  // What the application service does while it is asked. May be empty.
  void set_meanwhile(std::function<void()> meanwhile) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    meanwhile_ = std::move(meanwhile);
  }
  std::vector<Query> queries() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return queries_;
  }

 private:
  std::function<void()> Asked(Query query) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    queries_.push_back(std::move(query));
    return meanwhile_;
  }

  mutable absl::Mutex mu_;
  absl::StatusOr<UserAnswer> answer_ ABSL_GUARDED_BY(mu_) = UserAnswer();
  std::function<void()> meanwhile_ ABSL_GUARDED_BY(mu_);
  std::vector<Query> queries_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_QUERIER_H_
