#ifndef CAUSEWAY_SERVICES_HOMESERVER_NEWS_EVENT_NEWS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_NEWS_EVENT_NEWS_H_

#include <functional>

#include "services/homeserver/news/news_source.h"
#include "services/homeserver/rooms/room_history.h"

namespace causeway::homeserver {

// The stream of events: news of a room and, if it changes a membership, of
// whose it is.
//
// Thread-safe, if `moved` is.
class EventNews final : public NewsSource {
 public:
  // Called for each membership that changed, before it is news.
  using Moved = std::function<void(const RoomHistory::Touched&)>;

  // `history` must outlive it.
  explicit EventNews(RoomHistory& history, Moved moved = nullptr);

  absl::StatusOr<int64_t> LastPosition() override;
  absl::StatusOr<std::vector<News>> NewsAfter(int64_t position,
                                              int limit) override;

 private:
  RoomHistory& history_;
  const Moved moved_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_NEWS_EVENT_NEWS_H_
