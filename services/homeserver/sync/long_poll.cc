#include "services/homeserver/sync/long_poll.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "services/homeserver/news/await_news.h"
#include "services/homeserver/news/news_key.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// An answer leaves this long before its caller's deadline, to be in time.
constexpr absl::Duration kAnswerMargin = absl::Milliseconds(500);

}  // namespace

LongPoll::LongPoll(RoomHistory& history, NewsWaiters& waiters,
                   RoomMetrics& metrics, const Clock& clock)
    : history_(history),
      waiters_(waiters),
      metrics_(metrics),
      clock_(clock),
      reader_(history) {}

boost::asio::awaitable<absl::StatusOr<SyncResult>> LongPoll::Sync(
    SyncQuery query, absl::Duration timeout, server::CallContext call) {
  const absl::Duration patience = std::min(
      {timeout, kSyncTimeoutMax, call.deadline - clock_.Now() - kAnswerMargin});
  const absl::Duration give_up_at = clock_.MonotonicNow() + patience;
  for (;;) {
    const NewsWaiters::Moment before = waiters_.Now();
    CAUSEWAY_CO_ASSIGN_OR_RETURN(int64_t position, history_.LastPosition());
    CAUSEWAY_CO_ASSIGN_OR_RETURN(SyncResult result,
                                 reader_.Read(query, position, clock_.Now()));
    const absl::Duration left = give_up_at - clock_.MonotonicNow();
    const bool waits = query.since.has_value() && !query.full_state &&
                       left > absl::ZeroDuration() && !waiters_.draining();
    if (result.has_news() || !waits) co_return result;
    NewsWaiters::Interest interest = {.keys = {NewsOfUser(query.user_id.str())},
                                      .since = before};
    for (const std::string& room_id : result.joined_room_ids) {
      interest.keys.push_back(NewsOfRoom(room_id));
    }
    metrics_.SyncBeginsToWait();
    absl::Status waited =
        co_await AwaitNews(waiters_, std::move(interest), left);
    metrics_.SyncEndsToWait();
    if (!waited.ok()) co_return waited;
  }
}

}  // namespace causeway::homeserver
