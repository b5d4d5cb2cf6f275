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

TryVerdict Passing(Outcome outcome, Liveness liveness, std::string problem) {
  return {.answer = {.outcome = outcome},
          .retry = true,
          .liveness = liveness,
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
      return Passing(Outcome::kTimedOut, Liveness::kAlive,
                     "it answers HTTP 408");
    case 429:
      return Passing(Outcome::kAppserviceUnavailable, Liveness::kAlive,
                     "it answers HTTP 429");
    default:
      break;
  }
  const bool redirect = http_status >= 300 && http_status < 400;
  if (redirect && dialect == Dialect::kV1) return Final(Outcome::kNotFound);
  std::string problem = absl::StrCat("it answers HTTP ", http_status);
  if (http_status >= 500) {
    return Passing(Outcome::kAppserviceUnavailable, Liveness::kFailing,
                   std::move(problem));
  }
  return Final(Outcome::kAppserviceUnavailable, std::move(problem));
}

TryVerdict JudgeFailure(const absl::Status& status) {
  std::string problem(status.message());
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return Passing(Outcome::kTimedOut, Liveness::kFailing,
                     std::move(problem));
    case absl::StatusCode::kUnavailable:
      return Passing(Outcome::kAppserviceUnavailable, Liveness::kFailing,
                     std::move(problem));
    case absl::StatusCode::kOutOfRange:  // Its answer is too large.
      return Final(Outcome::kAppserviceUnavailable, std::move(problem));
    default: {
      // Its URL or token can't be used, or we are too busy ourselves: the next
      // moment is no better.
      TryVerdict verdict =
          Final(Outcome::kAppserviceUnavailable, std::move(problem));
      verdict.liveness = Liveness::kUnknown;
      return verdict;
    }
  }
}

}  // namespace

TryVerdict JudgeTry(QuestionKind kind, Dialect dialect,
                    const absl::StatusOr<AppserviceResponse>& response) {
  if (!response.ok()) return JudgeFailure(response.status());
  const int http_status = response->http_status;
  if (http_status >= 200 && http_status < 300) {
    return JudgeContent(kind, dialect, response->body);
  }
  return JudgeHttpStatus(dialect, http_status);
}

}  // namespace causeway::query
