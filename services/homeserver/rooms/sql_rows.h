#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_SQL_ROWS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_SQL_ROWS_H_

#include <optional>
#include <pqxx/pqxx>
#include <string>

#include "absl/status/statusor.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/matrix/identifiers.h"

// What the stores of this folder read of the database's rows.
namespace causeway::homeserver {

// A text. Empty for NULL.
std::string Text(const pqxx::field& field);

// Where `alias` leads, by rows of (room_id, creator), of which there is at most
// one.
absl::StatusOr<std::optional<AliasEntry>> AliasFromRows(
    const matrix::RoomAlias& alias, const pqxx::result& rows);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_SQL_ROWS_H_
