#include "services/push_dispatcher/delivery/attempt_outcome.h"

#include <gtest/gtest.h>

#include <string>

namespace causeway::push {
namespace {

using enum AttemptOutcome;

TEST(AttemptOutcomeTest, OnlyTwoHundredsAcknowledge) {
  struct Case {
    int http_status;
    AttemptOutcome outcome;
  };
  const Case cases[] = {
      {200, kDelivered}, {201, kDelivered}, {204, kDelivered}, {101, kRefused},
      {301, kRefused},   {308, kRefused},   {400, kRejected},  {401, kRefused},
      {403, kRefused},   {404, kRefused},   {405, kRefused},   {408, kFailed},
      {413, kTooLarge},  {409, kRejected},  {422, kRejected},  {429, kFailed},
      {500, kFailed},    {501, kFailed},    {503, kFailed},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.http_status);
    const AttemptFinished report =
        JudgeAnswer(appservice_client::AppserviceResponse{
            .http_status = test.http_status, .body = "{}"});
    EXPECT_EQ(report.outcome, test.outcome);
    EXPECT_EQ(report.http_status, test.http_status);
    EXPECT_EQ(report.error, test.outcome == kDelivered
                                ? ""
                                : "HTTP " + std::to_string(test.http_status));
  }
}

TEST(AttemptOutcomeTest, TheServiceMayAskForAPause) {
  EXPECT_EQ(JudgeAnswer(appservice_client::AppserviceResponse{
                            .http_status = 429,
                            .body = "{}",
                            .retry_after = absl::Seconds(7)})
                .retry_after,
            absl::Seconds(7));
}

TEST(AttemptOutcomeTest, NoAnswer) {
  struct Case {
    absl::Status status;
    AttemptOutcome outcome;
  };
  const Case cases[] = {
      {absl::UnavailableError("refused"), kFailed},
      {absl::DeadlineExceededError("60s"), kTimedOut},
      {absl::CancelledError("by us"), kCancelled},
      {absl::PermissionDeniedError("address"), kRefused},
      {absl::InvalidArgumentError("url"), kRefused},
      {absl::ResourceExhaustedError("too many"), kFailed},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.status.ToString());
    const AttemptFinished report = JudgeAnswer(test.status);
    EXPECT_EQ(report.outcome, test.outcome);
    EXPECT_EQ(report.error, test.status.message());
  }
}

}  // namespace
}  // namespace causeway::push
