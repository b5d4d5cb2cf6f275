#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_HISTORY_SQL_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_HISTORY_SQL_H_

#include <vector>

#include "services/shared/postgres/connection.h"

// What PostgresRoomHistory asks the database, by the names under which the
// statements are prepared.
namespace causeway::homeserver::history_sql {

inline constexpr char kLastPosition[] = "history_last_position";
inline constexpr char kStateAt[] = "history_state_at";
inline constexpr char kStateWithoutMembersAt[] =
    "history_state_without_members_at";
inline constexpr char kHeroesAt[] = "history_heroes_at";
inline constexpr char kStateEventAt[] = "history_state_event_at";
inline constexpr char kStateEventsAt[] = "history_state_events_at";
inline constexpr char kMembersAt[] = "history_members_at";
inline constexpr char kCountMembersAt[] = "history_count_members_at";
inline constexpr char kMemberCountChange[] = "history_member_count_change";
inline constexpr char kEventsAscending[] = "history_events_ascending";
inline constexpr char kEventsDescending[] = "history_events_descending";
inline constexpr char kBoundedEventsAscending[] =
    "history_bounded_events_ascending";
inline constexpr char kBoundedEventsDescending[] =
    "history_bounded_events_descending";
inline constexpr char kLookedUpToAscending[] = "history_looked_up_to_ascending";
inline constexpr char kLookedUpToDescending[] =
    "history_looked_up_to_descending";
inline constexpr char kFindEvent[] = "history_find_event";
inline constexpr char kFindEventInAnyRoom[] = "history_find_event_in_any_room";
inline constexpr char kTxnIdsIn[] = "history_txn_ids_in";
inline constexpr char kMembershipsOf[] = "history_memberships_of";
inline constexpr char kVisibilitiesOf[] = "history_visibilities_of";
inline constexpr char kRoomsOf[] = "history_rooms_of";
inline constexpr char kFindAlias[] = "history_find_alias";
inline constexpr char kAliasesOf[] = "history_aliases_of";
inline constexpr char kRoomIdsAfter[] = "history_room_ids_after";
inline constexpr char kTouchedAfter[] = "history_touched_after";

std::vector<postgres::PreparedStatement> Statements();

}  // namespace causeway::homeserver::history_sql

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_HISTORY_SQL_H_
