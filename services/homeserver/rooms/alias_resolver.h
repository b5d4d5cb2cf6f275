#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_RESOLVER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_RESOLVER_H_

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/profile.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/rooms/alias_directory.h"
#include "services/homeserver/rooms/alias_flights.h"
#include "services/homeserver/rooms/alias_querier.h"
#include "services/homeserver/rooms/draft_room.h"
#include "services/homeserver/rooms/room_founding.h"
#include "services/homeserver/rooms/room_metrics.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/line_quota.h"

namespace causeway::homeserver {

// Finds the room behind an alias. One that nobody here knows may exist at the
// application service whose namespace it is in, which is asked:
//
//   draft answer with content -> ask about its senders that are unknown, then
//                                make the room in one transaction
//   any other answer          -> look whether the application service has made
//                                the room meanwhile, over the client-server API
// Source: https://spec.matrix.org/v1.17/application-service-api/#querying
//
// While it waits it holds no lock, no thread and no database connection: the
// application service calls back before it answers, and those calls may ask
// the next question.
//
// People who ask for one alias at once wait for the first one's question to be
// answered and are told the same; if the first one's time is over before, one
// of them asks anew. An application service never waits for that: it may be in
// the middle of answering it.
//
// Thread-safe. The stores are called on the coroutine's executor, which must be
// one whose threads may block.
class AliasResolver {
 public:
  // What it works with. All must outlive the resolver.
  struct Parts {
    AliasDirectory& aliases;
    RoomFounding& founding;
    Accounts& accounts;
    UserDiscovery& discovery;
    AliasQuerier& querier;
    const registry_watch::LatestSnapshot& registry;
    const Clock& clock;
    RoomMetrics& metrics;
  };

  AliasResolver(Parts parts, matrix::ServerName server_name);

  // NOT_FOUND (M_NOT_FOUND): nothing has the alias, or it is of another server.
  // DEADLINE_EXCEEDED (M_CONNECTION_TIMEOUT): the application service did not
  // answer, so that nobody knows. `caused_by_appservice_uid` is that of whoever
  // asks (ActingUser). RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED): too many ask.
  // UNAVAILABLE: the registry was not heard of yet. Errors of the stores.
  boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> Resolve(
      matrix::RoomAlias alias, std::string caused_by_appservice_uid,
      server::CallContext call);

 private:
  // The one flight of an alias.
  boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> FindOrAsk(
      matrix::RoomAlias alias, server::CallContext call);
  // For an alias that nobody here knows; counted and timed.
  boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> Ask(
      matrix::RoomAlias alias, std::string caused_by_appservice_uid,
      server::CallContext call);
  boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> AskOnce(
      matrix::RoomAlias alias, std::string caused_by_appservice_uid,
      server::CallContext call);

  // The users that the answer speaks of and the application service may speak
  // for, with their profiles; asks about those who are unknown.
  boost::asio::awaitable<absl::StatusOr<std::map<matrix::UserId, Profile>>>
  KnownUsers(std::vector<matrix::UserId> users, std::string appservice_uid,
             std::string caused_by_appservice_uid, server::CallContext call);

  boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> CreateFromAnswer(
      matrix::RoomAlias alias, AliasAnswer answer,
      std::string caused_by_appservice_uid, server::CallContext call);

  const Parts parts_;
  AliasFlights flights_;
  const matrix::ServerName server_name_;
  server::LineQuota line_quota_;  // Of lines about events left out.
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_RESOLVER_H_
