#include "services/homeserver/sync/long_poll.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/homeserver/news/await_news.h"
#include "services/homeserver/news/news_key.h"
#include "services/homeserver/rooms/membership.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// An answer leaves this long before its caller's deadline, to be in time.
constexpr absl::Duration kAnswerMargin = absl::Milliseconds(500);

// News of the user and their rooms.
NewsWaiters::Interest InterestOf(const matrix::UserId& user_id,
                                 const std::vector<std::string>& room_ids,
                                 NewsWaiters::Moment since) {
  NewsWaiters::Interest interest = {.keys = {NewsOfUser(user_id.str())},
                                    .since = since};
  interest.keys.reserve(1 + room_ids.size());
  for (const std::string& room_id : room_ids) {
    interest.keys.push_back(NewsOfRoom(room_id));
  }
  return interest;
}

}  // namespace

LongPoll::LongPoll(RoomHistory& history, const UpdateSources& sources,
                   NewsWaiters& waiters, RoomMetrics& metrics,
                   const Clock& clock)
    : history_(history),
      waiters_(waiters),
      metrics_(metrics),
      clock_(clock),
      presence_(sources.presence),
      reader_(history),
      updates_(sources),
      events_(history, updates_) {}

absl::StatusOr<std::unique_ptr<SyncResult>> LongPoll::Read(
    const SyncQuery& query) {
  const absl::Duration begin = clock_.MonotonicNow();
  CAUSEWAY_ASSIGN_OR_RETURN(int64_t position, history_.LastPosition());
  CAUSEWAY_ASSIGN_OR_RETURN(SyncResult result,
                            reader_.Read(query, position, clock_.Now()));
  CAUSEWAY_RETURN_IF_ERROR(updates_.Read(query, result));
  metrics_.SyncRead(/*is_first=*/!query.since.has_value(),
                    clock_.MonotonicNow() - begin);
  return std::make_unique<SyncResult>(std::move(result));
}

absl::Status LongPoll::NotePresence(const SyncQuery& query,
                                    absl::Duration patience) {
  const std::string& user_id = query.user_id.str();
  std::vector<std::string> room_ids;
  if (presence_.IsChange(user_id, query.presence)) {
    CAUSEWAY_ASSIGN_OR_RETURN(int64_t position, history_.LastPosition());
    CAUSEWAY_ASSIGN_OR_RETURN(std::vector<RoomOfUser> rooms,
                              history_.RoomsOf(user_id, position, position));
    for (RoomOfUser& room : rooms) {
      if (room.membership != Membership::kJoin) continue;
      room_ids.push_back(std::move(room.room_id));
    }
  }
  presence_.Synced(user_id, query.presence, patience, room_ids);
  return absl::OkStatus();
}

absl::Duration LongPoll::Patience(absl::Duration timeout,
                                  const server::CallContext& call) const {
  return std::max(absl::ZeroDuration(),
                  std::min({timeout, kSyncTimeoutMax,
                            call.deadline - clock_.Now() - kAnswerMargin}));
}

boost::asio::awaitable<absl::Status> LongPoll::AwaitNewsOf(
    NewsWaiters::Interest interest, absl::Duration timeout,
    std::stop_token stop_waiting) {
  const absl::Duration begin = clock_.MonotonicNow();
  metrics_.SyncBeginsToWait();
  absl::Status waited = co_await AwaitNews(waiters_, std::move(interest),
                                           timeout, std::move(stop_waiting));
  metrics_.SyncEndsToWait();
  if (waited.ok() && clock_.MonotonicNow() - begin < timeout) {
    metrics_.SyncWoken();
  }
  co_return waited;
}

boost::asio::awaitable<absl::StatusOr<std::unique_ptr<SyncResult>>>
LongPoll::Sync(const SyncQuery& query, absl::Duration timeout,
               const server::CallContext& call, std::stop_token stop_waiting) {
  const absl::Duration patience = Patience(timeout, call);
  const absl::Duration give_up_at = clock_.MonotonicNow() + patience;
  CAUSEWAY_CO_RETURN_IF_ERROR(NotePresence(query, patience));
  for (;;) {
    const NewsWaiters::Moment before = waiters_.Now();
    absl::StatusOr<std::unique_ptr<SyncResult>> result = Read(query);
    const absl::Duration left = give_up_at - clock_.MonotonicNow();
    const bool waits = query.since.has_value() && !query.full_state &&
                       left > absl::ZeroDuration() && !waiters_.draining();
    if (!result.ok() || (*result)->has_news() || !waits) co_return result;
    NewsWaiters::Interest interest =
        InterestOf(query.user_id, (*result)->joined_room_ids, before);
    result->reset();  // Not while it waits.
    CAUSEWAY_CO_RETURN_IF_ERROR(
        co_await AwaitNewsOf(std::move(interest), left, stop_waiting));
  }
}

boost::asio::awaitable<absl::StatusOr<EventsPage>> LongPoll::Listen(
    EventsQuery query, absl::Duration timeout, server::CallContext call,
    std::stop_token stop_waiting) {
  const absl::Duration give_up_at =
      clock_.MonotonicNow() + Patience(timeout, call);
  for (;;) {
    const NewsWaiters::Moment before = waiters_.Now();
    CAUSEWAY_CO_ASSIGN_OR_RETURN(int64_t position, history_.LastPosition());
    CAUSEWAY_CO_ASSIGN_OR_RETURN(EventsPage page,
                                 events_.Read(query, position, clock_.Now()));
    query.from = page.start;
    const absl::Duration left = give_up_at - clock_.MonotonicNow();
    const bool waits = left > absl::ZeroDuration() && !waiters_.draining();
    if (!page.event_jsons.empty() || !waits) co_return page;
    CAUSEWAY_CO_RETURN_IF_ERROR(co_await AwaitNewsOf(
        InterestOf(query.user_id, page.joined_room_ids, before), left,
        stop_waiting));
  }
}

}  // namespace causeway::homeserver
