#include "services/push_dispatcher/delivery/lease_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/delivery/committed_batch.h"
#include "services/push_dispatcher/delivery/delivery_status.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/metrics.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;

// The leases of another store, which can hang, seem to have gone back to an
// earlier state of itself, or have rows that can't be had.
class FaultyLeaseStore final : public LeaseStore {
 public:
  explicit FaultyLeaseStore(std::shared_ptr<LeaseStore> store)
      : store_(std::move(store)) {}

  absl::Status Enter(const ReplicaIdentity& replica) override {
    return store_->Enter(replica);
  }
  absl::StatusOr<LeaseRound> Renew(const ReplicaIdentity& replica,
                                   const LeaseQuestion& question) override {
    {
      absl::MutexLock lock(&mu_);
      auto answers = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return !hanging_;
      };
      mu_.Await(absl::Condition(&answers));
    }
    const absl::Duration answer_at = clock_.MonotonicNow() + renewal_takes_;
    while (clock_.MonotonicNow() < answer_at) {
    }
    LeaseQuestion asked = question;
    if (dead_locked_) asked.dead.clear();
    absl::StatusOr<LeaseRound> round = store_->Renew(replica, asked);
    ++renewals_;
    if (round.ok() && unreadable_) {
      for (const AcquiredQueue& queue : round->acquired) {
        round->unreadable.push_back({queue.uid, absl::DataLossError("x")});
      }
      round->acquired.clear();
    }
    if (round.ok()) round->unowned_count += unowned_count_;
    if (round.ok() && restored_.exchange(false)) {
      for (ReplicaHeartbeat& row : round->replicas) row.heartbeat = 1;
    }
    return round;
  }
  absl::Status Leave(const ReplicaIdentity& replica) override {
    return store_->Leave(replica);
  }
  absl::Status Release(const ReplicaIdentity& replica) override {
    return store_->Release(replica);
  }

  int64_t renewals() const { return renewals_; }
  // Before it is used.
  void SetRenewalTakes(absl::Duration time) { renewal_takes_ = time; }
  void Restore() { restored_ = true; }
  // The rows of the dead are locked, so that they seem to be renewing.
  void SetDeadLocked(bool locked) { dead_locked_ = locked; }
  // What is acquired can't be read.
  void SetUnreadable(bool unreadable) { unreadable_ = unreadable; }
  // So many rows of queues that nobody has are locked.
  void SetUnownedCount(int64_t count) { unowned_count_ = count; }
  // Until told otherwise, nobody is answered.
  void Hang(bool hanging) {
    absl::MutexLock lock(&mu_);
    hanging_ = hanging;
  }

 private:
  const std::shared_ptr<LeaseStore> store_;
  const RealClock clock_;
  absl::Duration renewal_takes_;
  std::atomic<int64_t> renewals_ = 0;
  std::atomic<bool> restored_ = false;
  std::atomic<bool> dead_locked_ = false;
  std::atomic<bool> unreadable_ = false;
  std::atomic<int64_t> unowned_count_ = 0;
  absl::Mutex mu_;
  bool hanging_ ABSL_GUARDED_BY(mu_) = false;
};

class LeaseKeeperTest : public ::testing::Test {
 protected:
  std::unique_ptr<PushProcess> Start(
      const std::string& name,
      absl::Duration dead_after = absl::Milliseconds(300),
      std::function<void()> name_lost = [] {}) {
    auto process = std::make_unique<PushProcess>(
        PushProcess::Options{.replica_name = name,
                             .leases = {.dead_after = dead_after},
                             .name_lost = std::move(name_lost)},
        PushStores{store_, store_, store_, leases_, store_});
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
  static void AwaitIdle(PushProcess& process) {
    std::optional<DeliveryStatus> status;
    while (!status.has_value() || status->phase != Phase::kIdle) {
      status = process.loop().Status(7);
    }
  }
  static void AwaitUnheld(PushProcess& process, int64_t count) {
    const std::string line =
        absl::StrCat("\ncauseway_push_unheld_queues ", count, "\n");
    while (!absl::StrContains(server::MetricsText(process.metrics_registry()),
                              line)) {
    }
  }
  SealedTransaction AwaitSealed() {
    std::vector<SealedTransaction> sealed;
    while (sealed.empty()) {
      sealed = store_->FindQueue("irc").value().head.sealed;
    }
    return sealed.front();
  }

  registry_watch::SnapshotBuilder registry_ =
      std::move(registry_watch::SnapshotBuilder("hs").Add(
          {.uid = "7", .id = "irc", .url = "http://127.0.0.1:1"}));
  const std::shared_ptr<FakePushStore> store_ =
      std::make_shared<FakePushStore>();
  const std::shared_ptr<FaultyLeaseStore> leases_ =
      std::make_shared<FaultyLeaseStore>(store_);
};

TEST_F(LeaseKeeperTest, TakesNewQueuesAtOnce) {
  // Far from its next round by itself.
  auto process = Start("a", absl::Hours(10));
  AwaitOwned(*process, true);
  // Said when the round is over, which is after the queue is in the loop.
  while (!process->leases().Status().ok()) {
  }
}

TEST_F(LeaseKeeperTest, RoundsThatFollowAtOnceTakeNothingAgain) {
  auto process = Start("a");
  for (int i = 0; i < 2000; ++i) process->leases().Kick();
  AwaitOwned(*process, true);
  for (int i = 0; i < 2000; ++i) process->leases().Kick();
  EXPECT_EQ(store_->FindQueue("irc").value().epoch, 1);
}

// Ten thousand register one after the other, and a round looks at all of them.
TEST_F(LeaseKeeperTest, RestsBetweenRoundsThatFollowAtOnce) {
  constexpr absl::Duration kRoundTakes = absl::Milliseconds(10);
  leases_->SetRenewalTakes(kRoundTakes);
  auto process = Start("a", absl::Hours(10));
  AwaitOwned(*process, true);
  const RealClock clock;
  const absl::Duration began = clock.MonotonicNow();
  // One may be under way.
  const int64_t renewals = leases_->renewals() + 1;
  while (leases_->renewals() < renewals + 4) process->leases().Kick();
  EXPECT_GE(clock.MonotonicNow() - began, 4 * 5 * kRoundTakes);
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

// The database's machine has vanished, say: no connection is ever ended.
TEST_F(LeaseKeeperTest, LetsGoWhileARenewalHangs) {
  auto process = Start("a");
  AwaitOwned(*process, true);
  leases_->Hang(true);
  AwaitOwned(*process, false);
  EXPECT_FALSE(process->leases().Status().ok());
  leases_->Hang(false);
  AwaitOwned(*process, true);
  while (!process->leases().Status().ok()) {
  }
}

// Whoever is restarted then.
TEST_F(LeaseKeeperTest, LetsGoWhileItStopsAndARenewalHangs) {
  auto process = Start("a");
  AwaitOwned(*process, true);
  leases_->Hang(true);
  std::thread stopping([&] { process->leases().Stop(); });
  AwaitOwned(*process, false);
  leases_->Hang(false);
  stopping.join();
}

TEST_F(LeaseKeeperTest, TheNextOfItsNameTakesOverAtOnceAndForGood) {
  absl::Notification name_lost;
  auto first = Start("a", absl::Hours(10), [&] { name_lost.Notify(); });
  AwaitOwned(*first, true);
  auto second = Start("a", absl::Hours(10));
  AwaitOwned(*second, true);
  first->leases().Kick();
  AwaitOwned(*first, false);
  name_lost.WaitForNotification();
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

TEST_F(LeaseKeeperTest, AStoreThatWentBackIsNotBelieved) {
  auto process = Start("a");
  AwaitOwned(*process, true);
  const Epoch epoch = store_->FindQueue("irc").value().epoch;
  leases_->Restore();
  // Though by the store's account nothing has changed.
  while (store_->FindQueue("irc").value().epoch == epoch) {
  }
  AwaitOwned(*process, true);
  // Registrations are applied again, and events are taken in as before.
  TestSource source;
  source.Message("!r:hs", "@alice:hs", "hello");
  EXPECT_TRUE(process->Publish(source.Take()).ok());
}

// Another replica takes in again what this one had, and comes as far.
TEST_F(LeaseKeeperTest, WhatWasCommittedBeforeTheStoreWentBackIsForgotten) {
  auto process = Start("a");
  const SourceState source = store_->OpenSource("hs").value();
  AwaitOwned(*process, true);
  process->loop().Offer(
      {.source_id = source.id, .begin = 1, .end = 2, .entries = {}});
  const Epoch epoch = store_->FindQueue("irc").value().epoch;
  leases_->Restore();
  while (store_->FindQueue("irc").value().epoch == epoch) {
  }
  AwaitIdle(*process);
  ASSERT_TRUE(store_->Commit(ReplayBatch(source, 7, {"{}"})).ok());
  const IngestBatch own =
      ReplayBatch(store_->OpenSource("hs").value(), 7, {"{}"});
  ASSERT_TRUE(store_->Commit(own).ok());
  SegmentCache segments(0);
  OfferToQueues(own, false, absl::UnixEpoch(), segments, process->loop());
  EXPECT_EQ(AwaitSealed().event_count, 2);
}

// A connection was given up, and what had been sent over it arrives all the
// same. There is nobody else to wake the queue.
TEST_F(LeaseKeeperTest, ACommitThatComesLateIsNoticed) {
  auto process = Start("a");
  const SourceState source = store_->OpenSource("hs").value();
  AwaitOwned(*process, true);
  process->leases().OweWakes();
  const int64_t renewals = leases_->renewals();
  while (leases_->renewals() < renewals + 4) {
  }
  ASSERT_TRUE(store_->Commit(ReplayBatch(source, 7, {"{}"})).ok());
  EXPECT_EQ(AwaitSealed().event_count, 1);
}

TEST_F(LeaseKeeperTest, TellsOfAQueueThatCannotBeRead) {
  leases_->SetUnreadable(true);
  auto process = Start("a");
  AwaitUnheld(*process, 1);
  leases_->SetUnreadable(false);
  AwaitUnheld(*process, 0);
  AwaitOwned(*process, true);
}

TEST_F(LeaseKeeperTest, TellsOfAQueueThatNobodyCanTakeOverFromTheDead) {
  auto first = Start("a");
  AwaitOwner("a");
  auto second = Start("b");
  leases_->SetDeadLocked(true);
  first.reset();
  AwaitUnheld(*second, 1);
  EXPECT_EQ(store_->FindQueue("irc").value().owner, "a");
  leases_->SetDeadLocked(false);
  AwaitUnheld(*second, 0);
  AwaitOwner("b");
}

TEST_F(LeaseKeeperTest, TellsOfQueuesThatNobodyHasAndNobodyCanTake) {
  leases_->SetUnownedCount(3);
  auto process = Start("a");
  AwaitUnheld(*process, 3);
  leases_->SetUnownedCount(0);
  AwaitUnheld(*process, 0);
}

TEST_F(LeaseKeeperTest, TellsOfWhatItHasLetGoOfUntilItIsTakenAgain) {
  auto process = Start("a");
  AwaitOwned(*process, true);
  AwaitUnheld(*process, 0);
  store_->SetAway(true);
  AwaitUnheld(*process, 1);
  store_->SetAway(false);
  AwaitUnheld(*process, 0);
}

// Each round succeeds, and later than its queues may be kept: others see it
// alive, and nothing is ever sent.
TEST_F(LeaseKeeperTest, TellsOfWhatItCannotKeepBecauseTheDatabaseIsSlow) {
  leases_->SetRenewalTakes(absl::Milliseconds(200));
  auto process = Start("a");
  AwaitUnheld(*process, 1);
  EXPECT_EQ(store_->FindQueue("irc").value().owner, "a");
  EXPECT_FALSE(process->leases().Status().ok());
}

class LeaseBalanceTest : public LeaseKeeperTest {
 protected:
  LeaseBalanceTest() {
    for (int uid = 8; uid < 13; ++uid) {
      registry_.Add({.uid = absl::StrCat(uid),
                     .id = absl::StrCat("as", uid),
                     .url = "http://127.0.0.1:1"});
    }
  }
  static void AwaitCount(PushProcess& process, size_t count) {
    while (process.loop().Held().size() != count) {
    }
  }
};

TEST_F(LeaseBalanceTest, WhoComesGetsItsShare) {
  auto first = Start("a");
  AwaitCount(*first, 6);
  auto second = Start("b");
  AwaitCount(*second, 3);
  AwaitCount(*first, 3);
  EXPECT_THAT(server::MetricsText(second->metrics_registry()),
              HasSubstr("leases_acquired_total{reason=\"handed_over\"} 3\n"));
  EXPECT_THAT(server::MetricsText(first->metrics_registry()),
              HasSubstr("leases_lost_total{reason=\"let_go\"} 3\n"));
  const std::vector<QueueSummary> queues = store_->ListQueues("", 10).value();
  for (const QueueSummary& queue : queues) {
    EXPECT_LE(queue.epoch, 2) << queue.appservice_id << " moved twice";
  }
}

TEST_F(LeaseBalanceTest, WhoLeavesGetsNothing) {
  auto first = Start("a");
  AwaitCount(*first, 6);
  auto second = Start("b");
  AwaitCount(*second, 1);
  second->leases().Stop();
  second->leases().Leave();
  second->loop().Drain(absl::Seconds(10));
  second->leases().Release();
  AwaitCount(*first, 6);
  // Nothing was left with it, for the first to find it dead.
  EXPECT_THAT(server::MetricsText(first->metrics_registry()),
              HasSubstr("leases_acquired_total{reason=\"dead\"} 0\n"));
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
