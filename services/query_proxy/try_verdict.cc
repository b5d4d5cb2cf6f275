#include "services/query_proxy/try_verdict.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/query_proxy/room_answer.h"
#include "services/query_proxy/user_answer.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceResponse;
using appservice_client::Dialect;

TryVerdict Final(Outcome outcome, std::string problem = "") {
  return {.answer = {.outcome = outcome}, .problem = std::move(problem)};
}

TryVerdict Passing(Outcome outcome, std::string problem) {
  return {.answer = {.outcome = outcome},
          .retry = true,
          .problem = std::move(problem)};
}

TryVerdict JudgeContent(QuestionKind kind, Dialect dialect,
                        absl::string_view body) {
  if (dialect == Dialect::kV1) return Final(Outcome::kLookAgain);
  absl::StatusOr<Answer> answer = kind == QuestionKind::kUser
                                      ? ParseUserAnswer(body)
                                      : ParseRoomAnswer(body);
  if (!answer.ok()) {
    return Final(
        Outcome::kAppserviceUnavailable,
        absl::StrCat("its answer is malformed: ", answer.status().message()));
  }
  return {.answer = *std::move(answer)};
}

TryVerdict JudgeHttpStatus(Dialect dialect, int http_status) {
  switch (http_status) {
    case 404:
    case 405:
    case 501:
      return Final(Outcome::kNotFound);
    case 401:
    case 403:
      return Final(
          Outcome::kAppserviceUnavailable,
          absl::StrCat("it refuses our hs_token with HTTP ", http_status));
    case 408:
      return Passing(Outcome::kTimedOut, "it answers HTTP 408");
    case 429:
      return Passing(Outcome::kAppserviceUnavailable, "it answers HTTP 429");
    default:
      break;
  }
  const bool redirect = http_status >= 300 && http_status < 400;
  if (redirect && dialect == Dialect::kV1) return Final(Outcome::kNotFound);
  std::string problem = absl::StrCat("it answers HTTP ", http_status);
  if (http_status >= 500) {
    return Passing(Outcome::kAppserviceUnavailable, std::move(problem));
  }
  return Final(Outcome::kAppserviceUnavailable, std::move(problem));
}

TryVerdict JudgeFailure(const absl::Status& status) {
  std::string problem(status.message());
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return Passing(Outcome::kTimedOut, std::move(problem));
    case absl::StatusCode::kUnavailable:
      return Passing(Outcome::kAppserviceUnavailable, std::move(problem));
    default:
      // Its URL or token can't be used, its answer is too large, or we are
      // too busy ourselves: the next moment is no better.
      return Final(Outcome::kAppserviceUnavailable, std::move(problem));
  }
}

TryVerdict JudgeAnswer(QuestionKind kind, Dialect dialect,
                       const absl::StatusOr<AppserviceResponse>& response) {
  if (!response.ok()) return JudgeFailure(response.status());
  const int http_status = response->http_status;
  if (http_status >= 200 && http_status < 300) {
    return JudgeContent(kind, dialect, response->body);
  }
  return JudgeHttpStatus(dialect, http_status);
}

}  // namespace

TryVerdict JudgeTry(QuestionKind kind, Dialect dialect,
                    const absl::StatusOr<AppserviceResponse>& response) {
  TryVerdict verdict = JudgeAnswer(kind, dialect, response);
  verdict.liveness = LivenessOf(response);
  return verdict;
}

}  // namespace causeway::query
