#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDED_QUEUE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDED_QUEUE_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/decide.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {

// One queue, for tests of Decide(): told of events by name, so that a story
// reads as one. Answers find the ticket that is out.
//
//   "lease"           with nothing sealed, settled up to 10
//   "lease, sealed"   the same with old-9 sealed, four events up to 14
//   "cut", "full cut", "two cuts"     of 2, 100, and 100 + 2 events, each
//                     behind what was asked for; bodies of 40 bytes
//   "typing"          the ephemeral event {"t":1} of room 1; set_typing()
//                     names another
//   "split"           into two pieces; "200", "413", "400", "403", "500",
//                     "timeout": what the service answered
class DecidedQueue {
 public:
  explicit DecidedQueue(QueueSettings settings = {}) : settings_(settings) {}

  // What the event led to, in the words of Describe().
  std::string Tell(const std::string& event_name);
  // For what leads up to what is tested.
  void TellAll(const std::vector<std::string>& event_names);
  std::string Tell(const DeliveryEvent& event);

  void set_typing(int room) { typing_ = room; }

  absl::string_view phase() const { return PhaseName(PhaseOf(state_)); }
  const DeliveryState& state() const { return state_; }
  absl::Duration now() const { return now_; }
  void AdvanceTime(absl::Duration duration) {
    now_ += duration;
    wall_ += duration;
  }

  static std::vector<std::string> EventNames();

 private:
  using EventMaker = std::function<DeliveryEvent(const DecidedQueue&)>;
  static const std::map<std::string, EventMaker>& Events();

  const DeliveryOptions options_;
  const QueueSettings settings_;
  DeliveryState state_;
  LoadNext load_;      // The last one.
  SplitSealed split_;  // The last one.
  int typing_ = 1;
  absl::Duration now_ = absl::Seconds(100);
  absl::Time wall_ = absl::UnixEpoch() + absl::Hours(1);
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDED_QUEUE_H_
