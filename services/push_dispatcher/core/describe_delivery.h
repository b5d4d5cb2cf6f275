#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DESCRIBE_DELIVERY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DESCRIBE_DELIVERY_H_

#include <string>
#include <vector>

#include "services/push_dispatcher/core/delivery_effects.h"

namespace causeway::push {

// An effect in a few words, so that a test's table can be read:
//   "load 1 behind [10]"    "rebuild n-1"    "split n-1 at 50 bytes"
//   "write on n-1/1: ack n-1, [12] sealed {n-2 1:15 x3}"    "read head"
//   "send n-1, attempt 2"    "timer 2s"    "alarm n-1"
// A write names the head that it expects (last ID / how many are sealed), what
// became of the first of them, and the head afterwards.
std::string Describe(const DeliveryEffect& effect);

// All of them, joined by "; ".
std::string Describe(const std::vector<DeliveryEffect>& effects);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DESCRIBE_DELIVERY_H_
