// WatchQueues over real gRPC, on a fake store and a clock that is moved by
// hand; the feed looks all the time.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/push_dispatcher/owner_inquiry.h"
#include "services/push_dispatcher/queue_watch_feed.h"
#include "services/push_dispatcher/queue_watch_reactor.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class WatchService final : public v1::PushOperator::CallbackService {
 public:
  WatchService(QueueWatchFeed& feed, const Clock& clock)
      : feed_(feed), clock_(clock) {}

  grpc::ServerWriteReactor<v1::WatchQueuesResponse>* WatchQueues(
      grpc::CallbackServerContext*,
      const v1::WatchQueuesRequest* request) override {
    return QueueWatchReactor::Start(*request, feed_, clock_);
  }

 private:
  QueueWatchFeed& feed_;
  const Clock& clock_;
};

class QueueWatchTest : public ::testing::Test {
 protected:
  // One call, cancelled when it is destroyed.
  class Watcher {
   public:
    Watcher(v1::PushOperator::StubInterface& stub,
            const v1::WatchQueuesRequest& request)
        : stream_(stub.WatchQueues(&context_, request)) {}
    ~Watcher() {
      if (stream_ == nullptr) return;
      context_.TryCancel();
      End();
    }

    v1::WatchQueuesResponse Next() {
      v1::WatchQueuesResponse message;
      EXPECT_TRUE(stream_->Read(&message));
      return message;
    }
    // Reads to the end.
    grpc::StatusCode End() {
      v1::WatchQueuesResponse message;
      while (stream_->Read(&message)) {
      }
      const grpc::Status status = stream_->Finish();
      stream_.reset();
      return status.error_code();
    }

   private:
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReaderInterface<v1::WatchQueuesResponse>>
        stream_;
  };

  QueueWatchTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::PushOperator::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                            grpc::InsecureChannelCredentials()));
    EXPECT_TRUE(
        store_.ApplyRegistry(1, {{{1, "irc", true}, {2, "xmpp", true}}}).ok());
  }
  ~QueueWatchTest() override {
    feed_.Stop();
    server_->Shutdown();
  }

  Watcher Watch(const std::string& appservice_id = "",
                int32_t min_interval_ms = 0) {
    v1::WatchQueuesRequest request;
    request.set_appservice_id(appservice_id);
    request.set_min_interval_ms(min_interval_ms);
    return Watcher(*stub_, request);
  }
  void Act(QueueAct act) {
    ASSERT_TRUE(
        store_
            .Act({.appservice_id = "irc", .reason = "x", .act = std::move(act)})
            .ok());
  }
  // Until the feed has begun a look after now and ended it.
  void AwaitLook() {
    const int64_t shown = shown_;
    while (shown_ < shown + 4) {
    }
  }

  FakePushStore store_;
  FakeClock clock_;
  std::atomic<int64_t> shown_ = 0;
  OwnerInquiry owners_{[](AppserviceUid) { return std::nullopt; },
                       [](const std::string&) { return nullptr; }, clock_};
  QueueWatchFeed feed_{{.interval = absl::Milliseconds(1), .watchers_max = 2},
                       store_,
                       [this](absl::Span<const QueueSummary> queues) {
                         ++shown_;
                         return owners_.Show(queues);
                       },
                       clock_};
  WatchService service_{feed_, clock_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::PushOperator::StubInterface> stub_;
};

TEST_F(QueueWatchTest, ShowsAllThenWhatChanges) {
  Watcher watcher = Watch();
  v1::WatchQueuesResponse message = watcher.Next();
  ASSERT_THAT(message.queues(), SizeIs(2));
  EXPECT_TRUE(message.complete());
  EXPECT_EQ(message.queues(0).appservice_id(), "irc");
  Act(PauseQueue());
  clock_.AdvanceTime(absl::Seconds(1));
  message = watcher.Next();
  ASSERT_THAT(message.queues(), SizeIs(1));
  EXPECT_EQ(message.queues(0).state(), v1::Queue::PAUSED);
  ASSERT_TRUE(store_.ApplyRegistry(2, {{{2, "xmpp", true}}}).ok());
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_THAT(watcher.Next().removed_appservice_ids(), ElementsAre("irc"));
}

// What happens within the interval comes as it is at its end.
TEST_F(QueueWatchTest, SpeaksOnceAnInterval) {
  Watcher watcher = Watch("irc", 5000);
  EXPECT_THAT(watcher.Next().queues(), SizeIs(1));
  Act(PauseQueue());
  clock_.AdvanceTime(absl::Milliseconds(4999));
  AwaitLook();
  Act(SetPolicy{{.rejections_max = 7}});
  AwaitLook();
  clock_.AdvanceTime(absl::Milliseconds(1));
  const v1::WatchQueuesResponse message = watcher.Next();
  ASSERT_THAT(message.queues(), SizeIs(1));
  EXPECT_EQ(message.queues(0).state(), v1::Queue::PAUSED);
  EXPECT_EQ(message.queues(0).policy().rejections_max(), 7);
}

TEST_F(QueueWatchTest, RefusesWhatItCantWatch) {
  EXPECT_EQ(Watch("none").End(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Watch("", 999).End(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Watch("", 60001).End(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Watch(std::string(256, 'x')).End(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueueWatchTest, SoManyMayWatch) {
  {
    Watcher first = Watch();
    Watcher second = Watch();
    first.Next();
    second.Next();
    EXPECT_EQ(Watch().End(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  // They have left: the server may hear of it a little later.
  grpc::StatusCode refused;
  do {
    Watcher third = Watch("none");
    refused = third.End();
  } while (refused == grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(refused, grpc::StatusCode::NOT_FOUND);
}

TEST_F(QueueWatchTest, EndsWhenTheStoreIsAway) {
  Watcher watcher = Watch();
  watcher.Next();
  store_.SetAway(true);
  EXPECT_EQ(watcher.End(), grpc::StatusCode::UNAVAILABLE);
  store_.SetAway(false);
  Watcher again = Watch();
  EXPECT_THAT(again.Next().queues(), SizeIs(2));
}

TEST_F(QueueWatchTest, EndsWithTheProcess) {
  Watcher watcher = Watch();
  watcher.Next();
  feed_.Stop();
  EXPECT_EQ(watcher.End(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Watch().End(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(QueueWatchTest, KeepsNothingWhileNobodyWatches) {
  EXPECT_EQ(shown_, 0);
  { Watch().Next(); }
  EXPECT_GT(shown_, 0);
  // The server may hear a little later that the watcher has left.
  while (*feed_.View() != nullptr) {
  }
}

}  // namespace
}  // namespace causeway::push
