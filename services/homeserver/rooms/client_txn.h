#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_CLIENT_TXN_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_CLIENT_TXN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

// What sending and redacting have in common: how a repeat is known, and when
// an event was sent.
namespace causeway::homeserver {

inline constexpr size_t kTxnIdBytesMax = 255;

// Nothing for an empty `txn_id`. `path` tells endpoints of one room apart.
// INVALID_ARGUMENT (M_INVALID_PARAM) for a `txn_id` out of bounds.
absl::StatusOr<std::optional<ClientTxn>> MakeClientTxn(
    const ActingUser& actor, const matrix::RoomId& room_id,
    absl::string_view path, const std::string& txn_id);

// `asked_for` if that isn't 0 and `actor` may massage timestamps, else now.
int64_t SendTime(const ActingUser& actor, int64_t asked_for,
                 const Clock& clock);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_CLIENT_TXN_H_
