#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECEIPT_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECEIPT_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr char kReadType[] = "m.read";
inline constexpr char kReadPrivateType[] = "m.read.private";

// In how many threads of a room a user's receipts are known: the newest.
inline constexpr int kReceiptThreadsMax = 100;

// How far somebody has read in a room, or in one thread of it.
struct Receipt {
  std::string room_id;
  std::string user_id;
  std::string type;       // kReadType or kReadPrivateType.
  std::string thread_id;  // Empty: of no thread.
  std::string event_id;
  int64_t event_position = 0;  // In the stream of events.
  int64_t ts_ms = 0;           // Since 1970.

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// Keeps of each user, room, type and thread the receipt that is furthest on.
// Each change takes the next position of the updates.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class ReceiptStore {
 public:
  virtual ~ReceiptStore() = default;

  // False: they had read as far or further, and nothing happens.
  virtual absl::StatusOr<bool> Put(const Receipt& receipt) = 0;

  // Those in `room_ids` that `viewer` may see (of private ones their own) and
  // that changed last in positions after `after` up to `up_to`: the newest, at
  // most `limit`, in order.
  virtual absl::StatusOr<std::vector<Receipt>> ListAfter(
      const std::vector<std::string>& room_ids, const matrix::UserId& viewer,
      int64_t after, int64_t up_to, int limit) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECEIPT_STORE_H_
