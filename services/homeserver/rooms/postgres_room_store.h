#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_STORE_H_

#include <functional>

#include "services/homeserver/rooms/room_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Writes rooms to the tables of migrations/0002 to 0005.
//
// A transaction begins by locking the row of stream_head, and holds it until it
// has committed. What it appends is collected and written at its end, in one
// statement for each table however much it is.
//
// Thread-safe.
class PostgresRoomStore final : public RoomStore {
 public:
  // `pool` must outlive the store and have room_sql::Statements() among its
  // own. `committed` is called after each commit that appended something, on
  // the thread that wrote.
  PostgresRoomStore(postgres::Pool& pool, std::function<void()> committed);

  absl::Status Write(
      absl::FunctionRef<absl::Status(RoomTransaction&)> body) override;

 private:
  postgres::Pool& pool_;
  const std::function<void()> committed_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_STORE_H_
