#include "services/homeserver/wiring/news_parts.h"

#include "services/homeserver/rooms/room_history.h"

namespace causeway::homeserver {

NewsParts::NewsParts(postgres::Pool& pool, Presence& presence,
                     NewsWaiters& waiters)
    : history(pool),
      event_news(history,
                 [&presence](const RoomHistory::Touched& touched) {
                   presence.Moved(touched.member, touched.room_id,
                                  touched.is_join);
                 }),
      events({}, event_news, waiters),
      update_log(pool),
      updates({}, update_log, waiters) {}

}  // namespace causeway::homeserver
