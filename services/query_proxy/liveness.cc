#include "services/query_proxy/liveness.h"

#include "absl/status/status.h"

namespace causeway::query {

Liveness LivenessOf(
    const absl::StatusOr<appservice_client::AppserviceResponse>& response) {
  if (response.ok()) {
    return response->http_status < 500 || response->http_status == 501
               ? Liveness::kAlive
               : Liveness::kFailing;
  }
  switch (response.status().code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return Liveness::kFailing;
    case absl::StatusCode::kOutOfRange:  // Its answer is too large.
      return Liveness::kAlive;
    default:
      return Liveness::kUnknown;
  }
}

}  // namespace causeway::query
