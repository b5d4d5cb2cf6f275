#include "services/push_dispatcher/delivery/attempt_outcome.h"

#include "absl/strings/str_cat.h"

namespace causeway::push {
namespace {

AttemptOutcome OutcomeOfHttp(int http_status) {
  if (http_status >= 200 && http_status < 300) {
    return AttemptOutcome::kDelivered;
  }
  if (http_status == 413) return AttemptOutcome::kTooLarge;
  if (http_status == 408 || http_status == 429 || http_status >= 500) {
    return AttemptOutcome::kFailed;
  }
  return AttemptOutcome::kRefused;
}

AttemptOutcome OutcomeOfError(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kDeadlineExceeded:
      return AttemptOutcome::kTimedOut;
    case absl::StatusCode::kPermissionDenied:  // The address isn't allowed.
    case absl::StatusCode::kInvalidArgument:   // The URL is no good.
      return AttemptOutcome::kRefused;
    default:
      return AttemptOutcome::kFailed;
  }
}

}  // namespace

AttemptReport JudgeAnswer(
    const absl::StatusOr<appservice_client::AppserviceResponse>& answer) {
  if (!answer.ok()) {
    return {OutcomeOfError(answer.status().code()),
            std::string(answer.status().message())};
  }
  const AttemptOutcome outcome = OutcomeOfHttp(answer->http_status);
  if (outcome == AttemptOutcome::kDelivered) return {outcome, ""};
  return {outcome, absl::StrCat("HTTP ", answer->http_status)};
}

}  // namespace causeway::push
