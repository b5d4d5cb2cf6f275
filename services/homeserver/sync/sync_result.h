#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_RESULT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_RESULT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/sync/sync_filter.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Who wants to be told, and what they know.
struct SyncQuery {
  matrix::UserId user_id;
  // Whose transaction IDs are shown (ActingUser::txn_scope).
  std::string txn_scope;
  std::optional<SyncPosition> since;  // Absent: nothing yet.
  // Whose messages are told and acknowledged. Empty: of no device.
  std::string device_id = {};
  SyncFilter filter;
  bool full_state = false;
  // What they are while they sync. Offline: as if they didn't.
  PresenceState presence = PresenceState::kOffline;
};

// Whom a room without a name is called after, and how many are in it.
struct RoomSummary {
  // Absent when the room has a name of its own.
  std::optional<std::vector<std::string>> heroes;
  int64_t joined_count = 0;
  int64_t invited_count = 0;
};

// One room of an answer. Which events are state *before* the timeline and which
// are in it is as the client applies them, one after the other.
struct SyncedRoom {
  std::string room_id;
  std::vector<std::string> state;
  std::vector<std::string> timeline;
  bool limited = false;  // There is more before the timeline.
  bool is_new = false;   // The client knows nothing of it yet.
  int64_t prev_position = 0;
  std::optional<RoomSummary> summary;  // Absent: as the client knows it.
  std::vector<std::string> account_data;
  std::vector<std::string> ephemeral;  // m.typing and m.receipt.
};

struct InvitedRoom {
  std::string room_id;
  std::vector<std::string> stripped_state;
};

struct SyncResult {
  SyncPosition position;  // Up to where the client knows now.
  std::vector<SyncedRoom> joined;
  std::vector<InvitedRoom> invited;
  std::vector<SyncedRoom> left;
  // The rooms whose events would be news, for whoever waits for some.
  std::vector<std::string> joined_room_ids;
  // What is told beside rooms: events, each a JSON object.
  std::vector<std::string> account_data;
  std::vector<std::string> presence;
  std::vector<std::string> to_device;
  // Whose device keys have changed, and whose needn't be known any more.
  DeviceKeyStore::ListChange device_lists;
  std::optional<KeysLeft> keys_left;  // Absent: as the client knows it.

  bool has_news() const {
    return !joined.empty() || !invited.empty() || !left.empty() ||
           !account_data.empty() || !presence.empty() || !to_device.empty() ||
           !device_lists.changed.empty() || !device_lists.left.empty() ||
           keys_left.has_value();
  }
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_RESULT_H_
