#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_FAKE_PAUSE_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_FAKE_PAUSE_H_

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "absl/time/time.h"
#include "services/query_proxy/pause.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::query {

// Moves a FakeClock in place of waiting.
//
// Thread-compatible.
class FakePause final : public Pause {
 public:
  // `clock` must outlive it.
  explicit FakePause(FakeClock& clock) : clock_(clock) {}

  boost::asio::awaitable<void> For(absl::Duration duration) override {
    pauses.push_back(duration);
    clock_.AdvanceTime(duration);
    co_return;
  }

  std::vector<absl::Duration> pauses;

 private:
  FakeClock& clock_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_FAKE_PAUSE_H_
