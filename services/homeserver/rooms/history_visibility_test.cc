#include "services/homeserver/rooms/history_visibility.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::homeserver {

// For gtest's messages.
void PrintTo(const PositionRange& range, std::ostream* out) {
  *out << range.first << ".." << range.last;
}

namespace {

using enum HistoryVisibility;
using enum Membership;
constexpr int64_t kEnd = kPositionMax;

struct Case {
  std::string name;
  std::vector<VisibilityChange> visibilities;
  std::vector<MembershipChange> memberships;
  PositionRanges visible;
};

class VisibleRangesTest : public ::testing::TestWithParam<Case> {};

TEST_P(VisibleRangesTest, AreAsTheSpecificationSays) {
  EXPECT_EQ(VisibleRanges(GetParam().visibilities, GetParam().memberships),
            GetParam().visible);
}

INSTANTIATE_TEST_SUITE_P(
    , VisibleRangesTest,
    ::testing::Values(Case{"StrangerSeesNothing", {{2, kShared}}, {}, {}},
                      Case{"StrangerSeesWorldReadable",
                           {{4, kWorldReadable}},
                           {},
                           {{4, kEnd}}},
                      Case{"WorldReadableEnds",
                           {{4, kWorldReadable}, {9, kShared}},
                           {},
                           {{4, 8}}},
                      Case{"SharedFromTheBeginning",
                           {{2, kShared}},
                           {{10, kJoin}},
                           {{1, kEnd}}},
                      Case{"SharedUntilLeaving",
                           {{2, kShared}},
                           {{10, kJoin}, {20, kLeave}},
                           {{1, 20}}},
                      Case{"SharedAlsoBetweenTwoStays",
                           {{2, kShared}},
                           {{10, kJoin}, {20, kLeave}, {30, kJoin}},
                           {{1, kEnd}}},
                      Case{"SharedNotForWhoIsOnlyInvited",
                           {{2, kShared}},
                           {{10, kInvite}},
                           {}},
                      Case{"JoinedFromTheJoin",
                           {{2, kJoined}},
                           {{10, kJoin}},
                           {{1, 1}, {10, kEnd}}},
                      Case{"JoinedOnlyDuringStays",
                           {{1, kJoined}},
                           {{10, kJoin}, {20, kLeave}, {30, kJoin}},
                           {{10, 20}, {30, kEnd}}},
                      Case{"JoinedThroughProfileChanges",
                           {{1, kJoined}},
                           {{10, kJoin}, {12, kJoin}, {15, kBan}},
                           {{10, 15}}},
                      Case{"InvitedFromTheInvitation",
                           {{1, kInvited}},
                           {{10, kInvite}, {15, kJoin}},
                           {{10, kEnd}}},
                      Case{"JudgedByWhatHeldThen",
                           {{1, kJoined}, {5, kShared}},
                           {{10, kJoin}},
                           {{5, kEnd}}}),
    [](const auto& info) { return info.param.name; });

TEST(PositionRangesTest, NormalisedTheyAreAscendingAndApart) {
  EXPECT_EQ(Normalise({{7, 9}, {1, 2}, {3, 4}, {8, kEnd}, {6, 5}}),
            (PositionRanges{{1, 4}, {7, kEnd}}));
}

TEST(PositionRangesTest, ClipKeepsWhatLiesInside) {
  EXPECT_EQ(Clip({{1, 4}, {7, kEnd}}, {3, 8}),
            (PositionRanges{{3, 4}, {7, 8}}));
  EXPECT_EQ(Clip({{1, 4}}, {5, 8}), PositionRanges{});
}

TEST(PositionRangesTest, ContainsBothEnds) {
  EXPECT_TRUE(Contains({{2, 3}}, 2));
  EXPECT_TRUE(Contains({{2, 3}}, 3));
  EXPECT_FALSE(Contains({{2, 3}}, 4));
}

TEST(HistoryVisibilityTest, UnknownWordIsTheStrictest) {
  EXPECT_EQ(ParseHistoryVisibility("shared"), kShared);
  EXPECT_EQ(ParseHistoryVisibility("invited"), kInvited);
  EXPECT_EQ(ParseHistoryVisibility("world_readable"), kWorldReadable);
  EXPECT_EQ(ParseHistoryVisibility("joined"), HistoryVisibility::kJoined);
  EXPECT_EQ(ParseHistoryVisibility("whatever"), HistoryVisibility::kJoined);
}

}  // namespace
}  // namespace causeway::homeserver
