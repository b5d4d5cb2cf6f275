#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WORD_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WORD_H_

#include <compare>

#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// What replicas tell each other of queues that another one owns.
struct QueueWord {
  enum class Kind {
    kQueued,  // It got something.
    kHeard,   // Its application service made a request.
    kPinged,  // Its application service says that it listens.
    kHanded,  // It is the other's from now on.
  };
  Kind kind = Kind::kQueued;
  AppserviceUid uid = 0;

  auto operator<=>(const QueueWord&) const = default;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WORD_H_
