#include "services/registry/registry_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <vector>

#include "services/registry/appservice.h"
#include "services/registry/registry_store.h"

namespace causeway::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Appservice At(int64_t uid, int64_t revision) {
  Appservice appservice;
  appservice.uid = uid;
  appservice.revision = revision;
  return appservice;
}

std::vector<int64_t> Updated(const RegistryState::Difference& difference) {
  std::vector<int64_t> uids;
  for (const auto& appservice : difference.updated) {
    uids.push_back(appservice->uid);
  }
  return uids;
}

// 1 came at 2, 2 at 3, 3 at 4; 2 went at 5; 1 changed at 6.
std::shared_ptr<const RegistryState> History() {
  RegistryState nothing;
  auto state = nothing.After(
      {4, {At(1, 2), At(2, 3), At(3, 4)}, {}, true, {1, 2, 3, 4}});
  state = state->After({5, {}, {{2, 5}}, false, {5}});
  return state->After({6, {At(1, 6)}, {}, false, {6}});
}

TEST(RegistryStateTest, WhoHasNothingGetsEverything) {
  RegistryState::Difference difference = History()->Since(0);
  EXPECT_TRUE(difference.reset);
  EXPECT_THAT(Updated(difference), ElementsAre(1, 3));
  EXPECT_THAT(difference.removed_uids, IsEmpty());
}

TEST(RegistryStateTest, WhoIsBehindGetsWhatItMissed) {
  auto state = History();
  RegistryState::Difference difference = state->Since(3);
  EXPECT_FALSE(difference.reset);
  EXPECT_THAT(Updated(difference), ElementsAre(1, 3));
  EXPECT_THAT(difference.removed_uids, ElementsAre(2));
  difference = state->Since(5);
  EXPECT_THAT(Updated(difference), ElementsAre(1));
  EXPECT_THAT(difference.removed_uids, IsEmpty());
}

TEST(RegistryStateTest, WhoIsUpToDateGetsNothing) {
  EXPECT_TRUE(History()->Since(6).empty());
}

TEST(RegistryStateTest, EmptyRegistryIsNewsToWhoHasNothing) {
  RegistryState nothing;
  auto state = nothing.After({1, {}, {}, true, {1}});
  EXPECT_FALSE(state->Since(0).empty());
  EXPECT_TRUE(state->Since(1).empty());
}

// As after a restore of the database from a backup.
TEST(RegistryStateTest, WhoIsAheadStartsOver) {
  EXPECT_TRUE(History()->Since(7).reset);
}

// As after a restore of the database from a backup, and later changes.
TEST(RegistryStateTest, WhoSawWhatNeverWasStartsOver) {
  auto state = History()->After({9, {At(4, 9)}, {}, false, {9}});
  RegistryState::Difference difference = state->Since(8);
  EXPECT_TRUE(difference.reset);
  EXPECT_THAT(Updated(difference), ElementsAre(1, 3, 4));
}

TEST(RegistryStateTest, WholeChangesReplaceWhatThereWas) {
  auto state = History()->After({9, {At(4, 9)}, {}, true, {2, 9}});
  EXPECT_THAT(Updated(state->Since(0)), ElementsAre(4));
  EXPECT_TRUE(state->Since(6).reset);
  EXPECT_FALSE(state->Since(2).reset);
}

TEST(RegistryStateTest, WhoWasAwayForTooLongStartsOver) {
  std::vector<int64_t> many(kRevisionsKept - 1);
  std::iota(many.begin(), many.end(), 7);
  auto state = History()->After({many.back(), {}, {}, false, many});
  EXPECT_FALSE(state->Since(6).reset);
  EXPECT_TRUE(state->Since(5).reset);
}

TEST(RegistryStateTest, EarlierStateIsLeftAsItWas) {
  auto before = History();
  auto after = before->After({7, {}, {{1, 7}, {3, 7}}, false, {7}});
  EXPECT_EQ(before->appservice_count(), 2);
  EXPECT_EQ(after->appservice_count(), 0);
  EXPECT_EQ(before->revision(), 6);
}

}  // namespace
}  // namespace causeway::registry
