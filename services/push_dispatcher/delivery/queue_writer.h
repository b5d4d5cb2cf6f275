#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WRITER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WRITER_H_

#include <functional>
#include <vector>

#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/delivery/batch_thread.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/queue_store.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

// Performs the effect that writes. Seals and acknowledgements of many queues
// share one commit: those that came while the last one ran.
//
// Thread-safe. Has a thread of its own until it is destroyed.
class QueueWriter {
 public:
  // How an effect is answered. Called on the writer's thread.
  using Answer = std::function<void(AppserviceUid, DeliveryEvent)>;

  // All must outlive the writer.
  QueueWriter(QueueStore& store, const Clock& clock, PushMetrics& metrics,
              Answer answer);

  void Perform(AppserviceUid uid, Write effect);

  // Ends the thread; what is left isn't answered.
  void Stop() { thread_.Stop(); }

 private:
  struct Request {
    AppserviceUid uid = 0;
    Write effect;
  };

  void Serve(const std::vector<Request>& requests);

  QueueStore& store_;
  const Clock& clock_;
  PushMetrics& metrics_;
  const Answer answer_;
  BatchThread<Request> thread_;  // Last: uses the others.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_WRITER_H_
