#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_STORE_H_

#include <functional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "services/homeserver/rooms/grouped_writes.h"
#include "services/homeserver/rooms/room_state_cache.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Rooms in PostgreSQL. The one row of stream_head is locked by every writing
// transaction until it commits: that is what makes them follow one another.
// Those that come at once share one of the database's (postgres_room_batch.h).
//
// The pool's statements must include room_sql::Statements().
//
// Thread-safe.
class PostgresRoomStore final : public RoomStore {
 public:
  // `pool` must outlive the store. `committed` is called after each commit that
  // has appended to the stream, by whichever thread has committed.
  PostgresRoomStore(postgres::Pool& pool, std::function<void()> committed);

  using RoomStore::Write;
  absl::Status Write(
      const Foreseen& foreseen,
      absl::FunctionRef<absl::Status(RoomTransaction&)> body) override;

 private:
  struct Writer {
    const Foreseen& foreseen;
    absl::FunctionRef<absl::Status(RoomTransaction&)> body;
    absl::Status status = absl::OkStatus();
  };

  // One at a time (GroupedWrites).
  void WriteGroup(absl::Span<Writer* const> group);
  absl::Status Commit(absl::Span<Writer* const> group);

  postgres::Pool& pool_;
  const std::function<void()> committed_;
  RoomStateCache cache_;  // WriteGroup()'s.
  GroupedWrites<Writer> writes_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_STORE_H_
