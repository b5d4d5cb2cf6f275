// Over real gRPC, on a fake store, without a loop that delivers anything.
#include "services/push_dispatcher/push_operator_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/queue_proto.h"
#include "services/push_dispatcher/queue_watch_feed.h"
#include "services/push_dispatcher/range_replayer.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"

namespace causeway::push {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Operator = v1::PushOperator::StubInterface;
using Transaction = v1::ListTransactionsResponse::Transaction;
using enum absl::StatusCode;

class PushOperatorServiceTest : public ::testing::Test {
 protected:
  PushOperatorServiceTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    operator_ = v1::PushOperator::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                            grpc::InsecureChannelCredentials()));
    const auto source = store_.OpenSource("hs");
    const auto applied =
        store_.ApplyRegistry(1, {{{1, "irc", true}, {2, "xmpp", true}}});
    const auto entered = store_.Enter(replica_);
    EXPECT_TRUE(source.ok() && applied.ok() && entered.ok());
  }
  ~PushOperatorServiceTest() override { server_->Shutdown(); }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *operator_,
                        method, request);
  }

  // A request for the queue of "irc", with a reason.
  template <typename Request>
  static Request Act() {
    Request request;
    request.set_appservice_id("irc");
    request.set_reason("because");
    return request;
  }

  v1::Queue Queue() {
    v1::GetQueueRequest request;
    request.set_appservice_id("irc");
    return Call(&Operator::GetQueue, request).value();
  }

  std::vector<Transaction> Transactions() {
    v1::ListTransactionsRequest request;
    request.set_appservice_id("irc");
    const auto response = Call(&Operator::ListTransactions, request).value();
    return {response.transactions().begin(), response.transactions().end()};
  }

  // Takes the queue of "irc" and seals transactions of two events each, "n-1"
  // up to "n-<count>".
  QueueWrite Seal(int count) {
    const LeaseRound round = store_.Renew(replica_, {}).value();
    QueueWrite write;
    write.epoch = round.acquired.at(0).epoch;
    write.nonce = round.acquired[0].nonce;
    write.after = round.acquired[0].head;
    write.expected_txn_id = write.after.txn_id;
    const int64_t cursor = write.after.cursors.Get(1);
    for (int i = 1; i <= count; ++i) {
      write.after.txn_id = "n-" + std::to_string(i);
      write.after.sealed.push_back({.txn_id = write.after.txn_id,
                                    .source_id = 1,
                                    .last_position = cursor + 10 * i,
                                    .event_count = 2,
                                    .body_sha256 = matrix::Sha256("x"),
                                    .body_format = 1,
                                    .publish_time = {}});
    }
    EXPECT_TRUE(store_.Write({{1, write}})->at(0));
    return write;
  }

  // Ends the first that `write` sealed by putting it aside.
  void Quarantine(const QueueWrite& write) {
    QueueWrite settle;
    settle.epoch = write.epoch;
    settle.nonce = write.nonce;
    settle.expected_txn_id = write.after.txn_id;
    settle.expected_sealed_count =
        static_cast<int32_t>(write.after.sealed.size());
    settle.after = write.after;
    settle.after.sealed.erase(settle.after.sealed.begin());
    settle.after.cursors.Set(1, 10);
    settle.settled = {{write.after.sealed[0],
                       {.kind = Settlement::Kind::kQuarantined,
                        .reason = "refused 10 times",
                        .body = std::make_shared<std::string>(
                            R"({"events":[{"a":1},{"b":2}]})")}}};
    EXPECT_TRUE(store_.Write({{1, settle}})->at(0));
  }

  const ReplicaIdentity replica_ = {"a", "1", ""};
  FakePushStore store_;
  FakeClock clock_;
  server::Executor executor_{{.threads = 2}};
  std::optional<DeliveryStatus> status_;
  std::atomic<int> changed_count_ = 0;
  registry_watch::LatestSnapshot applied_;
  EventExplainer explainer_{store_, store_, store_, applied_};
  QueueWatchFeed watch_feed_{
      {.interval = absl::Milliseconds(1), .watchers_max = 2},
      store_,
      [this](const QueueSummary& queue) {
        return ToProto(queue, std::nullopt, clock_);
      },
      clock_};
  RangeReplayer range_replayer_{{},       store_, store_,
                                applied_, clock_, [this] { ++changed_count_; }};
  PushOperatorService service_{
      {.status = [this](AppserviceUid) { return status_; },
       .queue_changed = [this] { ++changed_count_; }},
      store_,
      explainer_,
      watch_feed_,
      range_replayer_,
      clock_,
      executor_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Operator> operator_;
};

// --- What is seen -----------------------------------------------------------

TEST_F(PushOperatorServiceTest, ShowsAQueue) {
  Seal(2);
  const v1::Queue queue = Queue();
  EXPECT_EQ(queue.appservice_uid(), "1");
  EXPECT_EQ(queue.state(), v1::Queue::SENDING);
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

class QueueStateTest : public PushOperatorServiceTest,
                       public ::testing::WithParamInterface<StateCase> {};

TEST_P(QueueStateTest, TellsWhatTheQueueIsAt) {
  ASSERT_TRUE(
      store_
          .Act({.appservice_id = "irc",
                .reason = "x",
                .act = SetPolicy{{.on_rejection = GetParam().on_rejection}}})
          .ok());
  status_ = DeliveryStatus{.phase = GetParam().phase,
                           .nonce = "",
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

TEST_F(PushOperatorServiceTest, PagesThroughQueues) {
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

TEST_F(PushOperatorServiceTest, ListsWhatIsSealedAndWhatWasSetAside) {
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

TEST_F(PushOperatorServiceTest, ListsHowTheLastAttemptWent) {
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

TEST_F(PushOperatorServiceTest, ListsRecordsTheNewestFirst) {
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

// --- What is done -----------------------------------------------------------

TEST_F(PushOperatorServiceTest, PausesAndResumes) {
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

TEST_F(PushOperatorServiceTest, SetsThePolicy) {
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
TEST_F(PushOperatorServiceTest, RetryNowReachesTheOwner) {
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

TEST_F(PushOperatorServiceTest, SkipsTheFirstSealedAlone) {
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

TEST_F(PushOperatorServiceTest, MovesToNow) {
  Seal(2);
  const auto queue = Call(&Operator::MoveToNow, Act<v1::MoveToNowRequest>());
  ASSERT_TRUE(queue.ok()) << queue.status();
  EXPECT_EQ(queue->sealed_transactions(), 0);
  EXPECT_EQ(queue->queued_events(), 0);
}

TEST_F(PushOperatorServiceTest, ReplaysOnce) {
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

TEST_F(PushOperatorServiceTest, RefusesBadRequestsNamingTheField) {
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

TEST_F(PushOperatorServiceTest, ExplainsEvents) {
  v1::ExplainRequest request;
  request.set_appservice_id("irc");
  EXPECT_EQ(Call(&Operator::Explain, request).status().code(),
            kInvalidArgument);
  request.set_event_id("$none");
  EXPECT_EQ(Call(&Operator::Explain, request).status().code(), kNotFound);
}

TEST_F(PushOperatorServiceTest, ActsOnUnknownQueuesAreNotFound) {
  auto request = Act<v1::PauseQueueRequest>();
  request.set_appservice_id("none");
  EXPECT_EQ(Call(&Operator::PauseQueue, request).status().code(), kNotFound);
}

}  // namespace
}  // namespace causeway::push
