#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_PAUSE_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_PAUSE_H_

#include <boost/asio/awaitable.hpp>

#include "absl/time/time.h"

namespace causeway::query {

// How a coroutine waits between two tries, so that tests need not.
//
// Thread-safe.
class Pause {
 public:
  virtual ~Pause() = default;
  virtual boost::asio::awaitable<void> For(absl::Duration duration) = 0;
};

// Really waits, on the coroutine's executor.
class TimerPause final : public Pause {
 public:
  boost::asio::awaitable<void> For(absl::Duration duration) override;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_PAUSE_H_
