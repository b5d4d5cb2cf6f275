#include "services/homeserver/rooms/sql_rows.h"

#include <utility>

#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

std::string Text(const pqxx::field& field) {
  return std::string(field.c_str(), field.size());
}

absl::StatusOr<std::optional<AliasEntry>> AliasFromRows(
    const matrix::RoomAlias& alias, const pqxx::result& rows) {
  if (rows.empty()) return std::optional<AliasEntry>();
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id,
                            matrix::RoomId::Parse(Text(rows[0][0])));
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId creator,
                            matrix::UserId::Parse(Text(rows[0][1])));
  return AliasEntry{alias, std::move(room_id), std::move(creator)};
}

}  // namespace causeway::homeserver
