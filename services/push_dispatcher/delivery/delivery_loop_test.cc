// The loop with its performers, on a fake store and a fake client, as
// testing/push_process.h wires them. What is decided when is decide_test.cc's.
#include "services/push_dispatcher/delivery/delivery_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/delivery/queue_word.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/transaction_trace.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using appservice_client::AppserviceRequest;
using appservice_client::AppserviceResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Kind = namespaces::NamespaceKind;
using Fault = FakePushStore::Fault;

// Answers at once, as told, and writes down what came.
class Client final : public appservice_client::AppserviceClient {
 public:
  struct Log {
    absl::Mutex mu;
    int http_status ABSL_GUARDED_BY(mu) = 200;
    bool hold ABSL_GUARDED_BY(mu) = false;
    std::vector<Callback> held ABSL_GUARDED_BY(mu);
    // Of those held; 0: answered.
    std::vector<int64_t> cancel_ids ABSL_GUARDED_BY(mu);
    std::vector<std::string> txn_ids ABSL_GUARDED_BY(mu);
    std::vector<std::string> bodies ABSL_GUARDED_BY(mu);
    std::vector<std::string> forgotten ABSL_GUARDED_BY(mu);  // Of whom paths.
  };

  explicit Client(std::shared_ptr<Log> log) : log_(std::move(log)) {}

  void Send(AppserviceRequest request, Callback callback) override {
    AppserviceResponse response;
    {
      absl::MutexLock lock(&log_->mu);
      log_->txn_ids.push_back(request.id);
      log_->bodies.push_back(*request.body);
      response.http_status = log_->http_status;
      if (log_->hold) {
        log_->held.push_back(std::move(callback));
        log_->cancel_ids.push_back(request.cancel_id);
        return;
      }
    }
    std::move(callback)(response);
  }

  void Cancel(int64_t cancel_id) override {
    Callback callback;
    {
      absl::MutexLock lock(&log_->mu);
      for (size_t i = 0; i < log_->held.size(); ++i) {
        if (log_->cancel_ids[i] != cancel_id) continue;
        callback = std::move(log_->held[i]);
        log_->cancel_ids[i] = 0;
      }
    }
    std::move(callback)(absl::CancelledError("cancelled"));
  }

  void ForgetPaths(std::string appservice_uid) override {
    absl::MutexLock lock(&log_->mu);
    log_->forgotten.push_back(std::move(appservice_uid));
  }

 private:
  const std::shared_ptr<Log> log_;
};

class DeliveryLoopTest : public ::testing::Test {
 protected:
  DeliveryLoopTest() {
    registry_.Add({.uid = "7",
                   .id = "irc",
                   .url = "http://a",
                   .hs_token_sealed = SealedHsToken("7"),
                   .namespaces = {{Kind::kRooms, "!irc_.*", true}},
                   .receive_ephemeral = true});
    PushProcess::Options options;
    options.loop.delivery.backoff = {.min = absl::Hours(1),
                                     .max = absl::Hours(1)};
    options.client = std::make_unique<Client>(client_);
    options.wake_others = [this](absl::Span<const QueueWord> words) {
      absl::MutexLock lock(&mu_);
      passed_on_.insert(passed_on_.end(), words.begin(), words.end());
    };
    options.hand_over_ephemeral = [this](AppserviceUid uid,
                                         const EphemeralItems& items) {
      absl::MutexLock lock(&mu_);
      handed_over_.emplace_back(uid, items);
    };
    process_ = std::make_unique<PushProcess>(
        std::move(options), PushStores{store_, store_, store_, store_, store_});
    process_->SetRegistry(registry_.Build());
  }

  void Publish(const std::string& text) {
    source_.Message("!irc_a:hs", "@alice:hs", text);
    ASSERT_TRUE(process_->Publish(source_.Take()).ok());
  }
  void AnswerWith(int http_status) {
    absl::MutexLock lock(&client_->mu);
    client_->http_status = http_status;
  }
  std::vector<std::string> AwaitAttempts(size_t count) {
    absl::MutexLock lock(&client_->mu);
    auto reached = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return client_->txn_ids.size() >= count;
    };
    EXPECT_TRUE(client_->mu.AwaitWithTimeout(absl::Condition(&reached),
                                             absl::Seconds(30)));
    return client_->txn_ids;
  }
  DeliveryStatus AwaitPhase(Phase phase) {
    std::optional<DeliveryStatus> status;
    while (!status.has_value() || status->phase != phase) {
      status = process_->loop().Status(7);
    }
    return *status;
  }

  std::vector<QueueWord> AwaitPassedOn(size_t count) {
    absl::MutexLock lock(&mu_);
    auto reached = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return passed_on_.size() >= count;
    };
    EXPECT_TRUE(
        mu_.AwaitWithTimeout(absl::Condition(&reached), absl::Seconds(30)));
    return passed_on_;
  }

  static EphemeralItems Typing(const std::string& json) {
    return {std::make_shared<EphemeralItem>(EphemeralItem{.json = json})};
  }

  absl::Mutex mu_;
  std::vector<QueueWord> passed_on_ ABSL_GUARDED_BY(mu_);
  std::vector<std::pair<AppserviceUid, EphemeralItems>> handed_over_
      ABSL_GUARDED_BY(mu_);
  registry_watch::SnapshotBuilder registry_{"hs"};
  const std::shared_ptr<FakePushStore> store_ =
      std::make_shared<FakePushStore>();
  const std::shared_ptr<Client::Log> client_ = std::make_shared<Client::Log>();
  TestSource source_;
  std::unique_ptr<PushProcess> process_;
};

TEST_F(DeliveryLoopTest, DeliversAndComesToRest) {
  Publish("1");
  AwaitAttempts(1);
  AwaitPhase(Phase::kIdle);
  const QueueSummary queue = store_->FindQueue("irc").value();
  EXPECT_EQ(queue.delivered_events, 1);
  EXPECT_EQ(queue.queued_events, 0);
  EXPECT_EQ(process_->loop().CountPhases(),
            (std::map<Phase, int64_t>{{Phase::kIdle, 1}}));
}

// What has been begun is ended, and committed, before another has the queue.
TEST_F(DeliveryLoopTest, LetsGoOfAQueueWhenWhatItSendsIsAnswered) {
  {
    absl::MutexLock lock(&client_->mu);
    client_->hold = true;
  }
  Publish("1");
  AwaitAttempts(1);
  process_->leases().Stop();
  EXPECT_THAT(process_->loop().LetGo(5), SizeIs(1));
  Publish("2");
  EXPECT_THAT(process_->loop().Held(), SizeIs(1));
  EXPECT_THAT(process_->loop().LetGo(5), SizeIs(0));  // It leaves already.
  appservice_client::AppserviceClient::Callback callback;
  {
    absl::MutexLock lock(&client_->mu);
    callback = std::move(client_->held[0]);
  }
  AppserviceResponse taken;
  taken.http_status = 200;
  std::move(callback)(taken);
  while (process_->loop().Status(7).has_value()) {
  }
  EXPECT_THAT(AwaitAttempts(1), SizeIs(1));
  const QueueSummary queue = store_->FindQueue("irc").value();
  EXPECT_EQ(queue.delivered_events, 1);
  EXPECT_EQ(queue.queued_events, 1);
  EXPECT_THAT(queue.head.sealed, SizeIs(0));
}

TEST_F(DeliveryLoopTest, LetsGoOfIdleQueuesFirst) {
  process_->SetRegistry(
      registry_
          .Add({.uid = "6",
                .id = "busy",
                .url = "http://b",
                .hs_token_sealed = SealedHsToken("6"),
                .namespaces = {{Kind::kRooms, "!busy_.*", true}}})
          .Build());
  while (process_->loop().Held().size() < 2) {
  }
  {
    absl::MutexLock lock(&client_->mu);
    client_->hold = true;
  }
  source_.Message("!busy_a:hs", "@alice:hs", "1");
  ASSERT_TRUE(process_->Publish(source_.Take()).ok());
  AwaitAttempts(1);
  process_->leases().Stop();
  const std::vector<HeldQueue> let_go = process_->loop().LetGo(1);
  ASSERT_THAT(let_go, SizeIs(1));
  EXPECT_EQ(let_go[0].uid, 7);
}

TEST_F(DeliveryLoopTest, ShowsTroubleAndObeysRetryNow) {
  AnswerWith(503);
  Publish("1");
  const DeliveryStatus status = AwaitPhase(Phase::kBackingOff);
  EXPECT_EQ(status.last_error, "HTTP 503");
  EXPECT_EQ(status.attempts, 1);
  EXPECT_EQ(status.last_outcome, AttemptOutcome::kFailed);

  AnswerWith(200);
  process_->loop().Post(7, push::RetryNow{});
  const auto attempts = AwaitAttempts(2);
  EXPECT_EQ(attempts[1], attempts[0]);
  EXPECT_EQ(AwaitPhase(Phase::kIdle).last_error, "");
}

// Method: another one is sealed when the first is refused.
TEST_F(DeliveryLoopTest, LinesNameTheTransactionThatWasAttempted) {
  ASSERT_TRUE(store_
                  ->Act({.appservice_id = "irc",
                         .reason = "it does",
                         .act = SetPolicy{{.remembers_every_id = true}}})
                  .ok());
  {
    absl::MutexLock lock(&client_->mu);
    client_->hold = true;
  }
  Publish("1");
  const std::string txn_id = AwaitAttempts(1)[0];
  Publish("2");
  while (store_->FindQueue("irc").value().head.sealed.size() < 2) {
  }
  Client::Callback held;
  {
    absl::MutexLock lock(&client_->mu);
    held = std::move(client_->held.back());
  }
  ::testing::internal::CaptureStderr();
  std::move(held)(AppserviceResponse{.http_status = 503, .body = "{}"});
  AwaitPhase(Phase::kBackingOff);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr(absl::StrCat(
                  R"("txn_id":")", txn_id, R"(","trace_id":")",
                  appservice_client::TransactionTraceId("7", txn_id), "\"")));
}

TEST_F(DeliveryLoopTest, SignsOfLifeEndABackoff) {
  AnswerWith(503);
  Publish("1");
  AwaitPhase(Phase::kBackingOff);
  process_->loop().PostToOwner({QueueWord::Kind::kHeard, 7});
  AwaitAttempts(2);
  AwaitPhase(Phase::kBackingOff);
  // As another replica says it.
  process_->loop().Wake({{QueueWord::Kind::kPinged, 7}});
  AwaitAttempts(3);
  AwaitPhase(Phase::kBackingOff);
  AnswerWith(200);
  process_->loop().PostToOwner({QueueWord::Kind::kPinged, 7});
  AwaitAttempts(4);
  AwaitPhase(Phase::kIdle);
  // It may be another program by now. Only a ping tells.
  absl::MutexLock lock(&client_->mu);
  EXPECT_THAT(client_->forgotten, ElementsAre("7", "7"));
}

TEST_F(DeliveryLoopTest, SignsOfLifeOfOthersArePassedOnOnce) {
  const std::vector<QueueWord> words = {{QueueWord::Kind::kHeard, 8},
                                        {QueueWord::Kind::kPinged, 9}};
  process_->loop().Wake({{QueueWord::Kind::kHeard, 10}});
  for (const QueueWord& word : words) process_->loop().PostToOwner(word);
  EXPECT_EQ(AwaitPassedOn(2), words);
}

TEST_F(DeliveryLoopTest, EphemeralDataGoesAlongOrAlone) {
  AwaitPhase(Phase::kIdle);
  {
    absl::MutexLock lock(&client_->mu);
    client_->hold = true;
  }
  Publish("1");
  AwaitAttempts(1);
  process_->loop().PostToOwner(7, Typing(R"({"t":1})"));
  Publish("2");
  Client::Callback held;
  {
    absl::MutexLock lock(&client_->mu);
    client_->hold = false;
    held = std::move(client_->held.back());
  }
  std::move(held)(AppserviceResponse{.http_status = 200, .body = "{}"});
  AwaitAttempts(2);
  AwaitPhase(Phase::kIdle);
  process_->loop().PostToOwner(7, Typing(R"({"t":2})"));
  AwaitAttempts(3);
  AwaitPhase(Phase::kIdle);
  // What goes alone is no transaction of the queue.
  const auto delivered = static_cast<size_t>(AttemptOutcome::kDelivered);
  EXPECT_EQ(process_->loop().Totals(7)->attempts[delivered].value(), 2);
  absl::MutexLock lock(&client_->mu);
  EXPECT_THAT(client_->bodies[1], HasSubstr(R"("ephemeral":[{"t":1}])"));
  EXPECT_THAT(client_->bodies[2],
              HasSubstr(R"({"events":[],"ephemeral":[{"t":2}])"));
}

// The service hangs, but not for the event.
TEST_F(DeliveryLoopTest, EventsEndAnEphemeralAttempt) {
  AwaitPhase(Phase::kIdle);
  {
    absl::MutexLock lock(&client_->mu);
    client_->hold = true;
  }
  process_->loop().PostToOwner(7, Typing("{}"));
  AwaitAttempts(1);
  AwaitPhase(Phase::kSendingEphemeral);
  {
    absl::MutexLock lock(&client_->mu);
    client_->hold = false;
  }
  Publish("1");
  const auto attempts = AwaitAttempts(2);
  EXPECT_NE(attempts[1], attempts[0]);
  AwaitPhase(Phase::kIdle);
  EXPECT_EQ(store_->FindQueue("irc").value().delivered_events, 1);
}

TEST_F(DeliveryLoopTest, EphemeralDataOfOthersIsHandedOver) {
  const EphemeralItems items = Typing("{}");
  process_->loop().PostToOwner(8, items);
  // What another replica has handed over isn't.
  process_->loop().Post(9, EphemeralQueued{items});
  process_->loop().PostToOwner({QueueWord::Kind::kHeard, 8});
  AwaitPassedOn(1);
  absl::MutexLock lock(&mu_);
  ASSERT_THAT(handed_over_, SizeIs(1));
  EXPECT_EQ(handed_over_[0].first, 8);
  EXPECT_EQ(handed_over_[0].second, items);
}

TEST_F(DeliveryLoopTest, AWriteOfUnknownOutcomeIsLookedUp) {
  for (Fault fault : {Fault::kDone, Fault::kNotDone}) {
    const size_t attempt_count = AwaitAttempts(0).size();
    {
      absl::MutexLock lock(&client_->mu);
      client_->hold = true;
    }
    Publish("x");
    AwaitAttempts(attempt_count + 1);
    store_->FailNextWrite(fault);  // Of the acknowledgement.
    Client::Callback held;
    {
      absl::MutexLock lock(&client_->mu);
      client_->hold = false;
      held = std::move(client_->held.back());
    }
    std::move(held)(AppserviceResponse{.http_status = 200, .body = "{}"});
    AwaitPhase(Phase::kIdle);
  }
  EXPECT_EQ(store_->FindQueue("irc").value().delivered_events, 2);
}

TEST_F(DeliveryLoopTest, AnotherOwnersWriteEndsOurs) {
  Publish("1");
  AwaitAttempts(1);
  AwaitPhase(Phase::kIdle);
  const ReplicaIdentity other = {"b", "1", ""};
  ASSERT_TRUE(store_->Enter(other).ok());
  // Until the process counts no heartbeat between the look and the question.
  LeaseRound round = store_->Renew(other, {}).value();
  while (round.acquired.empty()) {
    round = store_->Renew(other, {.dead = round.replicas, .held = {}}).value();
  }
  Publish("2");
  while (process_->loop().Status(7).has_value()) {
  }
  EXPECT_THAT(AwaitAttempts(1), SizeIs(1));
}

TEST_F(DeliveryLoopTest, DrainWaitsForWhatIsUnderWay) {
  {
    absl::MutexLock lock(&client_->mu);
    client_->hold = true;
  }
  Publish("1");
  AwaitAttempts(1);
  process_->leases().Stop();
  EXPECT_FALSE(process_->loop().Drain(absl::ZeroDuration()));
  Client::Callback held;
  {
    absl::MutexLock lock(&client_->mu);
    held = std::move(client_->held.back());
  }
  std::move(held)(AppserviceResponse{.http_status = 200, .body = "{}"});
  EXPECT_TRUE(process_->loop().Drain(absl::Seconds(30)));
  EXPECT_EQ(store_->FindQueue("irc").value().delivered_events, 1);
}

}  // namespace
}  // namespace causeway::push
