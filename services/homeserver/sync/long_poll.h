#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_LONG_POLL_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_LONG_POLL_H_

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <stop_token>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_metrics.h"
#include "services/homeserver/sync/events_reader.h"
#include "services/homeserver/sync/sync_reader.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/homeserver/sync/update_reader.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/call_context.h"

namespace causeway::homeserver {

inline constexpr absl::Duration kSyncTimeoutMax = absl::Minutes(1);

// Answers /sync: at once if there is news, else when some comes, or without any
// when the time is over. Who waits costs memory, but no thread and no database
// connection.
//
// Thread-safe. The history is read on the coroutine's executor, which must be
// one whose threads may block.
class LongPoll {
 public:
  // The arguments must outlive the long poll.
  LongPoll(RoomHistory& history, const UpdateSources& sources,
           NewsWaiters& waiters, RoomMetrics& metrics, const Clock& clock);

  // `timeout` is capped by kSyncTimeoutMax and the deadline of `call`; a first
  // sync, and one with `full_state`, doesn't wait. CANCELLED when it waits once
  // `stop_waiting` stops; RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED) when too many
  // wait; errors of the history. `query` must live until then; neither it nor
  // the result, never null, is in the frames of the thousands that wait.
  boost::asio::awaitable<absl::StatusOr<std::unique_ptr<SyncResult>>> Sync(
      const SyncQuery& query, absl::Duration timeout,
      const server::CallContext& call, std::stop_token stop_waiting);

  // Answers /events the same way; `query.from` absent: from now.
  boost::asio::awaitable<absl::StatusOr<EventsPage>> Listen(
      EventsQuery query, absl::Duration timeout, server::CallContext call,
      std::stop_token stop_waiting);

 private:
  // How long a poll may take.
  absl::Duration Patience(absl::Duration timeout,
                          const server::CallContext& call) const;
  // Waits, and counts that.
  boost::asio::awaitable<absl::Status> AwaitNewsOf(
      NewsWaiters::Interest interest, absl::Duration timeout,
      std::stop_token stop_waiting);
  // What there is now.
  absl::StatusOr<std::unique_ptr<SyncResult>> Read(const SyncQuery& query);
  // The user is there, as long as this sync may take.
  absl::Status NotePresence(const SyncQuery& query, absl::Duration patience);

  RoomHistory& history_;
  NewsWaiters& waiters_;
  RoomMetrics& metrics_;
  const Clock& clock_;
  Presence& presence_;
  SyncReader reader_;
  UpdateReader updates_;
  EventsReader events_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_LONG_POLL_H_
