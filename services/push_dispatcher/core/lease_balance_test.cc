#include "services/push_dispatcher/core/lease_balance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Counts = std::map<std::string, int64_t>;
using Names = std::vector<std::string>;

constexpr absl::Duration kInterval = absl::Seconds(1);

std::vector<ReplicaHeartbeat> Lively(const Counts& counts) {
  std::vector<ReplicaHeartbeat> lively;
  for (const auto& [name, count] : counts) {
    lively.push_back({.name = name, .incarnation = "1", .queue_count = count});
  }
  return lively;
}

// Whom `name` would let have queues, if there were no bound to the rate.
Names Plan(const std::string& name, const Counts& counts) {
  LeaseBalance balance(name, 10000, kInterval, absl::ZeroDuration());
  return balance.Heirs(Lively(counts), kInterval);
}

struct BalanceCase {
  std::string name;
  Counts counts;
  std::map<std::string, Names> plans;  // By giver; others give nothing.
};

class LeaseBalanceCaseTest : public ::testing::TestWithParam<BalanceCase> {};

TEST_P(LeaseBalanceCaseTest, EachDoesItsPartOfOnePlan) {
  for (const auto& [name, count] : GetParam().counts) {
    SCOPED_TRACE(name);
    const auto plan = GetParam().plans.find(name);
    EXPECT_EQ(Plan(name, GetParam().counts),
              plan == GetParam().plans.end() ? Names() : plan->second);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, LeaseBalanceCaseTest,
    ::testing::Values(
        BalanceCase{"alone", {{"a", 7}}, {}},
        BalanceCase{"nothing_there", {{"a", 0}, {"b", 0}}, {}},
        BalanceCase{"one_queue_stays", {{"a", 1}, {"b", 0}}, {}},
        BalanceCase{"two_queues", {{"a", 2}, {"b", 0}}, {{"a", {"b"}}}},
        BalanceCase{"one_more_is_even", {{"a", 3}, {"b", 2}}, {}},
        BalanceCase{"two_givers_share_the_part",
                    {{"a", 3}, {"b", 3}, {"c", 0}},
                    {{"a", {"c"}}, {"b", {"c"}}}},
        BalanceCase{"who_has_most_gives_first",
                    {{"a", 4}, {"b", 6}, {"c", 0}, {"d", 2}},
                    {{"a", {"c"}}, {"b", {"c", "c", "d"}}}},
        BalanceCase{"a_tenth_is_even", {{"a", 55}, {"b", 45}}, {}},
        BalanceCase{"more_than_a_tenth_is_made_quite_even",
                    {{"a", 56}, {"b", 44}},
                    {{"a", Names(6, "b")}}},
        // Nobody has much too many, but one has none.
        BalanceCase{"one_idle_among_many",
                    {{"a", 4},
                     {"b", 4},
                     {"c", 4},
                     {"d", 4},
                     {"e", 4},
                     {"f", 4},
                     {"g", 4},
                     {"h", 4},
                     {"i", 4},
                     {"j", 4},
                     {"k", 4},
                     {"l", 4},
                     {"m", 0}},
                    {{"a", {"m"}}, {"b", {"m"}}, {"c", {"m"}}}}),
    [](const auto& info) { return info.param.name; });

// Goal: whatever the counts, all become even, and nobody gives back what it was
// given. Method: in turn, each hands over what it has let go of, sees what
// there is now, and lets go of more; of what the others are letting go it knows
// nothing.
TEST(LeaseBalanceTest, BecomesEvenWithoutGivingBack) {
  for (Counts counts :
       {Counts{{"a", 1000}, {"b", 0}, {"c", 0}},
        Counts{{"a", 500}, {"b", 500}, {"c", 0}},
        Counts{{"a", 7}, {"b", 0}, {"c", 3}, {"d", 0}},
        Counts{{"a", 100}, {"b", 131}, {"c", 80}, {"d", 64}, {"e", 0}}}) {
    std::map<std::string, LeaseBalance> balances;
    std::map<std::string, bool> gave, was_given;
    for (const auto& [name, count] : counts) {
      balances.emplace(name, LeaseBalance(name, 10, kInterval, kInterval));
    }
    AppserviceUid uid = 0;
    for (int round = 1; round < 100; ++round) {
      for (auto& [name, balance] : balances) {
        for (const HandedQueue& handed : balance.LetGo({}, Lively(counts))) {
          EXPECT_THAT(balance.HandedOver({handed.queue.uid}), SizeIs(1));
          --counts[name];
          ++counts[handed.heir];
          gave[name] = was_given[handed.heir] = true;
        }
        const Names heirs = balance.Heirs(Lively(counts), kInterval * round);
        EXPECT_LE(heirs.size(), 10);
        for (const std::string& heir : heirs) {
          balance.Leave({++uid, 1, "n"}, heir);
        }
      }
    }
    for (const auto& [name, count] : counts) {
      EXPECT_FALSE(gave[name] && was_given[name]) << name;
      for (const auto& [other, other_count] : counts) {
        EXPECT_LE(count, other_count + 1) << name << " " << other;
      }
    }
  }
}

TEST(LeaseBalanceTest, GivesOneAtOnceAndNoFasterThanItMay) {
  LeaseBalance balance("a", 2, kInterval, absl::ZeroDuration());
  const auto lively = Lively({{"a", 100}, {"b", 0}});
  AppserviceUid uid = 0;
  const auto give = [&](absl::Duration now) {
    const Names heirs = balance.Heirs(lively, now);
    for (const std::string& heir : heirs) balance.Leave({++uid, 1, "n"}, heir);
    return heirs.size();
  };
  EXPECT_EQ(give(absl::Milliseconds(0)), 1);
  EXPECT_EQ(give(absl::Milliseconds(0)), 0);
  EXPECT_EQ(give(absl::Milliseconds(499)), 0);
  EXPECT_EQ(give(absl::Milliseconds(500)), 1);
  // What wasn't given isn't kept for longer than a round.
  EXPECT_EQ(give(absl::Minutes(1)), 2);
}

TEST(LeaseBalanceTest, GivesNothingAtARateOfZero) {
  LeaseBalance balance("a", 0, kInterval, absl::ZeroDuration());
  EXPECT_THAT(balance.Heirs(Lively({{"a", 9}, {"b", 0}}), absl::Minutes(1)),
              IsEmpty());
}

// Who isn't sure to be alive itself knows nothing.
TEST(LeaseBalanceTest, GivesNothingWhileItIsNotAmongTheLively) {
  EXPECT_THAT(Plan("z", {{"a", 9}, {"b", 0}}), IsEmpty());
}

TEST(LeaseBalanceTest, WhatLeavesCountsAsGone) {
  LeaseBalance balance("a", 10000, kInterval, absl::ZeroDuration());
  const auto lively = Lively({{"a", 4}, {"b", 0}});
  ASSERT_THAT(balance.Heirs(lively, kInterval), ElementsAre("b", "b"));
  balance.Leave({1, 1, "n"}, "b");
  EXPECT_THAT(balance.Heirs(lively, kInterval), ElementsAre("b"));
  balance.Leave({2, 1, "n"}, "b");
  EXPECT_THAT(balance.Heirs(lively, kInterval), IsEmpty());
}

TEST(LeaseRulesTest, WhoLeavesMayHaveNoQueues) {
  LeaseRules rules("a", absl::Seconds(5), absl::ZeroDuration());
  std::vector<ReplicaHeartbeat> replicas = Lively({{"a", 3}, {"b", 1}});
  rules.Renewed(absl::ZeroDuration(), replicas, absl::ZeroDuration());
  for (ReplicaHeartbeat& replica : replicas) ++replica.heartbeat;
  rules.Renewed(kInterval, replicas, kInterval);
  EXPECT_THAT(rules.Lively(kInterval), SizeIs(2));
  replicas[1].leaving = true;
  for (ReplicaHeartbeat& replica : replicas) ++replica.heartbeat;
  rules.Renewed(2 * kInterval, replicas, 2 * kInterval);
  EXPECT_THAT(rules.Lively(2 * kInterval), SizeIs(1));
}

class LeavingTest : public ::testing::Test {
 protected:
  LeavingTest() { balance_.Leave(queue_, "b"); }

  const HeldQueue queue_ = {7, 3, "n"};
  LeaseBalance balance_{"a", 10, kInterval, absl::ZeroDuration()};
  const std::vector<ReplicaHeartbeat> lively_ = Lively({{"a", 4}, {"b", 0}});
};

TEST_F(LeavingTest, IsHandedOverWhenItIsNotHeldAnyMore) {
  EXPECT_THAT(balance_.LetGo({queue_}, lively_), IsEmpty());
  // As often as it takes.
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(balance_.LetGo({}, lively_),
                ElementsAre(HandedQueue{queue_, "b"}));
  }
  EXPECT_THAT(balance_.HandedOver({8}), IsEmpty());
  EXPECT_THAT(balance_.HandedOver({7}), ElementsAre(HandedQueue{queue_, "b"}));
  EXPECT_THAT(balance_.LetGo({}, lively_), IsEmpty());
}

TEST_F(LeavingTest, IsNotHandedOverToWhoMayBeDead) {
  EXPECT_THAT(balance_.LetGo({}, Lively({{"a", 4}})), IsEmpty());
  EXPECT_THAT(balance_.leaving(), IsEmpty());
}

// An operator has been at it, and this replica took it anew.
TEST_F(LeavingTest, StaysWhenItIsHeldByAnotherLease) {
  EXPECT_THAT(balance_.LetGo({{7, 4, "m"}}, lively_), IsEmpty());
  EXPECT_THAT(balance_.LetGo({}, lively_), IsEmpty());
}

}  // namespace
}  // namespace causeway::push
