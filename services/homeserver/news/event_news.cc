#include "services/homeserver/news/event_news.h"

#include <utility>

#include "services/homeserver/news/news_key.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

EventNews::EventNews(RoomHistory& history, Moved moved)
    : history_(history), moved_(std::move(moved)) {}

absl::StatusOr<int64_t> EventNews::LastPosition() {
  return history_.LastPosition();
}

absl::StatusOr<std::vector<NewsSource::News>> EventNews::NewsAfter(
    int64_t position, int limit) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<RoomHistory::Touched> touched,
                            history_.TouchedAfter(position, limit));
  std::vector<News> news;
  news.reserve(touched.size());
  for (const RoomHistory::Touched& record : touched) {
    news.push_back(
        {.position = record.position, .keys = {NewsOfRoom(record.room_id)}});
    if (record.member.empty()) continue;
    news.back().keys.push_back(NewsOfUser(record.member));
    if (moved_ != nullptr) moved_(record);
  }
  return news;
}

}  // namespace causeway::homeserver
