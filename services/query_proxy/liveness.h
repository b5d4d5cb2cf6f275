#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_LIVENESS_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_LIVENESS_H_

#include "absl/status/statusor.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::query {

// What one try has shown of an application service, whatever it said.
enum class Liveness {
  kAlive,    // It is there and answers.
  kFailing,  // It isn't there, or broken.
  kUnknown,  // It was our own trouble: nothing was sent.
};

// What comes of AppserviceClient::Send() shows. 501 means that it has no such
// route, which is an answer.
Liveness LivenessOf(
    const absl::StatusOr<appservice_client::AppserviceResponse>& response);

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_LIVENESS_H_
