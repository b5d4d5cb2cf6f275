#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_READER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_READER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/sync/member_counter.h"
#include "services/homeserver/sync/sync_result.h"

namespace causeway::homeserver {

// Works out what of rooms a client doesn't know yet.
// Source: https://spec.matrix.org/v1.17/client-server-api/#syncing
//
// A room that is new to the user since they asked last (first sync, just
// joined, left and joined again) comes with its whole state and the end of its
// timeline; any other one with what happened since.
//
// Thread-safe. Calls block on the history.
class SyncReader {
 public:
  // `history` must outlive the reader.
  explicit SyncReader(RoomHistory& history);

  // What happened up to `position`, which has been given already, as it is told
  // at the time of `now`. A `since` beyond it is of a stream that has been
  // lost, and counts as none.
  absl::StatusOr<SyncResult> Read(const SyncQuery& query, int64_t position,
                                  absl::Time now);

 private:
  RoomHistory& history_;
  MemberCounter counter_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_READER_H_
