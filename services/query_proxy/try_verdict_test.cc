#include "services/query_proxy/try_verdict.h"

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceResponse;
using appservice_client::Dialect;
using ::testing::HasSubstr;

constexpr auto kUser = QuestionKind::kUser;
constexpr auto kAlias = QuestionKind::kRoomAlias;
constexpr auto kDraft = Dialect::kDraft;
constexpr auto kV1 = Dialect::kV1;

struct Case {
  std::string name;
  QuestionKind kind;
  Dialect dialect;
  int http_status;  // 0: `failure` in place of an answer.
  std::string body;
  absl::StatusCode failure;
  Outcome outcome;
  bool retry;
  Liveness liveness;
};

void PrintTo(const Case& test_case, std::ostream* out) {
  *out << test_case.name;
}

Case Http(std::string name, QuestionKind kind, Dialect dialect, int http_status,
          std::string body, Outcome outcome, bool retry = false,
          Liveness liveness = Liveness::kAlive) {
  return {name,    kind,  dialect, http_status, body, absl::StatusCode::kOk,
          outcome, retry, liveness};
}

Case Failure(std::string name, absl::StatusCode failure, Outcome outcome,
             bool retry, Liveness liveness) {
  return {name, kUser, kV1, 0, "", failure, outcome, retry, liveness};
}

class TryVerdictTest : public ::testing::TestWithParam<Case> {};

TEST_P(TryVerdictTest, Judges) {
  const Case& test_case = GetParam();
  AppserviceResponse answer{.http_status = test_case.http_status,
                            .body = test_case.body,
                            .path_dialect = test_case.dialect};
  absl::StatusOr<AppserviceResponse> response = answer;
  if (test_case.http_status == 0) {
    response = absl::Status(test_case.failure, "why");
  }
  TryVerdict verdict = JudgeTry(test_case.kind, test_case.dialect, response);
  EXPECT_EQ(verdict.answer.outcome, test_case.outcome);
  EXPECT_EQ(verdict.retry, test_case.retry);
  EXPECT_EQ(verdict.liveness, test_case.liveness);
  // Whatever leaves the question open has a reason that can be read.
  const bool open = test_case.outcome == Outcome::kTimedOut ||
                    test_case.outcome == Outcome::kAppserviceUnavailable;
  EXPECT_EQ(!verdict.problem.empty(), open) << verdict.problem;
}

INSTANTIATE_TEST_SUITE_P(
    Content, TryVerdictTest,
    ::testing::Values(
        Http("DraftUserWithProfile", kUser, kDraft, 200,
             R"({"profile":{"display_name":"Bob"}})", Outcome::kExistsCreate),
        Http("DraftUserBare", kUser, kDraft, 200, "{}", Outcome::kExistsCreate),
        Http("DraftUserErrcode", kUser, kDraft, 200,
             R"({"errcode":"M_NOT_FOUND"})", Outcome::kLookAgain),
        Http("DraftRoomWithContent", kAlias, kDraft, 200, R"({"events":[]})",
             Outcome::kExistsCreate),
        Http("DraftRoomBare", kAlias, kDraft, 200, "{}", Outcome::kLookAgain),
        Http("DraftRoomErrcode", kAlias, kDraft, 200,
             R"({"errcode":"M_NOT_FOUND"})", Outcome::kLookAgain),
        Http("DraftMalformed", kAlias, kDraft, 200, R"({"events":[1]})",
             Outcome::kAppserviceUnavailable),
        Http("V1User", kUser, kV1, 200, "{}", Outcome::kLookAgain),
        Http("V1UserErrcode", kUser, kV1, 200, R"({"errcode":"M_UNKNOWN"})",
             Outcome::kLookAgain),
        Http("V1UserProfileProvesNothing", kUser, kV1, 200,
             R"({"profile":{"display_name":"Bob"}})", Outcome::kLookAgain),
        Http("V1Room", kAlias, kV1, 200, "not even JSON", Outcome::kLookAgain),
        Http("Created", kUser, kV1, 201, "{}", Outcome::kLookAgain)),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Status, TryVerdictTest,
    ::testing::Values(
        Http("NotFound", kUser, kV1, 404, R"({"errcode":"X"})",
             Outcome::kNotFound),
        Http("DraftNotFound", kAlias, kDraft, 404, "", Outcome::kNotFound),
        Http("NoSuchMethod", kUser, kV1, 405, "", Outcome::kNotFound),
        Http("NotImplemented", kUser, kV1, 501, "", Outcome::kNotFound),
        Http("V1Redirect", kUser, kV1, 308, "", Outcome::kNotFound),
        Http("DraftRedirect", kUser, kDraft, 308, "",
             Outcome::kAppserviceUnavailable),
        Http("CredentialsMissing", kUser, kDraft, 401, "",
             Outcome::kAppserviceUnavailable),
        Http("CredentialsRejected", kUser, kV1, 403, "",
             Outcome::kAppserviceUnavailable),
        Http("BadRequest", kUser, kV1, 400, "",
             Outcome::kAppserviceUnavailable),
        Http("RequestTimeout", kUser, kV1, 408, "", Outcome::kTimedOut, true),
        Http("TooMany", kUser, kV1, 429, "", Outcome::kAppserviceUnavailable,
             true),
        Http("Broken", kUser, kV1, 500, "", Outcome::kAppserviceUnavailable,
             true, Liveness::kFailing),
        Http("BadGateway", kUser, kV1, 502, "", Outcome::kAppserviceUnavailable,
             true, Liveness::kFailing)),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    NoAnswer, TryVerdictTest,
    ::testing::Values(
        Failure("Hangs", absl::StatusCode::kDeadlineExceeded,
                Outcome::kTimedOut, true, Liveness::kFailing),
        Failure("NoConnection", absl::StatusCode::kUnavailable,
                Outcome::kAppserviceUnavailable, true, Liveness::kFailing),
        Failure("AddressNotAllowed", absl::StatusCode::kPermissionDenied,
                Outcome::kAppserviceUnavailable, false, Liveness::kUnknown),
        Failure("BadUrl", absl::StatusCode::kInvalidArgument,
                Outcome::kAppserviceUnavailable, false, Liveness::kUnknown),
        Failure("AnswerTooLarge", absl::StatusCode::kOutOfRange,
                Outcome::kAppserviceUnavailable, false, Liveness::kAlive),
        Failure("WeAreBusy", absl::StatusCode::kResourceExhausted,
                Outcome::kAppserviceUnavailable, false, Liveness::kUnknown)),
    [](const auto& info) { return info.param.name; });

TEST(TryVerdictProblemTest, NamesTheMalformedField) {
  AppserviceResponse response{
      .http_status = 200,
      .body = R"({"state":[{"type":"t","content":{},"state_key":""}]})",
      .path_dialect = kDraft};
  EXPECT_THAT(JudgeTry(kAlias, kDraft, response).problem, HasSubstr("user_id"));
}

}  // namespace
}  // namespace causeway::query
