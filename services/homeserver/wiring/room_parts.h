#ifndef CAUSEWAY_SERVICES_HOMESERVER_WIRING_ROOM_PARTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_WIRING_ROOM_PARTS_H_

#include <functional>

#include "causeway/query/v1/query.grpc.pb.h"
#include "services/homeserver/rooms/alias_directory.h"
#include "services/homeserver/rooms/alias_resolver.h"
#include "services/homeserver/rooms/event_redactor.h"
#include "services/homeserver/rooms/event_sender.h"
#include "services/homeserver/rooms/grpc_alias_querier.h"
#include "services/homeserver/rooms/membership_changes.h"
#include "services/homeserver/rooms/postgres_published_rooms.h"
#include "services/homeserver/rooms/postgres_room_history.h"
#include "services/homeserver/rooms/postgres_room_store.h"
#include "services/homeserver/rooms/room_actions.h"
#include "services/homeserver/rooms/room_directory.h"
#include "services/homeserver/rooms/room_founding.h"
#include "services/homeserver/rooms/room_metrics.h"
#include "services/homeserver/rooms/room_timeline.h"
#include "services/homeserver/rooms/room_views.h"
#include "services/homeserver/wiring/account_parts.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::homeserver {

// What rooms are, to the services of this process.
struct RoomParts {
  RoomParts(postgres::Pool& pool, const matrix::ServerName& server_name,
            query::v1::QueryProxy::StubInterface& query_proxy,
            registry_watch::LatestSnapshot& registry, AccountParts& account,
            RoomMetrics& metrics, std::function<void()> committed,
            const Clock& clock);

  PostgresRoomStore store;
  PostgresRoomHistory history;
  AliasDirectory aliases;
  RoomFounding founding;
  MembershipChanges memberships;
  EventSender sender;
  EventRedactor redactor;
  RoomViews views;
  RoomTimeline timeline;
  PostgresPublishedRooms published;
  RoomDirectory directory;
  GrpcAliasQuerier querier;
  AliasResolver resolver;
  RoomActions actions;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_WIRING_ROOM_PARTS_H_
