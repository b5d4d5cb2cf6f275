#ifndef CAUSEWAY_SERVICES_HOMESERVER_WIRING_NEWS_PARTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_WIRING_NEWS_PARTS_H_

#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/news/event_news.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/news/stream_follower.h"
#include "services/homeserver/rooms/postgres_room_history.h"
#include "services/homeserver/updates/postgres_update_log.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// What follows the two kept streams, that of events and that of updates, and
// wakes those who wait.
struct NewsParts {
  // `presence` learns from the events who comes into a room, and who goes.
  NewsParts(postgres::Pool& pool, Presence& presence, NewsWaiters& waiters);

  PostgresRoomHistory history;
  EventNews event_news;
  StreamFollower events;
  PostgresUpdateLog update_log;
  StreamFollower updates;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_WIRING_NEWS_PARTS_H_
