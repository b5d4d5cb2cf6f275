#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "services/push_dispatcher/store/push_store_contract.h"

namespace causeway::push {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using enum absl::StatusCode;

// In order of uid.
std::vector<HeldQueue> HeldOf(const LeaseRound& round) {
  std::vector<HeldQueue> held;
  for (const AcquiredQueue& queue : round.acquired) {
    held.push_back({queue.uid, queue.epoch, queue.nonce});
  }
  std::sort(held.begin(), held.end(),
            [](const auto& a, const auto& b) { return a.uid < b.uid; });
  return held;
}

// The one of that name, as the round saw it.
std::vector<ReplicaHeartbeat> AsSeen(const LeaseRound& round,
                                     const std::string& name) {
  for (const ReplicaHeartbeat& replica : round.replicas) {
    if (replica.name == name) return {replica};
  }
  return {};
}

// `taker` looks, and takes `dead` for dead.
LeaseRound TakeOver(LeaseStore& leases, const ReplicaIdentity& taker,
                    const std::string& dead,
                    const std::vector<HeldQueue>& held = {}) {
  const LeaseRound look =
      leases.Renew(taker, {.dead = {}, .held = held}).value();
  return leases.Renew(taker, {.dead = AsSeen(look, dead), .held = held})
      .value();
}

const ReplicaIdentity kHeir = {"b", "9", "127.0.0.1:2"};

// Takes all queues for `owner`, which then has let go of the first for kHeir,
// which is there, and holds the rest.
LeaseQuestion LetGoOfOne(LeaseStore& leases, const ReplicaIdentity& owner) {
  std::vector<HeldQueue> held = HeldOf(leases.Renew(owner, {}).value());
  EXPECT_TRUE(leases.Enter(kHeir).ok());
  LeaseQuestion question = {.dead = {}, .held = {}};
  question.handed = {{held[0], kHeir.name}};
  question.held = {held.begin() + 1, held.end()};
  return question;
}

TEST_P(PushStoreContract, TakesWhatNobodyHasAndKeepsIt) {
  Apply(1, {7, 8});
  LeaseRound round = leases_.Renew(replica_, {}).value();
  EXPECT_THAT(round.acquired, SizeIs(2));
  EXPECT_EQ(round.acquired[0].epoch, 1);
  EXPECT_THAT(round.replicas, SizeIs(1));
  EXPECT_EQ(round.unowned_count, 0);
  const std::vector<HeldQueue> held = HeldOf(round);
  round = leases_.Renew(replica_, {.dead = {}, .held = held}).value();
  EXPECT_THAT(round.acquired, IsEmpty());
  EXPECT_THAT(round.lost, IsEmpty());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "a");
}

TEST_P(PushStoreContract, TakesOverFromTheDeadOnly) {
  Apply(1, {7});
  Acquire(7);
  const ReplicaIdentity other = {"b", "9", "127.0.0.1:2"};
  ASSERT_TRUE(leases_.Enter(other).ok());
  EXPECT_THAT(leases_.Renew(other, {}).value().acquired, IsEmpty());
  const LeaseRound round = TakeOver(leases_, other, "a");
  ASSERT_THAT(round.acquired, SizeIs(1));
  EXPECT_EQ(round.acquired[0].epoch, 2);
  EXPECT_THAT(round.replicas, SizeIs(2));
}

// Who has moved since it was seen isn't dead.
TEST_P(PushStoreContract, TakesNothingOverFromWhoHasComeBack) {
  Apply(1, {7});
  const std::vector<HeldQueue> held =
      HeldOf(leases_.Renew(replica_, {}).value());
  const ReplicaIdentity other = {"b", "9", "127.0.0.1:2"};
  ASSERT_TRUE(leases_.Enter(other).ok());
  const std::vector<ReplicaHeartbeat> seen =
      AsSeen(leases_.Renew(other, {}).value(), "a");
  ASSERT_TRUE(leases_.Renew(replica_, {.dead = {}, .held = held}).ok());
  EXPECT_THAT(leases_.Renew(other, {.dead = seen, .held = {}})->acquired,
              IsEmpty());
  ReplicaIdentity restarted = replica_;
  restarted.incarnation = "2";
  ASSERT_TRUE(leases_.Enter(restarted).ok());
  EXPECT_THAT(leases_.Renew(other, {.dead = seen, .held = {}})->acquired,
              IsEmpty());
  EXPECT_THAT(TakeOver(leases_, other, "a").acquired, SizeIs(1));
}

TEST_P(PushStoreContract, ForgetsWhomItIsToldUnlessItHasMoved) {
  Apply(1, {7});
  Acquire(7);
  const ReplicaIdentity other = {"b", "9", "127.0.0.1:2"};
  ASSERT_TRUE(leases_.Enter(other).ok());
  const auto seen = AsSeen(leases_.Renew(other, {}).value(), "a");
  ASSERT_TRUE(leases_.Renew(replica_, {}).ok());
  LeaseQuestion question = {.dead = seen, .held = {}, .forgotten = seen};
  LeaseRound round = leases_.Renew(other, question).value();
  EXPECT_THAT(round.replicas, SizeIs(2));
  EXPECT_THAT(round.acquired, IsEmpty());
  question.dead = question.forgotten = AsSeen(round, "a");
  round = leases_.Renew(other, question).value();
  EXPECT_THAT(round.replicas, SizeIs(1));
  EXPECT_THAT(round.acquired, SizeIs(1));
  // It has to begin anew.
  EXPECT_EQ(leases_.Renew(replica_, {}).status().code(), kFailedPrecondition);
  ASSERT_TRUE(leases_.Enter(replica_).ok());
  EXPECT_THAT(leases_.Renew(replica_, {}).value().acquired, IsEmpty());
}

// Whoever has forgotten its owner may not have been able to take it.
TEST_P(PushStoreContract, TakesWhatAForgottenReplicaOwns) {
  Apply(1, {7});
  Acquire(7);
  const ReplicaIdentity other = {"b", "9", "127.0.0.1:2"};
  ASSERT_TRUE(leases_.Enter(other).ok());
  const auto seen = AsSeen(leases_.Renew(other, {}).value(), "a");
  ASSERT_TRUE(
      leases_.Renew(other, {.dead = {}, .held = {}, .forgotten = seen}).ok());
  leases_.Renew(other, {}).value();
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "b");
}

TEST_P(PushStoreContract, EachLeaseHasANonceOfItsOwn) {
  Apply(1, {7, 8});
  const LeaseRound first = leases_.Renew(replica_, {}).value();
  ASSERT_THAT(first.acquired, SizeIs(2));
  const LeaseRound second = leases_.Renew(replica_, {}).value();
  ASSERT_THAT(second.acquired, SizeIs(2));
  std::set<std::string> nonces;
  for (const LeaseRound* round : {&first, &second}) {
    for (const AcquiredQueue& queue : round->acquired) {
      EXPECT_THAT(queue.nonce, ::testing::MatchesRegex("[0-9a-f]+"));
      nonces.insert(queue.nonce);
    }
  }
  EXPECT_THAT(nonces, SizeIs(4));
}

// Whatever an owner still has under way comes before it, or never.
TEST_P(PushStoreContract, ReadingTheHeadAgainShutsOutWhatIsUnderWay) {
  Apply(1, {7});
  Publish(20, {}, {});
  const AcquiredQueue queue = Acquire(7);
  EXPECT_EQ(queues_.ReadHeads({{7, queue.epoch, "another"}}).value()[0],
            std::nullopt);
  const auto read =
      queues_.ReadHeads({{7, queue.epoch, queue.nonce}}).value()[0];
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->epoch, queue.epoch + 1);
  EXPECT_EQ(read->head, queue.head);
  EXPECT_FALSE(Write(7, Seal(queue, "n-1", 2)));
  EXPECT_EQ(queues_.ReadHeads({{7, queue.epoch, queue.nonce}}).value()[0],
            std::nullopt);
  AcquiredQueue raised = queue;
  raised.epoch = read->epoch;
  EXPECT_TRUE(Write(7, Seal(raised, "n-1", 2)));
}

TEST_P(PushStoreContract, AWriteOfAnotherLeaseIsRefused) {
  Apply(1, {7});
  Publish(20, {}, {});
  AcquiredQueue queue = Acquire(7);
  queue.nonce = "another";
  EXPECT_FALSE(Write(7, Seal(queue, "n-1", 2)));
}

TEST_P(PushStoreContract, TheNextIncarnationTakesOverAtOnce) {
  Apply(1, {7});
  Acquire(7);
  ReplicaIdentity restarted = replica_;
  restarted.incarnation = "2";
  ASSERT_TRUE(leases_.Enter(restarted).ok());
  const LeaseRound round = leases_.Renew(restarted, {}).value();
  ASSERT_THAT(round.acquired, SizeIs(1));
  EXPECT_EQ(round.acquired[0].epoch, 2);
  EXPECT_EQ(leases_.Renew(replica_, {}).status().code(), kFailedPrecondition);
}

TEST_P(PushStoreContract, TakesItsOwnAgainThatIsNotHeld) {
  Apply(1, {7});
  Acquire(7);
  EXPECT_THAT(leases_.Renew(replica_, {}).value().acquired, SizeIs(1));
}

TEST_P(PushStoreContract, AcquiringTellsTheHead) {
  Apply(1, {7});
  Publish(20, {}, {});
  const AcquiredQueue queue = Acquire(7);
  const QueueWrite seal = Seal(queue, "n-1", 2);
  ASSERT_TRUE(Write(7, seal));
  const LeaseRound round = leases_.Renew(replica_, {}).value();
  EXPECT_EQ(round.acquired[0].head, seal.after);
  EXPECT_EQ(round.acquired[0].settings, QueueSettings());
}

TEST_P(PushStoreContract, AcquiringTellsWhatWasLearnt) {
  Apply(1, {7});
  Publish(20, {}, {});
  const AcquiredQueue queue = Acquire(7);
  QueueWrite write = Seal(queue, "n-1", 2);
  write.retired = {.txn_id = "n-0", .body_bytes_max_learned = 77};
  ASSERT_TRUE(Write(7, write));
  const LeaseRound round = leases_.Renew(replica_, {}).value();
  EXPECT_EQ(round.acquired[0].settings.body_bytes_max_learned, 77);
}

TEST_P(PushStoreContract, TakesAgainWhatIsHeldOtherwise) {
  Apply(1, {7, 8, 9});
  LeaseRound round = leases_.Renew(replica_, {}).value();
  std::vector<HeldQueue> held = HeldOf(round);
  --held[1].epoch;
  held[2].nonce = "another";
  round = leases_.Renew(replica_, {.dead = {}, .held = held}).value();
  EXPECT_THAT(round.acquired,
              UnorderedElementsAre(Field(&AcquiredQueue::uid, 8),
                                   Field(&AcquiredQueue::uid, 9)));
  EXPECT_THAT(round.lost, IsEmpty());
}

TEST_P(PushStoreContract, TellsWhatIsLost) {
  const ReplicaIdentity other = {"b", "9", "127.0.0.1:2"};
  ASSERT_TRUE(leases_.Enter(other).ok());
  Apply(1, {7, 8, 9});
  const std::vector<HeldQueue> held =
      HeldOf(leases_.Renew(replica_, {}).value());
  Apply(2, {7, 8});  // The queue of 9 is gone.
  ASSERT_THAT(TakeOver(leases_, other, "a").acquired, SizeIs(2));
  Apply(3, {7, 8, 10});
  LeaseRound round =
      leases_.Renew(replica_, {.dead = {}, .held = held}).value();
  EXPECT_THAT(round.acquired, ElementsAre(Field(&AcquiredQueue::uid, 10)));
  EXPECT_THAT(round.lost, UnorderedElementsAre(7, 8, 9));
  // What is taken back at once is not lost.
  round = TakeOver(leases_, replica_, "b", held);
  EXPECT_THAT(round.lost, ElementsAre(9));
}

TEST_P(PushStoreContract, ReleaseGivesBack) {
  Apply(1, {7});
  Acquire(7);
  ASSERT_TRUE(leases_.Release({"a", "another", ""}).ok());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "a");
  ASSERT_TRUE(leases_.Release(replica_).ok());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "");
}

TEST_P(PushStoreContract, TheHeirTakesWhatItIsHandedInItsNextRound) {
  Apply(1, {7, 8, 9});
  LeaseQuestion question = LetGoOfOne(leases_, replica_);
  LeaseRound round = leases_.Renew(replica_, question).value();
  EXPECT_THAT(round.handed_over, ElementsAre(7));
  EXPECT_THAT(round.acquired, IsEmpty());
  EXPECT_THAT(round.lost, IsEmpty());
  EXPECT_THAT(
      round.replicas,
      UnorderedElementsAre(AllOf(Field(&ReplicaHeartbeat::name, "a"),
                                 Field(&ReplicaHeartbeat::queue_count, 2)),
                           AllOf(Field(&ReplicaHeartbeat::name, "b"),
                                 Field(&ReplicaHeartbeat::queue_count, 1))));
  // The answer was lost.
  round = leases_.Renew(replica_, question).value();
  EXPECT_THAT(round.handed_over, IsEmpty());
  EXPECT_THAT(round.acquired, IsEmpty());
  EXPECT_THAT(round.lost, ElementsAre(7));
  round = leases_.Renew(kHeir, {}).value();
  ASSERT_THAT(round.acquired, SizeIs(1));
  EXPECT_EQ(round.acquired[0].uid, 7);
  EXPECT_EQ(round.acquired[0].epoch, question.handed[0].queue.epoch + 1);
  EXPECT_EQ(round.acquired[0].origin, LeaseOrigin::kHandedOver);
}

TEST_P(PushStoreContract, HandsNothingToWhoIsNotThere) {
  Apply(1, {7, 8, 9});
  LeaseQuestion question = LetGoOfOne(leases_, replica_);
  question.handed[0].heir = "c";
  const LeaseRound round = leases_.Renew(replica_, question).value();
  EXPECT_THAT(round.handed_over, IsEmpty());
  // It waits for another heir.
  EXPECT_THAT(round.acquired, IsEmpty());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "a");
}

TEST_P(PushStoreContract, HandsNothingToWhoIsLeavingUntilItComesBack) {
  Apply(1, {7, 8, 9});
  LeaseQuestion question = LetGoOfOne(leases_, replica_);
  ASSERT_TRUE(leases_.Leave({"b", "another", ""}).ok());
  ASSERT_TRUE(leases_.Leave(kHeir).ok());
  LeaseRound round = leases_.Renew(replica_, question).value();
  EXPECT_THAT(round.handed_over, IsEmpty());
  EXPECT_THAT(round.acquired, IsEmpty());
  EXPECT_THAT(round.replicas,
              ::testing::Contains(Field(&ReplicaHeartbeat::leaving, true)));
  ReplicaIdentity restarted = kHeir;
  restarted.incarnation = "10";
  ASSERT_TRUE(leases_.Enter(restarted).ok());
  EXPECT_THAT(leases_.Renew(replica_, question)->handed_over, ElementsAre(7));
}

TEST_P(PushStoreContract, AnotherProcessLeavingChangesNothing) {
  Apply(1, {7, 8, 9});
  LeaseQuestion question = LetGoOfOne(leases_, replica_);
  ASSERT_TRUE(leases_.Leave({"b", "another", ""}).ok());
  EXPECT_THAT(leases_.Renew(replica_, question)->handed_over, ElementsAre(7));
}

// An operator has been at it since it was let go of.
TEST_P(PushStoreContract, WhatHasChangedIsNotHandedOver) {
  Apply(1, {7, 8, 9});
  LeaseQuestion question = LetGoOfOne(leases_, replica_);
  --question.handed[0].queue.epoch;
  LeaseRound round = leases_.Renew(replica_, question).value();
  EXPECT_THAT(round.handed_over, IsEmpty());
  EXPECT_THAT(round.acquired,
              ElementsAre(Field(&AcquiredQueue::origin, LeaseOrigin::kOwn)));
}

// It ended before it could take it.
TEST_P(PushStoreContract, TheHeirGivesBackWhatItWasHanded) {
  Apply(1, {7, 8, 9});
  LeaseQuestion question = LetGoOfOne(leases_, replica_);
  ASSERT_TRUE(leases_.Renew(replica_, question).ok());
  ASSERT_TRUE(leases_.Release({"b", "another", ""}).ok());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "b");
  ASSERT_TRUE(leases_.Release(kHeir).ok());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "");
}

TEST_P(PushStoreContract, WhatADeadHeirWasHandedIsTakenOver) {
  Apply(1, {7, 8, 9});
  LeaseQuestion question = LetGoOfOne(leases_, replica_);
  ASSERT_TRUE(leases_.Renew(replica_, question).ok());
  const LeaseRound round = TakeOver(leases_, replica_, "b", question.held);
  EXPECT_THAT(round.acquired,
              ElementsAre(Field(&AcquiredQueue::origin, LeaseOrigin::kDead)));
}

TEST_P(PushStoreContract, TellsWhereQueuesWereBefore) {
  Apply(1, {7});
  LeaseRound round = leases_.Renew(replica_, {}).value();
  EXPECT_THAT(round.acquired,
              ElementsAre(Field(&AcquiredQueue::origin, LeaseOrigin::kFree)));
  ReplicaIdentity restarted = replica_;
  restarted.incarnation = "2";
  ASSERT_TRUE(leases_.Enter(restarted).ok());
  EXPECT_THAT(leases_.Renew(restarted, {})->acquired,
              ElementsAre(Field(&AcquiredQueue::origin, LeaseOrigin::kOwn)));
}

TEST_P(PushStoreContract, ARoundTellsWhereSourcesEnd) {
  ASSERT_TRUE(ingest_.OpenSource("other").ok());
  Publish(3, {}, {});
  EXPECT_THAT(leases_.Renew(replica_, {}).value().source_ends,
              UnorderedElementsAre(1, 4));
}

}  // namespace
}  // namespace causeway::push
