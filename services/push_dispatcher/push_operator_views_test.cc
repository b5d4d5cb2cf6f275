// What operators see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/testing/operator_service_fixture.h"

namespace causeway::push {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using enum absl::StatusCode;

class OperatorViewsTest : public OperatorServiceFixture {};

TEST_F(OperatorViewsTest, ShowsAQueue) {
  Seal(2);
  const v1::Queue queue = Queue();
  EXPECT_EQ(queue.appservice_uid(), "1");
  EXPECT_EQ(queue.state(), v1::Queue::UNKNOWN);
  EXPECT_EQ(queue.owner_error(), "its owner, a, is not known to live");
  EXPECT_EQ(queue.txn_id(), "n-1");
  EXPECT_EQ(queue.txn_events(), 2);
  EXPECT_EQ(queue.sealed_transactions(), 2);
  EXPECT_EQ(queue.owner(), "a");
  EXPECT_EQ(queue.epoch(), 1);
  EXPECT_EQ(queue.policy().on_rejection(), v1::Policy::BLOCK);
  EXPECT_EQ(queue.policy().rejections_max(), 10);
  EXPECT_EQ(queue.policy().on_expiry(), v1::Policy::DELIVER_EXPIRED);
  EXPECT_EQ(queue.policy().event_age_max_seconds(), 0);
  v1::GetQueueRequest request;
  request.set_appservice_id("none");
  EXPECT_EQ(Call(&Operator::GetQueue, request).status().code(), kNotFound);
}

struct StateCase {
  const char* name;
  Phase phase;
  AttemptOutcome outcome;
  OnRejection on_rejection;
  v1::Queue::State state;
};

class QueueStateTest : public OperatorViewsTest,
                       public ::testing::WithParamInterface<StateCase> {};

TEST_P(QueueStateTest, TellsWhatTheQueueIsAt) {
  status_ = DeliveryStatus{.phase = GetParam().phase,
                           .nonce = "",
                           .on_rejection = GetParam().on_rejection,
                           .last_outcome = GetParam().outcome,
                           .attempts = 3,
                           .last_error = "HTTP 400",
                           .last_http_status = 400,
                           .last_answer_excerpt = "no",
                           .next_attempt_at = clock_.MonotonicNow()};
  const v1::Queue queue = Queue();
  EXPECT_EQ(queue.state(), GetParam().state);
  EXPECT_EQ(queue.attempts(), 3);
  EXPECT_EQ(queue.last_http_status(), 400);
  EXPECT_EQ(queue.last_answer(), "no");
  EXPECT_EQ(queue.has_next_attempt_time(),
            GetParam().phase == Phase::kBackingOff);
}

INSTANTIATE_TEST_SUITE_P(
    All, QueueStateTest,
    ::testing::Values(
        StateCase{"Idle", Phase::kIdle, AttemptOutcome::kDelivered,
                  OnRejection::kBlock, v1::Queue::IDLE},
        StateCase{"Sending", Phase::kSending, AttemptOutcome::kDelivered,
                  OnRejection::kBlock, v1::Queue::SENDING},
        StateCase{"Paused", Phase::kPaused, AttemptOutcome::kDelivered,
                  OnRejection::kBlock, v1::Queue::PAUSED},
        StateCase{"BackingOff", Phase::kBackingOff, AttemptOutcome::kTimedOut,
                  OnRejection::kQuarantine, v1::Queue::BACKING_OFF},
        StateCase{"Refused", Phase::kBackingOff, AttemptOutcome::kRefused,
                  OnRejection::kQuarantine, v1::Queue::BLOCKED},
        StateCase{"Rejected", Phase::kBackingOff, AttemptOutcome::kRejected,
                  OnRejection::kBlock, v1::Queue::BLOCKED},
        StateCase{"Quarantining", Phase::kBackingOff, AttemptOutcome::kRejected,
                  OnRejection::kQuarantine, v1::Queue::QUARANTINING},
        StateCase{"Skipping", Phase::kBackingOff, AttemptOutcome::kRejected,
                  OnRejection::kSkip, v1::Queue::QUARANTINING},
        StateCase{"NotReproduced", Phase::kBlocked, AttemptOutcome::kDelivered,
                  OnRejection::kBlock, v1::Queue::BLOCKED}),
    [](const auto& info) { return info.param.name; });

TEST_F(OperatorViewsTest, PagesThroughQueues) {
  v1::ListQueuesRequest request;
  request.set_page_size(1);
  auto page = Call(&Operator::ListQueues, request);
  ASSERT_THAT(page->queues(), SizeIs(1));
  EXPECT_EQ(page->queues(0).appservice_id(), "irc");
  request.set_page_token(page->next_page_token());
  page = Call(&Operator::ListQueues, request);
  ASSERT_THAT(page->queues(), SizeIs(1));
  EXPECT_EQ(page->queues(0).appservice_id(), "xmpp");
  EXPECT_THAT(page->next_page_token(), IsEmpty());
}

TEST_F(OperatorViewsTest, ListsWhatIsSealedAndWhatWasSetAside) {
  Quarantine(Seal(2));
  auto skip = Act<v1::SkipTransactionRequest>();
  skip.set_txn_id("n-2");
  ASSERT_TRUE(Call(&Operator::SkipTransaction, skip).ok());
  Seal(1);

  const std::vector<Transaction> all = Transactions();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].state(), Transaction::SEALED);
  EXPECT_EQ(all[0].after_position(), 20);
  EXPECT_FALSE(all[0].has_settle_time());
  EXPECT_EQ(all[1].state(), Transaction::SKIPPED);
  EXPECT_EQ(all[1].reason(), "because");
  EXPECT_EQ(all[2].state(), Transaction::QUARANTINED);
  EXPECT_EQ(all[2].txn_id(), "n-1");
  EXPECT_EQ(all[2].event_count(), 2);
  EXPECT_EQ(all[2].source(), "hs");
  EXPECT_EQ(all[2].after_position(), 0);
  EXPECT_EQ(all[2].last_position(), 10);
  EXPECT_EQ(all[2].reason(), "refused 10 times");
  EXPECT_TRUE(all[2].has_settle_time());
  EXPECT_EQ(Queue().set_aside_transactions(), 2);

  v1::ListTransactionsRequest request;
  request.set_appservice_id("irc");
  request.set_page_size(1);
  auto page = Call(&Operator::ListTransactions, request).value();
  ASSERT_THAT(page.transactions(), SizeIs(2));  // One is sealed.
  request.set_page_token(page.next_page_token());
  page = Call(&Operator::ListTransactions, request).value();
  ASSERT_THAT(page.transactions(), SizeIs(1));
  EXPECT_EQ(page.transactions(0).txn_id(), "n-1");
  EXPECT_THAT(page.next_page_token(), IsEmpty());
}

TEST_F(OperatorViewsTest, ListsHowTheLastAttemptWent) {
  Seal(2);
  status_ = DeliveryStatus{.phase = Phase::kBackingOff,
                           .nonce = "",
                           .attempts = 2,
                           .last_error = "HTTP 500",
                           .last_http_status = 500,
                           .last_answer_excerpt = "boom",
                           .txn_id = "n-2",
                           .next_attempt_at = clock_.MonotonicNow()};
  std::vector<Transaction> all = Transactions();
  EXPECT_EQ(all.at(0).attempts(), 0);
  EXPECT_EQ(all.at(0).last_error(), "");
  EXPECT_EQ(all.at(1).attempts(), 2);
  EXPECT_EQ(all.at(1).last_error(), "HTTP 500");
  EXPECT_EQ(all.at(1).last_http_status(), 500);
  EXPECT_EQ(all.at(1).last_answer(), "boom");
  // What is kept is of the one before.
  status_->attempts = 0;
  EXPECT_EQ(Transactions().at(1).last_error(), "");
}

// Whoever skips it has the owner's word on record, which the owner forgets.
TEST_F(OperatorViewsTest, WhatIsSkippedKeepsItsLastAttempt) {
  Seal(2);
  status_ = DeliveryStatus{.phase = Phase::kBackingOff,
                           .nonce = "",
                           .attempts = 4,
                           .last_error = "HTTP 400",
                           .last_http_status = 400,
                           .last_answer_excerpt = "no",
                           .last_attempt_time = absl::FromUnixSeconds(5),
                           .txn_id = "n-1",
                           .next_attempt_at = clock_.MonotonicNow()};
  auto skip = Act<v1::SkipTransactionRequest>();
  for (const char* txn_id : {"n-1", "n-2"}) {
    skip.set_txn_id(txn_id);
    ASSERT_TRUE(Call(&Operator::SkipTransaction, skip).ok());
  }
  const std::vector<Transaction> all = Transactions();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].attempts(), 0);  // Another one was tried.
  EXPECT_EQ(all[0].last_error(), "");
  EXPECT_EQ(all[1].attempts(), 4);
  EXPECT_EQ(all[1].last_error(), "HTTP 400");
  EXPECT_EQ(all[1].last_http_status(), 400);
  EXPECT_EQ(all[1].last_answer(), "no");
  EXPECT_EQ(all[1].last_attempt_time().seconds(), 5);
}

TEST_F(OperatorViewsTest, ListsRecordsTheNewestFirst) {
  ASSERT_TRUE(Call(&Operator::PauseQueue, Act<v1::PauseQueueRequest>()).ok());
  ASSERT_TRUE(Call(&Operator::ResumeQueue, Act<v1::ResumeQueueRequest>()).ok());
  v1::ListAuditRecordsRequest request;
  request.set_page_size(1);
  auto page = Call(&Operator::ListAuditRecords, request).value();
  ASSERT_THAT(page.records(), SizeIs(1));
  EXPECT_EQ(page.records(0).action(), "queue_resumed");
  EXPECT_EQ(page.records(0).actor(), "operator");
  EXPECT_EQ(page.records(0).reason(), "because");
  EXPECT_EQ(page.records(0).appservice_id(), "irc");
  EXPECT_TRUE(page.records(0).has_create_time());
  request.set_page_token(page.next_page_token());
  page = Call(&Operator::ListAuditRecords, request).value();
  ASSERT_THAT(page.records(), SizeIs(1));
  EXPECT_EQ(page.records(0).action(), "queue_paused");
  EXPECT_THAT(page.next_page_token(), IsEmpty());
  request.clear_page_token();
  request.set_appservice_id("xmpp");
  EXPECT_THAT(Call(&Operator::ListAuditRecords, request)->records(), IsEmpty());
}

}  // namespace
}  // namespace causeway::push
