#ifndef CAUSEWAY_SERVICES_HOMESERVER_NEWS_AWAIT_NEWS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_NEWS_AWAIT_NEWS_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/homeserver/news/news_waiters.h"

namespace causeway::homeserver {

// Waits, without holding a thread, until there may be news for `interest`, or
// `timeout` is over. Errors of NotifyOnce(). `waiters` must outlive the
// coroutine.
boost::asio::awaitable<absl::Status> AwaitNews(NewsWaiters& waiters,
                                               NewsWaiters::Interest interest,
                                               absl::Duration timeout);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_NEWS_AWAIT_NEWS_H_
