#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_PUBLISHED_ROOMS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_PUBLISHED_ROOMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/homeserver/rooms/published_rooms.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Reads the lists that PostgresRoomStore wrote.
//
// Thread-safe.
class PostgresPublishedRooms final : public PublishedRooms {
 public:
  // `pool` must outlive this object.
  explicit PostgresPublishedRooms(postgres::Pool& pool);

  absl::StatusOr<bool> IsPublished(absl::string_view list,
                                   absl::string_view room_id) override;
  absl::StatusOr<std::vector<PublishedRoom>> List(
      const PublishedRoomsQuery& query) override;
  absl::StatusOr<int64_t> Count(
      const std::optional<std::string>& list) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_PUBLISHED_ROOMS_H_
