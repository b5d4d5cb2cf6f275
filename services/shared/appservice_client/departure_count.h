// How many requests are being worked at, for curl_appservice_client.cc.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_DEPARTURE_COUNT_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_DEPARTURE_COUNT_H_

#include <cstddef>
#include <cstdint>
#include <map>

#include "absl/time/time.h"

namespace causeway::appservice_client {

// Lets a bounded number depart. One that has been under way for `slow_after`
// isn't counted any more: it only waits for its answer, and holds up nobody.
//
// Thread-compatible.
class DepartureCount {
 public:
  DepartureCount(size_t count_max, absl::Duration slow_after)
      : count_max_(count_max), slow_after_(slow_after) {}

  // Whether one may depart.
  bool HasRoom(absl::Duration now) {
    while (!slow_at_.empty() && slow_at_.begin()->second <= now) {
      slow_at_.erase(slow_at_.begin());
    }
    return slow_at_.size() < count_max_;
  }

  // One does. Returns by what it is known.
  int64_t Depart(absl::Duration now) {
    slow_at_.emplace_hint(slow_at_.end(), ++last_number_, now + slow_after_);
    return last_number_;
  }

  void End(int64_t number) { slow_at_.erase(number); }

  // When the first is counted no more.
  absl::Duration room_at() const {
    return slow_at_.empty() ? absl::InfiniteDuration()
                            : slow_at_.begin()->second;
  }

 private:
  const size_t count_max_;
  const absl::Duration slow_after_;
  int64_t last_number_ = 0;
  std::map<int64_t, absl::Duration> slow_at_;  // Both ascend together.
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_DEPARTURE_COUNT_H_
