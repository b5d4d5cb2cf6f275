#ifndef CAUSEWAY_SERVICES_HOMESERVER_NEWS_AWAIT_NEWS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_NEWS_AWAIT_NEWS_H_

#include <boost/asio/awaitable.hpp>
#include <stop_token>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/homeserver/news/news_waiters.h"

namespace causeway::homeserver {

// Waits, without holding a thread, until there may be news for `interest`, or
// `timeout` is over. CANCELLED once `stop_waiting` stops, in whatever thread;
// errors of NotifyOnce(). `waiters` must outlive the coroutine.
boost::asio::awaitable<absl::Status> AwaitNews(NewsWaiters& waiters,
                                               NewsWaiters::Interest interest,
                                               absl::Duration timeout,
                                               std::stop_token stop_waiting);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_NEWS_AWAIT_NEWS_H_
