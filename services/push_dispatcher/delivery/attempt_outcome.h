#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ATTEMPT_OUTCOME_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ATTEMPT_OUTCOME_H_

#include "absl/status/statusor.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::push {

// What an application service's answer to a transaction, or the lack of one,
// means; the ticket and the excerpt are left to the caller. Only a 2xx
// acknowledges. All else is tried again, and this tells whether the trouble
// looks as if it would pass by itself, and whose it is.
// Source: https://spec.matrix.org/v1.17/application-service-api/#pushing-events
AttemptFinished JudgeAnswer(
    const absl::StatusOr<appservice_client::AppserviceResponse>& answer);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ATTEMPT_OUTCOME_H_
