#include "services/gateway/http/byte_budget.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace causeway::gateway {
namespace {

TEST(ByteBudgetTest, GivesNoMoreThanThereIs) {
  ByteBudget budget(100);
  ByteBudget::Lease first(budget);
  ByteBudget::Lease second(budget);
  EXPECT_TRUE(first.GrowTo(60));
  EXPECT_FALSE(second.GrowTo(41));
  EXPECT_EQ(second.bytes(), 0u);
  EXPECT_TRUE(second.GrowTo(40));
  EXPECT_FALSE(first.GrowTo(61));
  EXPECT_EQ(first.bytes(), 60u);
  EXPECT_TRUE(first.GrowTo(10));  // It doesn't shrink.
  EXPECT_EQ(first.bytes(), 60u);
}

TEST(ByteBudgetTest, WhatEndsGivesBack) {
  ByteBudget budget(100);
  {
    ByteBudget::Lease lease(budget);
    ASSERT_TRUE(lease.GrowTo(100));
    ByteBudget::Lease moved = std::move(lease);
    EXPECT_EQ(moved.bytes(), 100u);
    EXPECT_FALSE(ByteBudget::Lease(budget).GrowTo(1));
  }
  ByteBudget::Lease lease(budget);
  ASSERT_TRUE(lease.GrowTo(100));
  lease = ByteBudget::Lease(budget);
  EXPECT_TRUE(lease.GrowTo(100));
}

TEST(ByteBudgetTest, LeaseOfNothingStaysEmpty) {
  ByteBudget::Lease lease;
  EXPECT_TRUE(lease.GrowTo(0));
  EXPECT_FALSE(lease.GrowTo(1));
}

}  // namespace
}  // namespace causeway::gateway
