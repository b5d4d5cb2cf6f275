#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_TRY_VERDICT_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_TRY_VERDICT_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/liveness.h"
#include "services/query_proxy/question.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::query {

// What one request to an application service has shown.
struct TryVerdict {
  Answer answer;  // Without the application service.
  // Another try may end better.
  bool retry = false;
  Liveness liveness = Liveness::kAlive;  // For the circuit breaker.
  // What its operator should know, for the log. Empty: nothing.
  std::string problem = {};
};

// Judges `response` to a question asked of a registration of `dialect`.
//
// A 2xx of a v1 registration proves nothing, whatever its body: only looking
// again decides. Of a draft registration the content counts if there is some.
// 404, and what means that there is no such route (405, 501, for v1 also a
// redirect), are a no. What passes (408, 429, 5xx, no connection) may be tried
// again; refused credentials and content that makes no sense may not.
TryVerdict JudgeTry(
    QuestionKind kind, appservice_client::Dialect dialect,
    const absl::StatusOr<appservice_client::AppserviceResponse>& response);

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_TRY_VERDICT_H_
