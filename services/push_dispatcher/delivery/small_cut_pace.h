#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SMALL_CUT_PACE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SMALL_CUT_PACE_H_

#include <deque>
#include <optional>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// Holds back queues that have less than a whole transaction to send while
// events come faster than they can be taken in.
//
// A transaction costs several times what an event does. With thousands of
// queues that each get a little, sending it all at once would leave no time to
// take anything in, and so keep transactions small: everything is slower for
// it. So they take turns then, at a bounded rate in all, and have more to send
// when their turn comes. With few queues it comes at once.
//
// `now` is always that of the monotonic clock. Thread-compatible.
class SmallCutPace {
 public:
  // 0: holds back nobody.
  explicit SmallCutPace(int per_second_max);

  // Something was taken in. `saturated`: as fast as it can be. Holds for 250
  // ms, unless the next says otherwise.
  void TakenIn(bool saturated, absl::Duration now);

  // Whether queues have to wait for their turn now.
  bool Holds(absl::Duration now) const;
  void Hold(AppserviceUid uid) { held_.push_back(uid); }

  // Whose turn it is, those first that have waited longest; everybody's, if
  // nobody has to wait any more.
  std::optional<AppserviceUid> Next(absl::Duration now);
  // How long to wait for the next turn; infinite if nobody is held.
  absl::Duration UntilNext(absl::Duration now) const;

 private:
  const absl::Duration interval_;
  absl::Duration saturated_until_;
  absl::Duration turn_at_;
  std::deque<AppserviceUid> held_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SMALL_CUT_PACE_H_
