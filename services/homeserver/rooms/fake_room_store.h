#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ROOM_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ROOM_STORE_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/rooms/published_rooms.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store.h"

namespace causeway::homeserver {

// Rooms in memory, for tests: all sides of the store, which pass
// room_store_contract.h.
//
// Thread-safe.
class FakeRoomStore final : public RoomStore,
                            public RoomHistory,
                            public PublishedRooms {
 public:
  explicit FakeRoomStore(std::function<void()> committed = [] {});

  // From now on every call fails with `status`, until it is OK again.
  void FailWith(absl::Status status) ABSL_LOCKS_EXCLUDED(mu_);

  using RoomStore::Write;
  absl::Status Write(const Foreseen& foreseen,
                     absl::FunctionRef<absl::Status(RoomTransaction&)> body)
      override ABSL_LOCKS_EXCLUDED(mu_);

  absl::StatusOr<int64_t> LastPosition() override;
  absl::StatusOr<std::vector<StoredEvent>> StateAt(absl::string_view room_id,
                                                   int64_t position,
                                                   int64_t after,
                                                   size_t bytes_max) override;
  absl::StatusOr<std::optional<StoredEvent>> StateEventAt(
      absl::string_view room_id, const StateKey& key,
      int64_t position) override;
  absl::StatusOr<std::vector<StoredEvent>> StateWithoutMembersAt(
      absl::string_view room_id, int64_t position, int64_t after,
      size_t bytes_max) override;
  absl::StatusOr<std::vector<StoredEvent>> StateEventsAt(
      absl::string_view room_id, const std::vector<StateKey>& keys,
      int64_t position, size_t bytes_max) override;
  absl::StatusOr<std::vector<std::string>> HeroesAt(absl::string_view room_id,
                                                    absl::string_view user_id,
                                                    int64_t position,
                                                    int limit) override;
  absl::StatusOr<std::vector<StoredMember>> MembersAt(
      absl::string_view room_id, int64_t position, const MemberChoice& choice,
      size_t bytes_max) override;
  absl::StatusOr<MemberCounts> CountMembersAt(absl::string_view room_id,
                                              int64_t position) override;
  absl::StatusOr<MemberCounts> MemberCountChange(absl::string_view room_id,
                                                 int64_t after,
                                                 int64_t position) override;
  absl::StatusOr<std::vector<StoredEvent>> FindEvents(
      const EventQuery& query) override;
  absl::StatusOr<std::optional<int64_t>> LookedUpTo(
      const EventQuery& query) override;
  absl::StatusOr<std::optional<StoredEvent>> FindEvent(
      absl::string_view room_id, absl::string_view event_id) override;
  absl::StatusOr<std::optional<StoredEvent>> FindEventInAnyRoom(
      absl::string_view event_id) override;
  absl::StatusOr<std::map<int64_t, std::string>> TxnIdsIn(
      absl::string_view scope, PositionRange positions) override;
  absl::StatusOr<std::vector<MembershipChange>> MembershipsOf(
      absl::string_view room_id, absl::string_view user_id) override;
  absl::StatusOr<std::vector<VisibilityChange>> VisibilitiesOf(
      absl::string_view room_id) override;
  absl::StatusOr<std::vector<RoomOfUser>> RoomsOf(absl::string_view user_id,
                                                  int64_t position,
                                                  int64_t since) override;
  absl::StatusOr<std::optional<AliasEntry>> FindAlias(
      const matrix::RoomAlias& alias) override;
  absl::StatusOr<std::vector<std::string>> AliasesOf(
      absl::string_view room_id) override;
  absl::StatusOr<std::vector<std::string>> RoomIdsAfter(absl::string_view after,
                                                        int limit) override;
  absl::StatusOr<std::vector<Touched>> TouchedAfter(int64_t position,
                                                    int limit) override;

  absl::StatusOr<bool> IsPublished(absl::string_view list,
                                   absl::string_view room_id) override;
  absl::StatusOr<std::vector<PublishedRoom>> List(
      const PublishedRoomsQuery& query) override;
  absl::StatusOr<int64_t> Count(
      const std::optional<std::string>& list) override;

 private:
  class Transaction;

  // One position of the stream. An alias change has only the room ID.
  struct Record {
    int64_t position;
    std::string room_id;
    std::optional<Event> event;
    std::string content_field;  // `membership` or `history_visibility`.
    bool forgotten = false;
    // In place of the event's JSON. Empty: the event's own.
    std::string served_json = "";

    const std::string& json() const {
      return served_json.empty() ? event->json : served_json;
    }
  };

  struct Sent {
    ClientTxn txn;
    int64_t position;
    std::string event_id;
  };

  struct Contents {
    std::vector<Record> records;
    std::map<std::string, AliasEntry> aliases;
    std::vector<Sent> sent;
    std::set<std::pair<std::string, std::string>> published;  // List, room.
  };

  // The records of the state events that stand at `position`.
  std::map<StateKey, const Record*> StandingAt(absl::string_view room_id,
                                               int64_t position) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The events that FindEvents() looks at.
  std::vector<const Record*> LookedAt(const EventQuery& query) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Those that ever stood in the place, ascending.
  std::vector<const Record*> EverAt(absl::string_view room_id,
                                    const StateKey& key) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Ordered by room ID.
  std::vector<PublishedRoom> AllPublished(
      const std::optional<std::string>& list) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::function<void()> committed_;
  absl::Mutex mu_;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
  Contents contents_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FAKE_ROOM_STORE_H_
