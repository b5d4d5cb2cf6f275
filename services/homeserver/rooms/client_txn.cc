#include "services/homeserver/rooms/client_txn.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {

absl::StatusOr<std::optional<ClientTxn>> MakeClientTxn(
    const ActingUser& actor, const matrix::RoomId& room_id,
    absl::string_view path, const std::string& txn_id) {
  if (txn_id.size() > kTxnIdBytesMax) {
    return matrix::InvalidParam(
        "txn_id", absl::StrCat("must have at most ", kTxnIdBytesMax, " bytes"));
  }
  if (absl::StrContains(txn_id, '\0')) {
    return matrix::InvalidParam("txn_id", "must not hold U+0000");
  }
  if (txn_id.empty()) return std::optional<ClientTxn>();
  return std::make_optional(ClientTxn{.scope = actor.txn_scope,
                                      .room_id = room_id.str(),
                                      .event_type = std::string(path),
                                      .txn_id = txn_id});
}

int64_t SendTime(const ActingUser& actor, int64_t asked_for,
                 const Clock& clock) {
  const bool massaged = actor.may_massage_timestamps && asked_for != 0;
  return massaged ? asked_for : absl::ToUnixMillis(clock.Now());
}

}  // namespace causeway::homeserver
