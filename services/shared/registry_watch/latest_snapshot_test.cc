#include "services/shared/registry_watch/latest_snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::registry_watch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::shared_ptr<const RegistrySnapshot> OfRevision(int64_t revision) {
  return SnapshotBuilder().Revision(revision).Build();
}

TEST(LatestSnapshotTest, IsEmptyAndNotReadyAtFirst) {
  LatestSnapshot latest;
  EXPECT_FALSE(latest.ready());
  EXPECT_EQ(latest.Snapshot()->revision(), 0);
  EXPECT_EQ(CheckReady(latest).code(), absl::StatusCode::kUnavailable);
}

TEST(LatestSnapshotTest, GivesWhatWasSetLast) {
  LatestSnapshot latest;
  latest.Set(OfRevision(3));
  EXPECT_TRUE(latest.ready());
  EXPECT_TRUE(CheckReady(latest).ok());
  EXPECT_EQ(latest.Snapshot()->revision(), 3);
  latest.Set(OfRevision(4));
  EXPECT_EQ(latest.Snapshot()->revision(), 4);
}

TEST(LatestSnapshotTest, IsReadyOnlyForTheRegistrysServerName) {
  LatestSnapshot latest;
  EXPECT_EQ(CheckReadyFor("hs.test", latest).code(),
            absl::StatusCode::kUnavailable);
  latest.Set(SnapshotBuilder("hs.test").Build());
  EXPECT_TRUE(CheckReadyFor("hs.test", latest).ok());
  absl::Status status = CheckReadyFor("other.test", latest);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("hs.test"));
  EXPECT_THAT(status.message(), HasSubstr("--server_name=other.test"));
}

TEST(LatestSnapshotTest, SnapshotOutlivesItsSuccessor) {
  LatestSnapshot latest;
  latest.Set(OfRevision(1));
  auto taken = latest.Snapshot();
  latest.Set(OfRevision(2));
  EXPECT_EQ(taken->revision(), 1);
}

TEST(LatestSnapshotTest, AwaitRevisionReturnsAtOnceWhenItIsThere) {
  LatestSnapshot latest;
  latest.Set(OfRevision(5));
  EXPECT_TRUE(latest.AwaitRevision(5, absl::ZeroDuration()).ok());
  EXPECT_TRUE(latest.AwaitRevision(4, absl::ZeroDuration()).ok());
}

TEST(LatestSnapshotTest, AwaitRevisionNamesWhatItWaitedFor) {
  LatestSnapshot latest;
  latest.Set(OfRevision(5));
  absl::Status status = latest.AwaitRevision(6, absl::Milliseconds(1));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(status.message(), HasSubstr("revision 6"));
  EXPECT_THAT(status.message(), HasSubstr("is 5"));
}

TEST(LatestSnapshotTest, AwaitRevisionIsWokenBySet) {
  LatestSnapshot latest;
  absl::Status status = absl::UnknownError("not returned");
  std::thread waiter(
      [&] { status = latest.AwaitRevision(2, absl::Minutes(1)); });
  latest.Set(OfRevision(1));
  latest.Set(OfRevision(2));
  waiter.join();
  EXPECT_TRUE(status.ok()) << status;
}

TEST(LatestSnapshotTest, ListenersHearEverySnapshotInOrder) {
  LatestSnapshot latest;
  std::vector<int64_t> heard;
  latest.Subscribe([&heard](const auto& snapshot) {
    heard.push_back(snapshot->revision());
  });
  EXPECT_THAT(heard, IsEmpty());
  latest.Set(OfRevision(1));
  latest.Set(OfRevision(2));
  EXPECT_THAT(heard, ElementsAre(1, 2));
}

TEST(LatestSnapshotTest, LateListenerHearsThePresentOne) {
  LatestSnapshot latest;
  latest.Set(OfRevision(7));
  std::vector<int64_t> heard;
  latest.Subscribe([&heard](const auto& snapshot) {
    heard.push_back(snapshot->revision());
  });
  EXPECT_THAT(heard, ElementsAre(7));
}

TEST(LatestSnapshotTest, NotifyAtCallsOnceWhenTheRevisionIsReached) {
  LatestSnapshot latest;
  int calls = 0;
  latest.NotifyAt(2, [&calls] { ++calls; });
  latest.Set(OfRevision(1));
  EXPECT_EQ(calls, 0);
  latest.Set(OfRevision(3));
  EXPECT_EQ(calls, 1);
  latest.Set(OfRevision(4));
  EXPECT_EQ(calls, 1);
}

TEST(LatestSnapshotTest, NotifyAtCallsAtOnceWhenItIsThere) {
  LatestSnapshot latest;
  latest.Set(OfRevision(2));
  int calls = 0;
  EXPECT_EQ(latest.NotifyAt(2, [&calls] { ++calls; }), 0);
  EXPECT_EQ(calls, 1);
}

TEST(LatestSnapshotTest, ForgottenWaiterIsNotCalled) {
  LatestSnapshot latest;
  int calls = 0;
  LatestSnapshot::WaiterId waiter = latest.NotifyAt(1, [&calls] { ++calls; });
  latest.NotifyAt(1, [&calls] { calls += 10; });
  latest.Forget(waiter);
  latest.Set(OfRevision(1));
  EXPECT_EQ(calls, 10);
}

// Goal: who waits for a revision finds that listeners have applied it.
TEST(LatestSnapshotTest, ListenersAreToldBeforeWaiters) {
  LatestSnapshot latest;
  std::vector<int> order;
  latest.NotifyAt(1, [&order] { order.push_back(2); });
  latest.Subscribe([&order](const auto&) { order.push_back(1); });
  latest.Set(OfRevision(1));
  EXPECT_THAT(order, ElementsAre(1, 2));
}

}  // namespace
}  // namespace causeway::registry_watch
