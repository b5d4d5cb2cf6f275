// What operators do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/testing/operator_service_fixture.h"

namespace causeway::push {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum absl::StatusCode;

class OperatorActsTest : public OperatorServiceFixture {};

TEST_F(OperatorActsTest, PausesAndResumes) {
  const auto paused = Call(&Operator::PauseQueue, Act<v1::PauseQueueRequest>());
  ASSERT_TRUE(paused.ok()) << paused.status();
  EXPECT_EQ(paused->state(), v1::Queue::PAUSED);
  EXPECT_EQ(changed_count_, 1);
  const auto resumed =
      Call(&Operator::ResumeQueue, Act<v1::ResumeQueueRequest>());
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_EQ(resumed->state(), v1::Queue::IDLE);
  EXPECT_EQ(changed_count_, 2);
}

TEST_F(OperatorActsTest, SetsThePolicy) {
  auto request = Act<v1::SetPolicyRequest>();
  v1::Policy& policy = *request.mutable_policy();
  policy.set_on_rejection(v1::Policy::QUARANTINE);
  policy.set_on_expiry(v1::Policy::DROP_EXPIRED);
  policy.set_event_age_max_seconds(60);
  policy.set_remembers_every_txn_id(true);
  auto queue = Call(&Operator::SetPolicy, request);
  ASSERT_TRUE(queue.ok()) << queue.status();
  policy.set_rejections_max(10);  // The default.
  EXPECT_EQ(queue->policy().SerializeAsString(), policy.SerializeAsString());
  EXPECT_EQ(store_.FindQueue("irc")->settings,
            (QueueSettings{.remembers_every_id = true,
                           .on_rejection = OnRejection::kQuarantine,
                           .on_expiry = OnExpiry::kDrop,
                           .event_age_max = absl::Seconds(60)}));
  // All of it is set.
  request.clear_policy();
  queue = Call(&Operator::SetPolicy, request);
  ASSERT_TRUE(queue.ok()) << queue.status();
  EXPECT_EQ(store_.FindQueue("irc")->settings, QueueSettings());
}

// Whichever replica is asked: the owner takes the queue again.
TEST_F(OperatorActsTest, RetryNowReachesTheOwner) {
  const QueueWrite seal = Seal(1);
  ASSERT_TRUE(Call(&Operator::RetryNow, Act<v1::RetryNowRequest>()).ok());
  EXPECT_EQ(changed_count_, 1);
  // Who believes it is still as it was takes it again.
  const LeaseRound round =
      store_
          .Renew(replica_, {.dead = {}, .held = {{1, seal.epoch, seal.nonce}}})
          .value();
  EXPECT_THAT(round.acquired, Contains(Field(&AcquiredQueue::uid, 1)));
  const auto acts = store_.ListAuditRecords("irc", kNewest, 1).value();
  EXPECT_EQ(acts.at(0).action, "retry_now");
  EXPECT_EQ(acts.at(0).reason, "because");
}

TEST_F(OperatorActsTest, SkipsTheFirstSealedAlone) {
  Seal(2);
  auto request = Act<v1::SkipTransactionRequest>();
  request.set_txn_id("n-2");
  EXPECT_EQ(Call(&Operator::SkipTransaction, request).status().code(),
            kFailedPrecondition);
  request.set_txn_id("n-1");
  const auto queue = Call(&Operator::SkipTransaction, request);
  ASSERT_TRUE(queue.ok()) << queue.status();
  EXPECT_EQ(queue->txn_id(), "n-2");
}

TEST_F(OperatorActsTest, MovesToNow) {
  Seal(2);
  const auto queue = Call(&Operator::MoveToNow, Act<v1::MoveToNowRequest>());
  ASSERT_TRUE(queue.ok()) << queue.status();
  EXPECT_EQ(queue->sealed_transactions(), 0);
  EXPECT_EQ(queue->queued_events(), 0);
}

TEST_F(OperatorActsTest, ReplaysOnce) {
  Quarantine(Seal(1));
  auto request = Act<v1::ReplayRequest>();
  request.set_txn_id("n-2");
  EXPECT_EQ(Call(&Operator::Replay, request).status().code(), kNotFound);
  request.set_txn_id("n-1");
  const auto replayed = Call(&Operator::Replay, request);
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->event_count(), 2);
  EXPECT_EQ(Queue().queued_events(), 2);
  EXPECT_EQ(Transactions().at(0).state(), Transaction::REPLAYED);
  EXPECT_TRUE(Transactions().at(0).has_replay_time());
  EXPECT_EQ(Call(&Operator::Replay, request).status().code(),
            kFailedPrecondition);
}

TEST_F(OperatorActsTest, ForgetsLeftHistories) {
  ASSERT_TRUE(store_.RestartSource("hs", 1, {}).ok());
  v1::ForgetLeftHistoriesRequest request;
  request.set_source("hs");
  request.set_reason("it is right after all");
  const auto forgotten = Call(&Operator::ForgetLeftHistories, request);
  ASSERT_TRUE(forgotten.ok()) << forgotten.status();
  EXPECT_EQ(forgotten->forgotten_histories(), 1);
  EXPECT_THAT(store_.GetSourceHistory("hs").value().left, IsEmpty());
  const auto acts = store_.ListAuditRecords("", kNewest, 1).value();
  EXPECT_EQ(acts.at(0).actor, "operator");
  EXPECT_EQ(acts.at(0).action, "left_histories_forgotten");
  EXPECT_EQ(acts.at(0).reason, "it is right after all");

  request.set_source("nobody");
  const absl::Status missing =
      Call(&Operator::ForgetLeftHistories, request).status();
  EXPECT_EQ(missing.code(), kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("nobody"));
}

TEST_F(OperatorActsTest, RefusesBadRequestsNamingTheField) {
  auto expect_refused = [](const absl::Status& status, const char* field) {
    SCOPED_TRACE(field);
    EXPECT_EQ(status.code(), kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(field));
  };
  auto pause = Act<v1::PauseQueueRequest>();
  pause.clear_reason();
  expect_refused(Call(&Operator::PauseQueue, pause).status(), "reason");
  pause.set_reason(std::string(1025, 'x'));
  expect_refused(Call(&Operator::PauseQueue, pause).status(), "reason");
  pause = Act<v1::PauseQueueRequest>();
  pause.clear_appservice_id();
  expect_refused(Call(&Operator::PauseQueue, pause).status(), "appservice_id");
  expect_refused(
      Call(&Operator::SkipTransaction, Act<v1::SkipTransactionRequest>())
          .status(),
      "txn_id");
  expect_refused(Call(&Operator::Replay, Act<v1::ReplayRequest>()).status(),
                 "txn_id");

  v1::ForgetLeftHistoriesRequest forget;
  forget.set_source("hs");
  expect_refused(Call(&Operator::ForgetLeftHistories, forget).status(),
                 "reason");
  forget.set_reason("because");
  forget.clear_source();
  expect_refused(Call(&Operator::ForgetLeftHistories, forget).status(),
                 "source");

  auto policy = Act<v1::SetPolicyRequest>();
  policy.mutable_policy()->set_rejections_max(1001);
  expect_refused(Call(&Operator::SetPolicy, policy).status(),
                 "policy.rejections_max");
  policy.mutable_policy()->set_rejections_max(-1);
  expect_refused(Call(&Operator::SetPolicy, policy).status(),
                 "policy.rejections_max");
  policy.clear_policy();
  policy.mutable_policy()->set_event_age_max_seconds(3153600001);
  expect_refused(Call(&Operator::SetPolicy, policy).status(),
                 "policy.event_age_max_seconds");
  policy.clear_policy();
  policy.mutable_policy()->set_on_expiry(v1::Policy::DROP_EXPIRED);
  expect_refused(Call(&Operator::SetPolicy, policy).status(),
                 "policy.event_age_max_seconds");
  policy.mutable_policy()->set_on_expiry(static_cast<v1::Policy::OnExpiry>(99));
  expect_refused(Call(&Operator::SetPolicy, policy).status(),
                 "policy.on_expiry");
  policy.clear_policy();
  policy.mutable_policy()->set_on_rejection(
      static_cast<v1::Policy::OnRejection>(99));
  expect_refused(Call(&Operator::SetPolicy, policy).status(),
                 "policy.on_rejection");

  v1::ListQueuesRequest queues;
  queues.set_page_token("?");
  expect_refused(Call(&Operator::ListQueues, queues).status(), "page_token");
  queues.set_page_size(-1);
  queues.clear_page_token();
  expect_refused(Call(&Operator::ListQueues, queues).status(), "page_size");
  v1::ListAuditRecordsRequest records;
  records.set_page_token("?");
  expect_refused(Call(&Operator::ListAuditRecords, records).status(),
                 "page_token");
  EXPECT_EQ(changed_count_, 0);
  EXPECT_THAT(store_.ListAuditRecords("", kNewest, 9).value(), IsEmpty());
}

TEST_F(OperatorActsTest, ExplainsEvents) {
  v1::ExplainRequest request;
  request.set_appservice_id("irc");
  EXPECT_EQ(Call(&Operator::Explain, request).status().code(),
            kInvalidArgument);
  request.set_event_id("$none");
  EXPECT_EQ(Call(&Operator::Explain, request).status().code(), kNotFound);
}

TEST_F(OperatorActsTest, ActsOnUnknownQueuesAreNotFound) {
  auto request = Act<v1::PauseQueueRequest>();
  request.set_appservice_id("none");
  EXPECT_EQ(Call(&Operator::PauseQueue, request).status().code(), kNotFound);
}

}  // namespace
}  // namespace causeway::push
