#ifndef CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_SOURCE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_SOURCE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/news/news_key.h"

namespace causeway::homeserver {

// Something stored that grows by positions which become visible in order, seen
// as what it is news of.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class NewsSource {
 public:
  virtual ~NewsSource() = default;

  // The last position that was given. 0 when there is none.
  virtual absl::StatusOr<int64_t> LastPosition() = 0;

  struct News {
    int64_t position = 0;
    std::vector<NewsKey> keys;
  };
  // What came after `position`, ascending, at most `limit` of it.
  virtual absl::StatusOr<std::vector<News>> NewsAfter(int64_t position,
                                                      int limit) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_SOURCE_H_
