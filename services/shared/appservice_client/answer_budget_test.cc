#include "services/shared/appservice_client/answer_budget.h"

#include <gtest/gtest.h>

#include <memory>

namespace causeway::appservice_client {
namespace {

class AnswerBudgetTest : public testing::Test {
 protected:
  std::unique_ptr<AnswerBudget::Share> Share(const char* uid) {
    return std::make_unique<AnswerBudget::Share>(budget_, uid);
  }

  const std::shared_ptr<AnswerBudget> budget_ = std::make_shared<AnswerBudget>(
      AnswerBudget::Options{.bytes_max = 10, .per_appservice_bytes_max = 6});
};

TEST_F(AnswerBudgetTest, OneAppserviceCannotTakeAll) {
  auto first = Share("1");
  auto second = Share("1");
  EXPECT_TRUE(first->Grow(4));
  EXPECT_FALSE(second->Grow(3));
  EXPECT_TRUE(second->Grow(2));
  auto other = Share("2");
  EXPECT_TRUE(other->Grow(4));
}

TEST_F(AnswerBudgetTest, AllTogetherAreBounded) {
  auto first = Share("1");
  auto second = Share("2");
  EXPECT_TRUE(first->Grow(6));
  EXPECT_FALSE(second->Grow(5));
  EXPECT_TRUE(second->Grow(4));
  EXPECT_FALSE(Share("3")->Grow(1));
}

TEST_F(AnswerBudgetTest, WhatEndsMakesRoom) {
  auto first = Share("1");
  EXPECT_TRUE(first->Grow(3));
  EXPECT_TRUE(first->Grow(3));
  first.reset();
  auto second = Share("1");
  EXPECT_TRUE(second->Grow(6));
}

}  // namespace
}  // namespace causeway::appservice_client
