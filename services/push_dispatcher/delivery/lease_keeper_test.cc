#include "services/push_dispatcher/delivery/lease_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

class LeaseKeeperTest : public ::testing::Test {
 protected:
  std::unique_ptr<PushProcess> Start(
      const std::string& name,
      absl::Duration dead_after = absl::Milliseconds(300)) {
    auto process = std::make_unique<PushProcess>(
        PushProcess::Options{.replica_name = name,
                             .leases = {.dead_after = dead_after}},
        PushStores{store_, store_, store_, store_, store_});
    process->SetRegistry(registry_.Build());
    return process;
  }

  // Each waits for ever: the test ends by its time limit then.
  void AwaitOwner(const std::string& owner) {
    while (store_->FindQueue("irc").value().owner != owner) {
    }
  }
  static void AwaitOwned(PushProcess& process, bool owned) {
    while (process.loop().Status(7).has_value() != owned) {
    }
  }

  registry_watch::SnapshotBuilder registry_ =
      std::move(registry_watch::SnapshotBuilder("hs").Add(
          {.uid = "7", .id = "irc", .url = "http://127.0.0.1:1"}));
  const std::shared_ptr<FakePushStore> store_ =
      std::make_shared<FakePushStore>();
};

TEST_F(LeaseKeeperTest, TakesNewQueuesAtOnce) {
  // Far from its next round by itself.
  auto process = Start("a", absl::Hours(10));
  AwaitOwned(*process, true);
  EXPECT_TRUE(process->leases().Status().ok());
}

TEST_F(LeaseKeeperTest, TakesOverFromTheDeadAndNotFromTheLiving) {
  auto first = Start("a");
  AwaitOwner("a");
  auto second = Start("b");
  const int64_t epoch = store_->FindQueue("irc").value().epoch;
  first.reset();
  AwaitOwner("b");
  EXPECT_EQ(store_->FindQueue("irc").value().epoch, epoch + 1);
}

TEST_F(LeaseKeeperTest, LetsGoWhenItCannotRenewAndTakesAgain) {
  auto process = Start("a");
  AwaitOwned(*process, true);
  store_->SetAway(true);
  AwaitOwned(*process, false);
  EXPECT_FALSE(process->leases().Status().ok());
  store_->SetAway(false);
  AwaitOwned(*process, true);
}

TEST_F(LeaseKeeperTest, TheNextOfItsNameTakesOverAtOnceAndForGood) {
  auto first = Start("a", absl::Hours(10));
  AwaitOwned(*first, true);
  auto second = Start("a", absl::Hours(10));
  AwaitOwned(*second, true);
  first->leases().Kick();
  AwaitOwned(*first, false);
  // It says so a moment after it has let go.
  while (!absl::IsFailedPrecondition(first->leases().Status())) {
  }
}

// As after a restore from a backup: nobody else will look after such a queue.
TEST_F(LeaseKeeperTest, TakesAgainWhatOnlyTheStoreThinksIsOurs) {
  auto process = Start("a");
  AwaitOwned(*process, true);
  const Epoch epoch = store_->FindQueue("irc").value().epoch;
  process->loop().Post(7, LeaseLost{});
  while (store_->FindQueue("irc").value().epoch == epoch) {
  }
  AwaitOwned(*process, true);
}

TEST_F(LeaseKeeperTest, ReleaseGivesBackAtOnce) {
  auto first = Start("a", absl::Hours(10));
  AwaitOwner("a");
  first->leases().Stop();
  first->loop().Drain(absl::Seconds(10));
  first->leases().Release();
  EXPECT_EQ(store_->FindQueue("irc").value().owner, "");
}

}  // namespace
}  // namespace causeway::push
