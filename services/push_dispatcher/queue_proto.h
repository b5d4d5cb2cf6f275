// What operators are shown.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_PROTO_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_PROTO_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/delivery/delivery_status.h"
#include "services/push_dispatcher/delivery/queue_state.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/set_aside.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

using SourceNames = absl::flat_hash_map<SourceId, std::string>;

v1::Queue::State ToProto(QueueState state);

using Delivery = v1::ListDeliveriesResponse::Delivery;

// What its owner knows of a queue, or why nobody could be asked.
using KnownDelivery = absl::StatusOr<Delivery>;

Delivery ToProto(AppserviceUid uid, const DeliveryStatus& status,
                 const Clock& clock);

v1::Queue ToProto(const QueueSummary& summary, const KnownDelivery& delivery);

// What is sealed, in the order of sending.
std::vector<v1::ListTransactionsResponse::Transaction> SealedToProto(
    const QueueHead& head, const KnownDelivery& delivery,
    const SourceNames& sources);
v1::ListTransactionsResponse::Transaction ToProto(
    const SetAsideTransaction& transaction, const SourceNames& sources);

v1::ListAuditRecordsResponse::Record ToProto(const AuditRecord& record);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_PROTO_H_
