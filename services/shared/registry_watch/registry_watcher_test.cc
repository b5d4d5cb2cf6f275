#include "services/shared/registry_watch/registry_watcher.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/registry_watch/watch_metrics.h"
#include "services/shared/server/channel.h"

namespace causeway::registry_watch {
namespace {

namespace pb = causeway::registry::v1;

// Bounds a test that fails; one that passes never waits so long.
constexpr absl::Duration kTestTimeout = absl::Seconds(30);

// A registry that says what the test tells it to, once to whoever listens.
class ScriptedRegistry final : public pb::Registry::Service {
 public:
  // One message; nullopt ends the stream.
  void Say(std::optional<pb::WatchResponse> message) {
    absl::MutexLock lock(&mu_);
    script_.push_back(std::move(message));
  }

  pb::WatchRequest AwaitRequest(int count) {
    absl::MutexLock lock(&mu_);
    auto come = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return static_cast<int>(requests_.size()) >= count;
    };
    if (!mu_.AwaitWithTimeout(absl::Condition(&come), kTestTimeout)) {
      ADD_FAILURE() << "no request " << count;
      return {};
    }
    return requests_[count - 1];
  }

  grpc::Status Watch(grpc::ServerContext* context,
                     const pb::WatchRequest* request,
                     grpc::ServerWriter<pb::WatchResponse>* writer) override {
    {
      absl::MutexLock lock(&mu_);
      requests_.push_back(*request);
    }
    while (!context->IsCancelled()) {
      std::optional<pb::WatchResponse> message;
      {
        auto more = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
          return !script_.empty();
        };
        absl::MutexLock lock(&mu_);
        // Looks up now and then, to see whether the watcher has gone.
        if (!mu_.AwaitWithTimeout(absl::Condition(&more),
                                  absl::Milliseconds(10))) {
          continue;
        }
        message = std::move(script_.front());
        script_.pop_front();
      }
      if (!message.has_value()) {
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "told to end");
      }
      writer->Write(*message);
    }
    return grpc::Status::CANCELLED;
  }

 private:
  absl::Mutex mu_;
  std::deque<std::optional<pb::WatchResponse>> script_ ABSL_GUARDED_BY(mu_);
  std::vector<pb::WatchRequest> requests_ ABSL_GUARDED_BY(mu_);
};

pb::WatchResponse Revision(int64_t revision, bool reset) {
  pb::WatchResponse message;
  message.set_revision(revision);
  message.set_reset(reset);
  message.set_complete(true);
  if (reset) message.set_server_name("hs.test");
  pb::Appservice& appservice = *message.add_updated();
  appservice.set_uid(absl::StrCat(revision));
  appservice.set_id(absl::StrCat("as", revision));
  appservice.set_sender_localpart(appservice.id());
  return message;
}

class RegistryWatcherTest : public ::testing::Test {
 protected:
  void StartRegistry() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port_),
                             grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&registry_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }

  void StopRegistry() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }

  void StartWatcher(RegistryWatcher::Options options = {}) {
    options.backoff_max = absl::Milliseconds(50);
    watcher_ = std::make_unique<RegistryWatcher>(
        options, server::MakeChannel(absl::StrCat("127.0.0.1:", port_)), clock_,
        latest_, metrics_);
  }

  absl::Status Await(int64_t revision) {
    return latest_.AwaitRevision(revision, kTestTimeout);
  }

  ScriptedRegistry registry_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  FakeClock clock_;
  prometheus::Registry metrics_registry_;
  WatchMetrics metrics_{metrics_registry_};
  LatestSnapshot latest_;
  std::unique_ptr<RegistryWatcher> watcher_;
};

TEST_F(RegistryWatcherTest, SnapshotThenChanges) {
  StartRegistry();
  StartWatcher();
  registry_.Say(Revision(3, /*reset=*/true));
  ASSERT_TRUE(Await(3).ok());
  EXPECT_TRUE(latest_.ready());
  EXPECT_NE(latest_.Snapshot()->FindById("as3"), nullptr);
  registry_.Say(Revision(4, /*reset=*/false));
  ASSERT_TRUE(Await(4).ok());
  EXPECT_NE(latest_.Snapshot()->FindById("as3"), nullptr);
  EXPECT_NE(latest_.Snapshot()->FindById("as4"), nullptr);
}

TEST_F(RegistryWatcherTest, AsksForSecretsOnlyWhenTold) {
  StartRegistry();
  StartWatcher();
  EXPECT_FALSE(registry_.AwaitRequest(1).with_secrets());
  watcher_.reset();
  StartWatcher({.with_secrets = true});
  EXPECT_TRUE(registry_.AwaitRequest(2).with_secrets());
}

TEST_F(RegistryWatcherTest, StreamThatEndsIsOpenedAnewFromWhereItWas) {
  StartRegistry();
  StartWatcher();
  registry_.Say(Revision(3, /*reset=*/true));
  registry_.Say(std::nullopt);
  EXPECT_EQ(registry_.AwaitRequest(1).since_revision(), 0);
  EXPECT_EQ(registry_.AwaitRequest(2).since_revision(), 3);
  registry_.Say(Revision(4, /*reset=*/false));
  ASSERT_TRUE(Await(4).ok());
  EXPECT_NE(latest_.Snapshot()->FindById("as3"), nullptr);
}

TEST_F(RegistryWatcherTest, KeepsTheLastSnapshotWhileTheRegistryIsAway) {
  StartRegistry();
  StartWatcher();
  registry_.Say(Revision(3, /*reset=*/true));
  ASSERT_TRUE(Await(3).ok());
  StopRegistry();
  EXPECT_TRUE(latest_.ready());
  EXPECT_EQ(latest_.Snapshot()->revision(), 3);
  StartRegistry();
  EXPECT_EQ(registry_.AwaitRequest(2).since_revision(), 3);
  registry_.Say(Revision(5, /*reset=*/false));
  EXPECT_TRUE(Await(5).ok());
}

TEST_F(RegistryWatcherTest, WaitsForARegistryThatIsNotThereYet) {
  StartRegistry();
  StopRegistry();  // Now the port is known.
  StartWatcher();
  EXPECT_FALSE(latest_.ready());
  StartRegistry();
  registry_.Say(Revision(1, /*reset=*/true));
  EXPECT_TRUE(Await(1).ok());
}

TEST_F(RegistryWatcherTest, SilentStreamIsGivenUp) {
  StartRegistry();
  StartWatcher({.silence_max = absl::Milliseconds(100)});
  registry_.Say(Revision(1, /*reset=*/true));
  EXPECT_EQ(registry_.AwaitRequest(2).since_revision(), 1);
}

TEST_F(RegistryWatcherTest, UnusableRevisionLeavesTheLastOneInForce) {
  StartRegistry();
  StartWatcher();
  registry_.Say(Revision(1, /*reset=*/true));
  pb::WatchResponse broken = Revision(2, /*reset=*/false);
  pb::Namespace& ns = *broken.mutable_updated(0)->add_namespaces();
  ns.set_kind(pb::Namespace::USERS);
  ns.set_regex("@(");
  registry_.Say(broken);
  pb::WatchResponse mend = Revision(3, /*reset=*/false);
  mend.add_removed_uids("2");
  registry_.Say(mend);
  ASSERT_TRUE(Await(3).ok());
  EXPECT_NE(latest_.Snapshot()->FindById("as1"), nullptr);
  EXPECT_EQ(latest_.Snapshot()->FindById("as2"), nullptr);
}

TEST_F(RegistryWatcherTest, EndsWhileTheRegistryIsAway) {
  StartRegistry();
  StopRegistry();
  StartWatcher();
  watcher_.reset();
  EXPECT_FALSE(latest_.ready());
}

}  // namespace
}  // namespace causeway::registry_watch
