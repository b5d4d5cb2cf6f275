#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DESCRIBE_DELIVERY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DESCRIBE_DELIVERY_H_

#include <string>
#include <vector>

#include "services/push_dispatcher/core/delivery_effects.h"

namespace causeway::push {

// An effect in a few words, so that a test's table can be read:
//   "load behind [10], at most 100"    "rebuild n-1"    "read head"
//   "write on n-1 sealed: ack 1:10 x2, seal n-2 1:13 x3"
//   "send n-1, attempt 2"    "timer 2s"    "alarm n-1"
std::string Describe(const DeliveryEffect& effect);

// All of them, joined by "; ".
std::string Describe(const std::vector<DeliveryEffect>& effects);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DESCRIBE_DELIVERY_H_
