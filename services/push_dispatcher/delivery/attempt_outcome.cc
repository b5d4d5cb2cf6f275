#include "services/push_dispatcher/delivery/attempt_outcome.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace causeway::push {
namespace {

AttemptOutcome OutcomeOfHttp(int http_status) {
  if (http_status >= 200 && http_status < 300) {
    return AttemptOutcome::kDelivered;
  }
  switch (http_status) {
    case 413:
      return AttemptOutcome::kTooLarge;
    case 408:
    case 429:
      return AttemptOutcome::kFailed;
    // Another transaction would be refused as well (hard case 10).
    case 401:
    case 403:
    case 404:
    case 405:
      return AttemptOutcome::kRefused;
    default:
      break;
  }
  if (http_status >= 500) return AttemptOutcome::kFailed;
  return http_status >= 400 ? AttemptOutcome::kRejected
                            : AttemptOutcome::kRefused;  // A redirect.
}

AttemptOutcome OutcomeOfError(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kDeadlineExceeded:
      return AttemptOutcome::kTimedOut;
    case absl::StatusCode::kCancelled:
      return AttemptOutcome::kCancelled;
    case absl::StatusCode::kPermissionDenied:  // The address isn't allowed.
    case absl::StatusCode::kInvalidArgument:   // The URL is no good.
      return AttemptOutcome::kRefused;
    default:
      return AttemptOutcome::kFailed;
  }
}

}  // namespace

AttemptFinished JudgeAnswer(
    const absl::StatusOr<appservice_client::AppserviceResponse>& answer) {
  if (!answer.ok()) {
    return {.outcome = OutcomeOfError(answer.status().code()),
            .error = std::string(answer.status().message())};
  }
  const AttemptOutcome outcome = OutcomeOfHttp(answer->http_status);
  if (outcome == AttemptOutcome::kDelivered) {
    return {.outcome = outcome, .http_status = answer->http_status};
  }
  return {.outcome = outcome,
          .retry_after = answer->retry_after,
          .error = absl::StrCat("HTTP ", answer->http_status),
          .http_status = answer->http_status};
}

}  // namespace causeway::push
