#include "services/registry/change_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/fake_registry_store.h"
#include "services/registry/registry_metrics.h"
#include "services/registry/registry_store.h"

namespace causeway::registry {
namespace {

// Bounds a test that fails; one that passes never waits so long.
constexpr absl::Duration kTestTimeout = absl::Seconds(30);

class ChangeFeedTest : public ::testing::Test {
 protected:
  // Returns true when, after a look of the feed, `condition` holds.
  bool Await(ChangeFeed& feed, std::function<bool()> condition,
             bool also_now = false) {
    struct Looks {
      absl::Mutex mu;
      bool reached ABSL_GUARDED_BY(mu) = false;
    };
    auto looks = std::make_shared<Looks>();
    const auto look = [looks, condition = std::move(condition)] {
      const bool reached = condition();
      absl::MutexLock lock(&looks->mu);
      looks->reached = looks->reached || reached;
      return !looks->reached;
    };
    feed.Subscribe(look);
    if (also_now) look();
    absl::MutexLock lock(&looks->mu);
    return looks->mu.AwaitWithTimeout(absl::Condition(&looks->reached),
                                      kTestTimeout);
  }

  void AdvanceRevision() {
    ASSERT_TRUE(store_
                    .Run([](RegistryStore::Change& change) {
                      return change.AdvanceRevision().status();
                    })
                    .ok());
  }

  static bool IsAt(ChangeFeed& feed, int64_t revision) {
    return feed.state() != nullptr && feed.state()->revision() == revision;
  }

  FakeRegistryStore store_;
  prometheus::Registry metrics_registry_;
  RegistryMetrics metrics_{metrics_registry_};
};

TEST_F(ChangeFeedTest, HasNothingUntilTheStoreWasRead) {
  store_.SetFailure(absl::UnavailableError("away"));
  ChangeFeed feed({.poll_interval = absl::Milliseconds(1)}, store_, metrics_);
  EXPECT_EQ(feed.state(), nullptr);
  feed.Start();
  EXPECT_TRUE(Await(feed, [] { return true; }));
  EXPECT_EQ(feed.state(), nullptr);
  store_.SetFailure(absl::OkStatus());
  EXPECT_TRUE(Await(feed, [&feed] { return IsAt(feed, 1); }));
}

TEST_F(ChangeFeedTest, SeesWhatOthersHaveChanged) {
  ChangeFeed feed({.poll_interval = absl::Milliseconds(1)}, store_, metrics_);
  feed.Start();
  EXPECT_TRUE(Await(feed, [&feed] { return IsAt(feed, 1); }));
  AdvanceRevision();
  EXPECT_TRUE(Await(feed, [&feed] { return IsAt(feed, 2); }));
}

TEST_F(ChangeFeedTest, LooksAtOnceWhenWoken) {
  ChangeFeed feed({.poll_interval = absl::Hours(1)}, store_, metrics_);
  feed.Start();
  feed.Wake();
  // What it saw before anybody listened it doesn't tell again.
  EXPECT_TRUE(Await(
      feed, [&feed] { return IsAt(feed, 1); }, /*also_now=*/true));
  AdvanceRevision();
  feed.Wake();
  EXPECT_TRUE(Await(
      feed, [&feed] { return IsAt(feed, 2); }, /*also_now=*/true));
}

TEST_F(ChangeFeedTest, KeepsItsStateWhileTheStoreIsAway) {
  ChangeFeed feed({.poll_interval = absl::Milliseconds(1)}, store_, metrics_);
  feed.Start();
  EXPECT_TRUE(Await(feed, [&feed] { return IsAt(feed, 1); }));
  store_.SetFailure(absl::UnavailableError("away"));
  EXPECT_TRUE(Await(feed, [] { return true; }));
  EXPECT_TRUE(IsAt(feed, 1));
}

// Goal: of what a restore has undone nothing stays, and nobody waits for it.
// Method: the restored database has reached a later revision before it is
// looked at again.
TEST_F(ChangeFeedTest, StartsOverFromARestoredDatabase) {
  ChangeFeed feed({.poll_interval = absl::Hours(1)}, store_, metrics_);
  feed.Start();
  EXPECT_TRUE(Await(
      feed, [&feed] { return IsAt(feed, 1); }, /*also_now=*/true));
  absl::AnyInvocable<void()> restore = store_.BackUp();
  ASSERT_TRUE(store_
                  .Run([](RegistryStore::Change& change) {
                    Appservice lost;
                    lost.uid = 1;
                    lost.revision = change.AdvanceRevision().value();
                    return change.PutAppservice(lost);
                  })
                  .ok());
  feed.Wake();
  EXPECT_TRUE(Await(
      feed, [&feed] { return IsAt(feed, 2); }, /*also_now=*/true));
  EXPECT_EQ(feed.state()->appservice_count(), 1);
  restore();
  AdvanceRevision();  // 3
  feed.Wake();
  EXPECT_TRUE(Await(
      feed, [&feed] { return IsAt(feed, 4); }, /*also_now=*/true));
  EXPECT_EQ(feed.state()->appservice_count(), 0);
  EXPECT_TRUE(feed.state()->Since(2).reset);
  EXPECT_FALSE(feed.state()->Since(1).reset);
}

TEST_F(ChangeFeedTest, BeginsWithARevisionOfItsOwn) {
  AdvanceRevision();  // 2
  ChangeFeed feed({.poll_interval = absl::Milliseconds(1)}, store_, metrics_);
  feed.Start();
  EXPECT_TRUE(Await(feed, [&feed] { return IsAt(feed, 3); }));
}

TEST_F(ChangeFeedTest, TellsWhatItReadsWhileNothingCanBeWritten) {
  AdvanceRevision();  // 2
  store_.SetWriteFailure(absl::ResourceExhaustedError("the disk is full"));
  ChangeFeed feed({.poll_interval = absl::Milliseconds(1)}, store_, metrics_);
  feed.Start();
  EXPECT_TRUE(Await(feed, [&feed] { return IsAt(feed, 2); }));
  store_.SetWriteFailure(absl::OkStatus());
  // Each try took some time.
  EXPECT_TRUE(Await(feed, [&feed] { return feed.state()->revision() > 2; }));
}

TEST_F(ChangeFeedTest, StopTellsListenersAndEnds) {
  bool told = false;  // Before the feed, which tells again when it goes.
  ChangeFeed feed({}, store_, metrics_);
  feed.Subscribe([&] {
    told = feed.stopped();
    return true;
  });
  EXPECT_FALSE(feed.stopped());
  feed.Stop();
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace causeway::registry
