#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECEIPTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECEIPTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/ephemeral/ephemeral_sink.h"
#include "services/homeserver/ephemeral/receipt_store.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Up to where somebody says to have read.
struct ReceiptRequest {
  std::string type;  // kReadType, kReadPrivateType or kFullyReadType.
  std::string event_id;
  std::string thread_id;  // An event ID or "main". Empty: of no thread.
};

// Sends receipts and moves the marker of what is fully read, which is account
// data.
// Source: https://spec.matrix.org/v1.17/client-server-api/#receipts
// Source: https://spec.matrix.org/v1.17/client-server-api/#read-and-unread-markers
//
// Thread-safe. Calls block on the stores.
class Receipts {
 public:
  // All must outlive it.
  Receipts(RoomHistory& history, ReceiptStore& store, UserData& user_data,
           EphemeralSink& sink, const Clock& clock);

  // Of who is in the room; in order. What would go back changes nothing.
  // INVALID_ARGUMENT (M_INVALID_PARAM) names the field, before anything is
  // kept; NOT_FOUND (M_NOT_FOUND) if the room has no such event; errors of the
  // stores.
  absl::Status Send(const matrix::UserId& user_id, const std::string& room_id,
                    const std::vector<ReceiptRequest>& requests);

 private:
  absl::Status SendOne(const matrix::UserId& user_id,
                       const std::string& room_id,
                       const ReceiptRequest& request, int64_t position);
  absl::Status MoveMarker(const matrix::UserId& user_id,
                          const std::string& room_id,
                          const ReceiptRequest& request, int64_t position);
  // Where the room's event stands.
  absl::StatusOr<int64_t> FindPosition(const std::string& room_id,
                                       const std::string& event_id);

  RoomHistory& history_;
  ReceiptStore& store_;
  UserData& user_data_;
  EphemeralSink& sink_;
  const Clock& clock_;
};

// The m.receipt event of receipts of one room, without its room_id.
std::string ReceiptEvent(const std::vector<Receipt>& receipts);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECEIPTS_H_
