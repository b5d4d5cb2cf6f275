#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_SQL_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_SQL_H_

#include <vector>

#include "services/shared/postgres/connection.h"

// What PostgresRoomStore tells the database, by the names under which the
// statements are prepared: they run under the stream's lock, so that planning
// one anew each time would cost all writers.
namespace causeway::homeserver::room_sql {

inline constexpr char kLockHead[] = "room_lock_head";
inline constexpr char kMoveHead[] = "room_move_head";
inline constexpr char kLoadState[] = "room_load_state";
inline constexpr char kFindAlias[] = "room_find_alias";
inline constexpr char kAddAlias[] = "room_add_alias";
inline constexpr char kRemoveAlias[] = "room_remove_alias";
inline constexpr char kFindEvent[] = "room_find_event";
inline constexpr char kServeAs[] = "room_serve_as";
inline constexpr char kForget[] = "room_forget";
inline constexpr char kPublish[] = "room_publish";
inline constexpr char kUnpublish[] = "room_unpublish";
inline constexpr char kFindSent[] = "room_find_sent";
inline constexpr char kRememberSent[] = "room_remember_sent";
inline constexpr char kAppend[] = "room_append";
inline constexpr char kEndState[] = "room_end_state";
inline constexpr char kBeginState[] = "room_begin_state";

std::vector<postgres::PreparedStatement> Statements();

}  // namespace causeway::homeserver::room_sql

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_SQL_H_
