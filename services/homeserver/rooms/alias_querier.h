#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_QUERIER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_QUERIER_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "services/homeserver/query_outcome.h"
#include "services/homeserver/rooms/draft_room.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/server/call_context.h"

namespace causeway::homeserver {

// What came of asking the application service whose alias it is.
struct AliasAnswer {
  QueryOutcome outcome = QueryOutcome::kNotFound;
  std::string appservice_uid;  // Who was asked.
  DraftAnswer room;            // With kCreate.
  // Events that aren't in it, because their sender is no user ID.
  int senderless_count = 0;
};

// Asks application services about room aliases.
//
// Thread-safe.
class AliasQuerier {
 public:
  virtual ~AliasQuerier() = default;

  // Holds no thread while it waits. `caused_by_appservice_uid` is that of
  // QueryRoomAliasRequest. UNAVAILABLE or DEADLINE_EXCEEDED when the query
  // could not be made within the deadline of `call`; RESOURCE_EXHAUSTED
  // (M_LIMIT_EXCEEDED) when too many are under way.
  virtual boost::asio::awaitable<absl::StatusOr<AliasAnswer>> QueryAlias(
      matrix::RoomAlias alias, std::string caused_by_appservice_uid,
      server::CallContext call) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_QUERIER_H_
