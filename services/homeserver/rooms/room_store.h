#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// By what a client's repeated send is known again: the access token (or the
// application service and its user), the path, and the client's own ID.
struct ClientTxn {
  std::string scope;
  std::string room_id;
  std::string event_type;
  std::string txn_id;
};

struct AliasEntry {
  matrix::RoomAlias alias;
  matrix::RoomId room_id;
  matrix::UserId creator;
};

// A transaction under way; see RoomStore.
//
// Thread-compatible, and only valid inside Write().
class RoomTransaction {
 public:
  virtual ~RoomTransaction() = default;

  // What was committed before. What this transaction appends isn't seen.
  virtual absl::StatusOr<bool> RoomExists(const matrix::RoomId& room_id) = 0;
  // The current state, as far as it is in these places. Empty for a room that
  // doesn't exist.
  virtual absl::StatusOr<RoomState> LoadState(
      const matrix::RoomId& room_id, const std::vector<StateKey>& keys) = 0;
  virtual absl::StatusOr<std::optional<AliasEntry>> FindAlias(
      const matrix::RoomAlias& alias) = 0;
  // An event as it is served today.
  struct FoundEvent {
    std::string json;
    // Of a state event: the one that took its place. Empty: none has.
    std::string replacing_json;
  };
  // Empty if the room has no such event.
  virtual absl::StatusOr<std::optional<FoundEvent>> FindEvent(
      const matrix::RoomId& room_id, const std::string& event_id) = 0;
  // The event that was sent with `txn`.
  virtual absl::StatusOr<std::optional<std::string>> FindSent(
      const ClientTxn& txn) = 0;

  // Each takes the next position of the stream. A state event replaces what
  // stands in its place from that position on.
  virtual void AppendEvent(Event event) = 0;
  virtual void AppendAlias(const AliasEntry& entry) = 0;
  // `entry` as FindAlias() returned it.
  virtual void AppendAliasRemoval(const AliasEntry& entry) = 0;

  // From now on `json` is read wherever the committed event is; the stream
  // itself keeps the bytes that it had.
  virtual void ServeAs(const std::string& event_id,
                       const std::string& json) = 0;

  // The user wants no part any more of a room that they are out of, until
  // their membership changes again.
  virtual void ForgetRoom(const matrix::RoomId& room_id,
                          const matrix::UserId& user_id) = 0;

  // Puts the room on a list of public rooms (published_rooms.h), or takes it
  // off.
  virtual void SetPublished(const std::string& list,
                            const matrix::RoomId& room_id, bool published) = 0;

  // `event_id` is that of an event appended here.
  virtual void RememberSent(const ClientTxn& txn,
                            const std::string& event_id) = 0;
};

// Where everything that happens in rooms is written: the server's one stream
// of events and alias changes, and what follows from it (state, memberships,
// aliases).
//
// Transactions that write follow one another: each sees all that came before
// it, so what it decides (may this event be sent, is this alias free) still
// holds when it commits, and positions are dense and become visible in order.
// So nothing slow belongs into one, least of all a question to an application
// service.
//
// Thread-safe. Calls block.
class RoomStore {
 public:
  virtual ~RoomStore() = default;

  // What a transaction will ask for most likely: it is read for many
  // transactions at once. Whatever else is asked costs a round trip, while
  // nobody else can write. What it points to outlives the call.
  struct Foreseen {
    const ClientTxn* txn = nullptr;           // For FindSent(). May be null.
    const matrix::RoomId* room_id = nullptr;  // Null: without places.
    std::vector<StateKey> places = {};        // For LoadState().
  };

  // Runs `body`; all that it appended is committed when it returns OK, and
  // nothing otherwise. It may be run again when the first run came to nothing:
  // only what the last one has said counts. Returns the status of `body`,
  // UNAVAILABLE when the database is away (whether it committed is then
  // unknown, as postgres::IsUnknownCommit() says), or ABORTED when others held
  // it up for too long.
  virtual absl::Status Write(
      const Foreseen& foreseen,
      absl::FunctionRef<absl::Status(RoomTransaction&)> body) = 0;
  absl::Status Write(absl::FunctionRef<absl::Status(RoomTransaction&)> body) {
    return Write(Foreseen(), body);
  }
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_H_
