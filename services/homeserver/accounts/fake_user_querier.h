#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_QUERIER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_QUERIER_H_

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/accounts/user_querier.h"

namespace causeway::homeserver {

// A UserQuerier for tests: answers what it is told to.
//
// Thread-compatible.
class FakeUserQuerier final : public UserQuerier {
 public:
  struct Query {
    std::string user_id;
    std::string caused_by_appservice_uid;

    friend bool operator==(const Query&, const Query&) = default;
  };

  boost::asio::awaitable<absl::StatusOr<UserAnswer>> QueryUser(
      matrix::UserId user_id, std::string caused_by_appservice_uid,
      server::CallContext) override {
    queries.push_back({user_id.str(), std::move(caused_by_appservice_uid)});
    if (meanwhile) meanwhile();
    co_return answer;
  }

  absl::StatusOr<UserAnswer> answer = UserAnswer();
  // What the application service does while it is asked. May be empty.
  std::function<void()> meanwhile;
  std::vector<Query> queries;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_QUERIER_H_
