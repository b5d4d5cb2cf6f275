#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_QUERIER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_QUERIER_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "services/homeserver/accounts/profile.h"
#include "services/homeserver/query_outcome.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/server/call_context.h"

namespace causeway::homeserver {

// What came of asking the application service whose user it is.
struct UserAnswer {
  QueryOutcome outcome = QueryOutcome::kNotFound;
  Profile profile;  // With kCreate.
};

// Asks application services about users.
//
// Thread-safe.
class UserQuerier {
 public:
  virtual ~UserQuerier() = default;

  // Holds no thread while it waits. `caused_by_appservice_uid` is that of
  // QueryUserRequest. UNAVAILABLE or DEADLINE_EXCEEDED when the query could
  // not be made within the deadline of `call`; RESOURCE_EXHAUSTED
  // (M_LIMIT_EXCEEDED) when too many are under way.
  virtual boost::asio::awaitable<absl::StatusOr<UserAnswer>> QueryUser(
      matrix::UserId user_id, std::string caused_by_appservice_uid,
      server::CallContext call) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_QUERIER_H_
