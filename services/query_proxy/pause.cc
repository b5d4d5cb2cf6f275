#include "services/query_proxy/pause.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace causeway::query {

boost::asio::awaitable<void> TimerPause::For(absl::Duration duration) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                  absl::ToChronoNanoseconds(duration));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace causeway::query
