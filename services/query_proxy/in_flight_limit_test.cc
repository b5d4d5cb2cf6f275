#include "services/query_proxy/in_flight_limit.h"

#include <optional>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::query {
namespace {

using Admission = std::optional<InFlightLimit::Admission>;

TEST(InFlightLimitTest, RoomIsGivenBack) {
  InFlightLimit limit({.all_max = 1, .per_appservice_max = 9});
  {
    Admission admission = limit.Admit({});
    InFlightLimit::Admission moved = *std::move(admission);
    EXPECT_EQ(limit.count(), 1);
    EXPECT_FALSE(limit.Admit({}).has_value());
  }
  EXPECT_EQ(limit.count(), 0);
  EXPECT_TRUE(limit.Admit({}).has_value());
}

TEST(InFlightLimitTest, LeavesRoomToOtherAppservices) {
  InFlightLimit limit({.all_max = 9, .per_appservice_max = 1});
  {
    const Admission first = limit.Admit({"1"});
    EXPECT_FALSE(limit.Admit({"1"}).has_value());
    // It would ask both.
    EXPECT_FALSE(limit.Admit({"2", "1"}).has_value());
    EXPECT_TRUE(limit.Admit({"2"}).has_value());
    EXPECT_EQ(limit.count(), 1);
  }
  EXPECT_TRUE(limit.Admit({"2", "1"}).has_value());
}

}  // namespace
}  // namespace causeway::query
