#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ALIAS_QUERIER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ALIAS_QUERIER_H_

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/rooms/alias_querier.h"

namespace causeway::homeserver {

// An AliasQuerier for tests: answers what it is told to.
//
// Thread-compatible.
class FakeAliasQuerier final : public AliasQuerier {
 public:
  boost::asio::awaitable<absl::StatusOr<AliasAnswer>> QueryAlias(
      matrix::RoomAlias alias, std::string, server::CallContext) override {
    queries.push_back(alias.str());
    if (meanwhile) co_await meanwhile();
    co_return answer;
  }

  absl::StatusOr<AliasAnswer> answer = AliasAnswer();
  // What the application service does while it is asked. May be empty.
  std::function<boost::asio::awaitable<void>()> meanwhile;
  std::vector<std::string> queries;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ALIAS_QUERIER_H_
