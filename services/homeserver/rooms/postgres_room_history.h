#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_HISTORY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_HISTORY_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/homeserver/rooms/room_history.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Reads what PostgresRoomStore wrote.
//
// Thread-safe.
class PostgresRoomHistory final : public RoomHistory {
 public:
  // `pool` must outlive the history and have history_sql::Statements() among
  // its own.
  explicit PostgresRoomHistory(postgres::Pool& pool);

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

 private:
  // One statement, in a transaction of its own.
  template <typename... Args>
  absl::StatusOr<pqxx::result> Select(const char* statement, Args&&... args);

  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_HISTORY_H_
