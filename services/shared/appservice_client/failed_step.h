#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_FAILED_STEP_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_FAILED_STEP_H_

#include <optional>

#include "absl/status/status.h"

namespace causeway::appservice_client {

// On the way of a request to an application service, in this order. To look up
// a name and to check the addresses that it has are two steps.
enum class Step { kName, kAddress, kConnection, kTls, kAnswer };

// At which step a request failed: a payload of the status of
// AppserviceClient::Callback. Does nothing to OK.
void SetFailedStep(absl::Status& status, Step step);

// Empty when `status` doesn't tell: the request was not sent.
std::optional<Step> FailedStep(const absl::Status& status);

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_FAILED_STEP_H_
