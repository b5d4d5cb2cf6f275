#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_OWNER_INQUIRY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_OWNER_INQUIRY_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/delivery/delivery_status.h"
#include "services/push_dispatcher/queue_proto.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

// How the delivery of queues stands, asked of whoever owns them: nobody else
// knows, since nothing of it is kept in the store. This process is asked
// directly, each other owner by one call for all of its queues, all at once;
// one that doesn't answer costs a second.
//
// Thread-safe. Calls block.
class OwnerInquiry {
 public:
  // What this process knows of a queue; empty if it doesn't own it.
  using OwnStatus = std::function<std::optional<DeliveryStatus>(AppserviceUid)>;
  // How the other replica of this name is called; null: it doesn't live.
  using FindReplica =
      std::function<std::shared_ptr<v1::PushDispatcher::StubInterface>(
          const std::string& name)>;

  // Both are called on any thread. `clock` must outlive this.
  OwnerInquiry(OwnStatus own_status, FindReplica find_replica,
               const Clock& clock)
      : own_status_(std::move(own_status)),
        find_replica_(std::move(find_replica)),
        clock_(clock) {}

  // Of each of `queues`, at most 10000, in their order.
  std::vector<KnownDelivery> Ask(absl::Span<const QueueSummary> queues) const;

  // As operators are shown them.
  std::vector<v1::Queue> Show(absl::Span<const QueueSummary> queues) const;

 private:
  const OwnStatus own_status_;
  const FindReplica find_replica_;
  const Clock& clock_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_OWNER_INQUIRY_H_
