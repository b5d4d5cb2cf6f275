// The services over real gRPC, on a fake store.
#include "services/push_dispatcher/push_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/delivery/queue_word.h"
#include "services/push_dispatcher/delivery/replica_waker.h"
#include "services/push_dispatcher/owner_inquiry.h"
#include "services/push_dispatcher/push_operator_service.h"
#include "services/push_dispatcher/queue_watch_feed.h"
#include "services/push_dispatcher/range_replayer.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/push_dispatcher/testing/recording_appservice.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using Kind = namespaces::NamespaceKind;
using Dispatcher = v1::PushDispatcher::StubInterface;
using Operator = v1::PushOperator::StubInterface;
using enum absl::StatusCode;

constexpr char kEvent[] =
    R"({"event_id":"$1","room_id":"!irc_a:hs","type":"m.room.message",)"
    R"("sender":"@alice:hs","origin_server_ts":1,"content":{}})";

std::string Typing(const std::string& room_id) {
  return R"({"type":"m.typing","room_id":")" + room_id +
         R"(","content":{"user_ids":[]}})";
}

// The transaction that has nothing else.
std::string Alone(const std::string& event) {
  return R"({"events":[],"ephemeral":[)" + event +
         R"(],"de.sorunome.msc2409.ephemeral":[)" + event + "]}";
}

// What backs off stays so for longer than a test runs.
PushProcess::Options LongBackoff() {
  PushProcess::Options options;
  options.loop.delivery.backoff = {.min = absl::Hours(1),
                                   .max = absl::Hours(1)};
  options.leases.dead_after = absl::Hours(10);  // Rounds when kicked.
  return options;
}

class PushServiceTest : public ::testing::Test {
 protected:
  PushServiceTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    builder.RegisterService(&operator_service_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
    const auto channel =
        grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
    dispatcher_ = v1::PushDispatcher::NewStub(channel);
    operator_ = v1::PushOperator::NewStub(channel);
    for (const char* id : {"irc", "xmpp"}) {
      registry_.Add(
          {.id = id,
           .url = appservice_.url(),
           .hs_token_sealed = SealedHsToken(id[0] == 'i' ? "1" : "2"),
           .namespaces = {{Kind::kRooms, std::string("!") + id, true}},
           .dialect = registry_watch::Dialect::kDraft,
           .receive_ephemeral = id[0] == 'i'});
    }
    process_.SetRegistry(registry_.Build());
  }
  ~PushServiceTest() override { server_->Shutdown(); }

  static server::CallContext Context(
      absl::Duration timeout = absl::Seconds(30)) {
    return server::MakeCallContext(timeout);
  }

  v1::PublishRequest PublishOne() {
    v1::PublishRequest request;
    request.set_source("hs");
    request.set_first_position(1);
    request.set_prefix_sha256(std::string(32, '\0'));
    request.add_records()->set_event_json(kEvent);
    return request;
  }

  // Waits until the queue of "irc" is this process's: what is ephemeral would
  // be lost before.
  void AwaitOwned() {
    while (!process_.loop().Status(1).has_value()) {
    }
  }

  // Publishes an event that "irc" refuses: its queue backs off.
  void BackOff() {
    appservice_.AnswerWith(503);
    ASSERT_TRUE(server::Call(Context(), *dispatcher_, &Dispatcher::Publish,
                             PublishOne())
                    .ok());
    AwaitBackingOff();
  }
  void AwaitBackingOff() {
    std::optional<DeliveryStatus> status;
    while (!status.has_value() || status->phase != Phase::kBackingOff) {
      status = process_.loop().Status(1);
    }
  }

  std::string address_;
  RecordingAppservice appservice_;
  registry_watch::SnapshotBuilder registry_{"hs"};
  const std::shared_ptr<FakePushStore> store_ =
      std::make_shared<FakePushStore>();
  RealClock clock_;
  PushProcess process_{LongBackoff(), {store_, store_, store_, store_, store_}};
  server::Executor executor_{{.threads = 2}};
  PushService service_{
      process_.ingest(),
      *store_,
      process_.ephemeral(),
      process_.loop(),
      process_.applied(),
      clock_,
      executor_,
      {.queues_handed_over = [this] { process_.leases().Kick(); }}};
  EventExplainer explainer_{*store_, *store_, *store_, process_.applied()};
  OwnerInquiry owners_{
      [this](AppserviceUid uid) { return process_.loop().Status(uid); },
      [](const std::string&) { return nullptr; }, clock_};
  QueueWatchFeed watch_feed_{{},
                             *store_,
                             [this](absl::Span<const QueueSummary> queues) {
                               return owners_.Show(queues);
                             },
                             clock_};
  RangeReplayer range_replayer_{{},      *store_,
                                *store_, process_.applied(),
                                clock_,  [this] { process_.leases().Kick(); }};
  PushOperatorService operator_service_{
      {.queue_changed = [this] { process_.leases().Kick(); }},
      *store_,
      owners_,
      explainer_,
      watch_feed_,
      range_replayer_,
      clock_,
      executor_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Operator> operator_;
};

TEST_F(PushServiceTest, PublishesAndTellsWhereTheSourceStands) {
  v1::GetSourceRequest get;
  get.set_name("hs");
  auto source =
      server::Call(Context(), *dispatcher_, &Dispatcher::GetSource, get);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(source->next_position(), 1);
  EXPECT_EQ(source->prefix_sha256(), std::string(32, '\0'));

  const auto answer =
      server::Call(Context(), *dispatcher_, &Dispatcher::Publish, PublishOne());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome(), v1::PublishResponse::ACCEPTED);
  EXPECT_EQ(answer->next_position(), 2);
  source = server::Call(Context(), *dispatcher_, &Dispatcher::GetSource, get);
  EXPECT_EQ(source->next_position(), 2);
  EXPECT_EQ(source->prefix_sha256(),
            matrix::Sha256(std::string(32, '\0') + matrix::Sha256(kEvent)));
  EXPECT_EQ(appservice_.AwaitAttempts(1)[0].body,
            std::string("{\"events\":[") + kEvent + "]}");
}

TEST_F(PushServiceTest, TellsOfGapsAndOtherHistories) {
  v1::PublishRequest request = PublishOne();
  request.set_first_position(5);
  auto answer =
      server::Call(Context(), *dispatcher_, &Dispatcher::Publish, request);
  EXPECT_EQ(answer->outcome(), v1::PublishResponse::GAP);
  EXPECT_EQ(answer->next_position(), 1);
  request.set_first_position(1);
  request.set_prefix_sha256(std::string(32, 'x'));
  answer = server::Call(Context(), *dispatcher_, &Dispatcher::Publish, request);
  EXPECT_EQ(answer->outcome(), v1::PublishResponse::DIVERGED);
}

TEST_F(PushServiceTest, ASourceBeginsAnew) {
  ASSERT_TRUE(
      server::Call(Context(), *dispatcher_, &Dispatcher::Publish, PublishOne())
          .ok());
  v1::GetSourceHistoryRequest get;
  get.set_name("hs");
  auto history =
      server::Call(Context(), *dispatcher_, &Dispatcher::GetSourceHistory, get);
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->passed_size(), 1);
  v1::RestartSourceRequest restart;
  restart.set_name("hs");
  restart.set_incarnation(history->incarnation());
  *restart.mutable_common() = history->passed(0);
  ASSERT_TRUE(
      server::Call(Context(), *dispatcher_, &Dispatcher::RestartSource, restart)
          .ok());
  v1::GetSourceRequest where;
  where.set_name("hs");
  const auto source =
      server::Call(Context(), *dispatcher_, &Dispatcher::GetSource, where);
  EXPECT_EQ(source->incarnation(), 2);
  EXPECT_EQ(source->next_position(), 1);
  EXPECT_EQ(source->prefix_sha256(), std::string(32, '\0'));
  history =
      server::Call(Context(), *dispatcher_, &Dispatcher::GetSourceHistory, get);
  ASSERT_EQ(history->left_size(), 1);
  EXPECT_EQ(history->left(0).position(), 2);
}

TEST_F(PushServiceTest, RefusesBadRequestsNamingTheField) {
  v1::PublishRequest publish = PublishOne();
  publish.mutable_records(0)->set_event_json("[]");
  EXPECT_THAT(
      server::Call(Context(), *dispatcher_, &Dispatcher::Publish, publish)
          .status()
          .ToString(),
      HasSubstr("INVALID_ARGUMENT: records[0].event_json"));
  EXPECT_EQ(server::Call(Context(), *dispatcher_, &Dispatcher::GetSource, {})
                .status()
                .code(),
            kInvalidArgument);
  v1::AwaitRevisionRequest await;
  await.set_revision(-1);
  EXPECT_EQ(
      server::Call(Context(), *dispatcher_, &Dispatcher::AwaitRevision, await)
          .status()
          .code(),
      kInvalidArgument);
  v1::WakeRequest wake;
  wake.add_appservice_uids("x");
  EXPECT_EQ(server::Call(Context(), *dispatcher_, &Dispatcher::Wake, wake)
                .status()
                .code(),
            kInvalidArgument);
}

TEST_F(PushServiceTest, AwaitsRevisions) {
  v1::AwaitRevisionRequest request;
  request.set_revision(1);
  auto answer = server::Call(Context(), *dispatcher_,
                             &Dispatcher::AwaitRevision, request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->revision(), 1);
  request.set_revision(2);
  EXPECT_EQ(server::Call(Context(absl::Milliseconds(50)), *dispatcher_,
                         &Dispatcher::AwaitRevision, request)
                .status()
                .code(),
            kDeadlineExceeded);
}

TEST_F(PushServiceTest, WhatIsHandedOverIsTakenAtOnce) {
  AwaitOwned();
  const Epoch epoch = store_->FindQueue("irc")->epoch;
  // The owner stays and has to take it again, as one does what it is handed.
  ASSERT_TRUE(store_
                  ->Act({.appservice_id = "irc",
                         .reason = "x",
                         .act = push::PauseQueue()})
                  .ok());
  v1::WakeRequest request;
  request.add_handed_uids("1");
  ASSERT_TRUE(
      server::Call(Context(), *dispatcher_, &Dispatcher::Wake, request).ok());
  while (store_->FindQueue("irc")->epoch < epoch + 2) {
  }
}

TEST_F(PushServiceTest, WakeIsTaken) {
  v1::WakeRequest request;
  request.add_appservice_uids("1");
  EXPECT_TRUE(
      server::Call(Context(), *dispatcher_, &Dispatcher::Wake, request).ok());
}

TEST_F(PushServiceTest, SignsOfLifeEndBackoffs) {
  BackOff();
  v1::ReportSignsOfLifeRequest request;
  request.add_heard_uids("1");
  request.add_heard_uids("99");  // Nobody's.
  auto report = [&] {
    return server::Call(Context(), *dispatcher_, &Dispatcher::ReportSignsOfLife,
                        request)
        .status();
  };
  EXPECT_EQ(report(), absl::OkStatus());
  appservice_.AwaitAttempts(2);
  AwaitBackingOff();
  request.clear_heard_uids();
  request.add_pinged_uids("1");
  EXPECT_EQ(report(), absl::OkStatus());
  appservice_.AwaitAttempts(3);

  request.add_heard_uids("x");
  EXPECT_EQ(report().code(), kInvalidArgument);
  request.clear_heard_uids();
  for (int i = 0; i < 10000; ++i) request.add_heard_uids("2");
  EXPECT_EQ(report().code(), kInvalidArgument);
}

// As of another replica, which isn't the owner.
TEST_F(PushServiceTest, SignsOfLifeComeFromOtherReplicas) {
  BackOff();
  ReplicaWaker waker;
  waker.SetPeers({{"a", address_}});
  waker.Wake({{QueueWord::Kind::kHeard, 1}});
  appservice_.AwaitAttempts(2);
  AwaitBackingOff();
  waker.Wake({{QueueWord::Kind::kPinged, 1}});
  appservice_.AwaitAttempts(3);
}

TEST_F(PushServiceTest, PublishesEphemeralData) {
  AwaitOwned();
  v1::PublishEphemeralRequest request;
  request.set_source("hs");
  request.add_event_jsons(Typing("!xmpp_a:hs"));  // Who didn't ask for it.
  request.add_event_jsons(Typing("!irc_a:hs"));
  auto answer = server::Call(Context(), *dispatcher_,
                             &Dispatcher::PublishEphemeral, request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(appservice_.AwaitAttempts(1)[0].body, Alone(Typing("!irc_a:hs")));

  request.add_event_jsons("{}");
  answer = server::Call(Context(), *dispatcher_, &Dispatcher::PublishEphemeral,
                        request);
  EXPECT_THAT(answer.status().ToString(),
              HasSubstr("INVALID_ARGUMENT: event_jsons[2]: field `type`"));
}

// To this one, which owns the queue, from one that was asked.
TEST_F(PushServiceTest, EphemeralDataComesFromOtherReplicas) {
  AwaitOwned();
  ReplicaWaker waker;
  waker.SetPeers({{"a", address_}});
  const auto typing = [](const std::string& room_id, int64_t bytes = 0) {
    return EphemeralItems{std::make_shared<EphemeralItem>(EphemeralItem{
        .room_id = room_id,
        .json =
            Typing(room_id) + std::string(static_cast<size_t>(bytes), ' ')})};
  };
  EXPECT_TRUE(waker.HandOver(99, typing("!irc_b:hs")));  // Nobody's.
  EXPECT_TRUE(waker.HandOver(1, typing("!irc_a:hs")));
  EXPECT_EQ(appservice_.AwaitAttempts(1)[0].body, Alone(Typing("!irc_a:hs")));
  EXPECT_FALSE(waker.HandOver(1, typing("!irc_a:hs", 1 << 20)));

  v1::WakeRequest wake;
  wake.add_ephemeral()->set_appservice_uid("x");
  EXPECT_EQ(server::Call(Context(), *dispatcher_, &Dispatcher::Wake, wake)
                .status()
                .code(),
            kInvalidArgument);
  wake.mutable_ephemeral(0)->set_appservice_uid("1");
  wake.mutable_ephemeral(0)->add_event_jsons("{}");
  EXPECT_EQ(server::Call(Context(), *dispatcher_, &Dispatcher::Wake, wake)
                .status()
                .code(),
            kInvalidArgument);
}

TEST_F(PushServiceTest, ShowsAQueueInTrouble) {
  appservice_.AnswerWith(appservice_client::Reply(403, "not you"));
  ASSERT_TRUE(
      server::Call(Context(), *dispatcher_, &Dispatcher::Publish, PublishOne())
          .ok());
  const std::string txn_id = appservice_.AwaitAttempts(1)[0].txn_id;
  v1::GetQueueRequest request;
  request.set_appservice_id("irc");
  v1::Queue queue;
  do {
    queue = *server::Call(Context(), *operator_, &Operator::GetQueue, request);
  } while (queue.state() != v1::Queue::BLOCKED);
  EXPECT_EQ(queue.appservice_uid(), "1");
  EXPECT_EQ(queue.txn_id(), txn_id);
  EXPECT_EQ(queue.txn_events(), 1);
  EXPECT_EQ(queue.queued_events(), 1);
  EXPECT_TRUE(queue.has_oldest_event_time());
  EXPECT_TRUE(queue.has_next_attempt_time());
  EXPECT_GE(queue.attempts(), 1);
  EXPECT_EQ(queue.last_error(), "HTTP 403");
  EXPECT_EQ(queue.last_http_status(), 403);
  EXPECT_EQ(queue.last_answer(), "not you");
  EXPECT_EQ(queue.owner(), "a");
  EXPECT_EQ(queue.epoch(), 1);

  v1::ListTransactionsRequest list;
  list.set_appservice_id("irc");
  const auto listed =
      server::Call(Context(), *operator_, &Operator::ListTransactions, list);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->transactions(0).last_answer(), "not you");

  request.set_appservice_id("none");
  EXPECT_EQ(server::Call(Context(), *operator_, &Operator::GetQueue, request)
                .status()
                .code(),
            kNotFound);
}

// "all" is paused, so that what both want stays stored.
TEST_F(PushServiceTest, ReplaysARange) {
  registry_.Add({.id = "all",
                 .url = appservice_.url(),
                 .hs_token_sealed = SealedHsToken("3"),
                 .namespaces = {{Kind::kRooms, "!", false}},
                 .dialect = registry_watch::Dialect::kDraft});
  process_.SetRegistry(registry_.Build());
  v1::PauseQueueRequest pause;
  pause.set_appservice_id("all");
  pause.set_reason("x");
  ASSERT_TRUE(
      server::Call(Context(), *operator_, &Operator::PauseQueue, pause).ok());
  ASSERT_TRUE(
      server::Call(Context(), *dispatcher_, &Dispatcher::Publish, PublishOne())
          .ok());
  appservice_.AwaitAttempts(1);
  v1::ReplayRequest request;
  request.set_appservice_id("irc");
  request.set_reason("lost by the bridge");
  request.mutable_range()->set_source("hs");
  request.mutable_range()->set_first_position(1);
  request.mutable_range()->set_last_position(1);
  absl::StatusOr<v1::ReplayResponse> replayed;
  do {  // Until the acknowledgement is committed.
    replayed = server::Call(Context(), *operator_, &Operator::Replay, request);
  } while (absl::IsFailedPrecondition(replayed.status()));
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->event_count(), 1);
  const auto attempts = appservice_.AwaitAttempts(2);
  EXPECT_EQ(attempts[1].body, attempts[0].body);
  EXPECT_NE(attempts[1].txn_id, attempts[0].txn_id);
}

TEST_F(PushServiceTest, WatchesAnOutage) {
  grpc::ClientContext context;
  v1::WatchQueuesRequest request;
  request.set_appservice_id("irc");
  const auto stream = operator_->WatchQueues(&context, request);
  v1::WatchQueuesResponse message;
  auto await_state = [&](v1::Queue::State state) {
    do {
      ASSERT_TRUE(stream->Read(&message));
    } while (message.queues(0).state() != state);
  };
  await_state(v1::Queue::IDLE);
  BackOff();
  await_state(v1::Queue::BACKING_OFF);
  EXPECT_EQ(message.queues(0).last_error(), "HTTP 503");
  EXPECT_EQ(message.queues(0).queued_events(), 1);
  appservice_.AnswerWith(200);
  process_.loop().Post(1, push::RetryNow{});
  await_state(v1::Queue::IDLE);
  EXPECT_EQ(message.queues(0).delivered_events(), 1);
  watch_feed_.Stop();
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// An act is in force at once.
TEST_F(PushServiceTest, RetryNowEndsTheBackoff) {
  appservice_.AnswerWith(403);
  ASSERT_TRUE(
      server::Call(Context(), *dispatcher_, &Dispatcher::Publish, PublishOne())
          .ok());
  const std::string txn_id = appservice_.AwaitAttempts(1)[0].txn_id;
  v1::RetryNowRequest request;
  request.set_appservice_id("irc");
  request.set_reason("it is up again");
  const auto answer =
      server::Call(Context(), *operator_, &Operator::RetryNow, request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(appservice_.AwaitAttempts(2)[1].txn_id, txn_id);
}

}  // namespace
}  // namespace causeway::push
