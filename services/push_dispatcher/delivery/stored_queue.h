#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_STORED_QUEUE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_STORED_QUEUE_H_

#include <cstdint>
#include <string>

#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// One queue in a fake store, for tests of what reads it. Its events are
// {"SOURCE":POSITION}.
class StoredQueue {
 public:
  static constexpr AppserviceUid kUid = 7;

  StoredQueue();

  // Commits `count` events of a source, of which the queue gets all;
  // `to_device` are messages, by index. What was committed.
  IngestBatch Publish(int count, const std::string& source = "hs",
                      const EventSet& to_device = {});

  // The body of the events first..last.
  static std::string Body(const std::string& source, int64_t first,
                          int64_t last);

  FakePushStore& store() { return store_; }

 private:
  FakePushStore store_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_STORED_QUEUE_H_
