#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ATTEMPT_OUTCOME_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ATTEMPT_OUTCOME_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::push {

// How an attempt to deliver a transaction went.
struct AttemptReport {
  AttemptOutcome outcome = AttemptOutcome::kFailed;
  std::string error;  // For operators. Empty when delivered.
};

// What an application service's answer, or the lack of one, means.
// Source: https://spec.matrix.org/v1.17/application-service-api/#pushing-events
// Only a 2xx acknowledges; all else is tried again, and this tells whether the
// trouble looks as if it would pass by itself.
AttemptReport JudgeAnswer(
    const absl::StatusOr<appservice_client::AppserviceResponse>& answer);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ATTEMPT_OUTCOME_H_
