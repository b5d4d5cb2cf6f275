#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_TOKEN_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/ephemeral/ephemeral_position.h"

namespace causeway::homeserver {

// How far a client knows each of the streams that /sync tells of. 0: nothing.
struct SyncPosition {
  int64_t events = 0;
  // Account data and receipts, by the positions of updates/update_log.h.
  int64_t updates = 0;
  // Messages to its device, by the same positions; it lags behind `updates`
  // when there are more than fit into one answer.
  int64_t to_device = 0;
  EphemeralPosition ephemeral = {};  // Typing and presence.

  friend bool operator==(const SyncPosition&, const SyncPosition&) = default;
};

// A place between two events of the stream, as clients hold it: "s17" is after
// position 17. It means the same to /sync and /messages, and after a restart.
std::string FormatSyncToken(int64_t position);

// The same with all streams: "s17_4_4_5f0c_2". Only /sync gives it, and after a
// restart its last part, of what only lives in memory, counts as nothing.
std::string FormatSyncToken(const SyncPosition& position);

// The place in the stream of events that either names.
// INVALID_ARGUMENT (M_INVALID_PARAM) that names `field`.
absl::StatusOr<int64_t> ParseSyncToken(absl::string_view token,
                                       absl::string_view field);
// All that it names; of "s17" the rest is nothing. Errors as above.
absl::StatusOr<SyncPosition> ParseSyncPosition(absl::string_view token,
                                               absl::string_view field);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_TOKEN_H_
