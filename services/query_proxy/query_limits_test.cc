#include "services/query_proxy/query_limits.h"

#include <optional>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::query {
namespace {

TEST(QueryLimitsTest, CountsTheKindsApart) {
  QueryLimits limits({.user_queries_max = 1, .alias_queries_max = 2});
  std::optional<QueryLimits::Admission> first =
      limits.Admit(QuestionKind::kRoomAlias);
  std::optional<QueryLimits::Admission> second =
      limits.Admit(QuestionKind::kRoomAlias);
  EXPECT_TRUE(first.has_value());
  EXPECT_TRUE(second.has_value());
  EXPECT_FALSE(limits.Admit(QuestionKind::kRoomAlias).has_value());
  // The user queries that those nest still get in.
  EXPECT_TRUE(limits.Admit(QuestionKind::kUser).has_value());
}

TEST(QueryLimitsTest, RoomIsGivenBack) {
  QueryLimits limits({.user_queries_max = 1, .alias_queries_max = 1});
  {
    std::optional<QueryLimits::Admission> admission =
        limits.Admit(QuestionKind::kUser);
    QueryLimits::Admission moved = *std::move(admission);
    EXPECT_EQ(limits.waiting_count(QuestionKind::kUser), 1);
    EXPECT_FALSE(limits.Admit(QuestionKind::kUser).has_value());
  }
  EXPECT_EQ(limits.waiting_count(QuestionKind::kUser), 0);
  EXPECT_TRUE(limits.Admit(QuestionKind::kUser).has_value());
}

}  // namespace
}  // namespace causeway::query
