#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_UPSTREAM_TRANSACTION_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_UPSTREAM_TRANSACTION_H_

#include "absl/status/statusor.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/ingest/publish_batch.h"

namespace causeway::push {

// The only parser of what upstream homeservers send.
// Source: https://spec.matrix.org/v1.17/application-service-api/#put_matrixappv1transactionstxnid
//
// INVALID_ARGUMENT (M_INVALID_PARAM, M_BAD_JSON, M_NOT_JSON) names the field:
// then it isn't a transaction at all. Of one that is, an event that can't be
// read is left out and told of: an error would make the homeserver repeat it
// for ever, and nothing behind it would come.
//
// The batch points to `request`, which must outlive it.
absl::StatusOr<PublishBatch> ParseUpstreamTransaction(
    const v1::PublishTransactionRequest& request);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_UPSTREAM_TRANSACTION_H_
