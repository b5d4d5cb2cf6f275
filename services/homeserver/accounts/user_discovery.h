#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_DISCOVERY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_DISCOVERY_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/user_querier.h"
#include "services/homeserver/authorization.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"

namespace causeway::homeserver {

// Finds users that this server doesn't know yet but an application service
// does: asks the one whose namespace it is, and creates what it vouches for.
// Source: https://spec.matrix.org/v1.17/application-service-api/#querying
//
// No thread and no database connection is held while the application service
// thinks, since it may call us in the middle of that, and those calls may ask
// the next question. An application service is not asked about a user that it
// is just registering: RegisterUser never comes here.
//
// Thread-safe. The store is called on the coroutine's executor, which must be
// one whose threads may block.
class UserDiscovery {
 public:
  // The arguments must outlive the discovery.
  UserDiscovery(Accounts& accounts,
                const registry_watch::LatestSnapshot& registry,
                UserQuerier& querier, matrix::ServerName server_name);

  // Returns OK when the user exists, afterwards at the latest.
  // `caused_by_appservice_uid` is ActingUser::appservice_uid of whoever asks.
  // NOT_FOUND (M_NOT_FOUND): it is nobody, or of another server.
  // PERMISSION_DENIED (M_USER_DEACTIVATED): it is nobody any more.
  // DEADLINE_EXCEEDED (M_CONNECTION_TIMEOUT): the application service did not
  // answer, so that nobody knows. UNAVAILABLE: the database is away, or the
  // registry was not heard of yet.
  boost::asio::awaitable<absl::Status> EnsureUserKnown(
      matrix::UserId user_id, std::string caused_by_appservice_uid,
      server::CallContext call);

  // The same without asking anybody: for an application service that looks for
  // a user of its own, which it may be about to create.
  absl::Status EnsureUserKnownHere(const matrix::UserId& user_id);

  // As EnsureUserKnown for the one who acts, to be called before it does
  // anything: an application service may act as a user that doesn't exist yet.
  // PERMISSION_DENIED (M_FORBIDDEN) in place of NOT_FOUND.
  boost::asio::awaitable<absl::Status> EnsureActorKnown(
      ActingUser actor, server::CallContext call);

 private:
  Accounts& accounts_;
  const registry_watch::LatestSnapshot& registry_;
  UserQuerier& querier_;
  const matrix::ServerName server_name_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_DISCOVERY_H_
