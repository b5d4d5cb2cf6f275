#include "services/push_dispatcher/core/transaction_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace causeway::push {
namespace {

TEST(TransactionBodyTest, HoldsTheEventsByteForByteInOrder) {
  TransactionBody body({});
  ASSERT_TRUE(body.Add(R"({ "b":1.0,"a":"é" })"));
  ASSERT_TRUE(body.Add(R"({"c":[]})"));
  EXPECT_EQ(body.event_count(), 2);
  EXPECT_EQ(*body.Finish(), R"({"events":[{ "b":1.0,"a":"é" },{"c":[]}]})");
}

TEST(TransactionBodyTest, EndsAtTheEventLimit) {
  TransactionBody body({.events_max = 2});
  EXPECT_TRUE(body.Add("{}"));
  EXPECT_TRUE(body.Add("{}"));
  EXPECT_FALSE(body.Add("{}"));
  EXPECT_EQ(*body.Finish(), R"({"events":[{},{}]})");
}

TEST(TransactionBodyTest, EndsAtTheByteLimitOfTheWholeBody) {
  const std::string whole = R"({"events":[{"a":1},{}]})";
  TransactionBody fits({.body_bytes_max = static_cast<int64_t>(whole.size())});
  EXPECT_TRUE(fits.Add(R"({"a":1})"));
  EXPECT_TRUE(fits.Add("{}"));
  EXPECT_EQ(*fits.Finish(), whole);

  TransactionBody smaller(
      {.body_bytes_max = static_cast<int64_t>(whole.size()) - 1});
  EXPECT_TRUE(smaller.Add(R"({"a":1})"));
  EXPECT_FALSE(smaller.Add("{}"));
}

// Else one event over the limit would hold up its queue for ever.
TEST(TransactionBodyTest, FirstEventFitsHoweverLarge) {
  TransactionBody body({.events_max = 0, .body_bytes_max = 1});
  EXPECT_TRUE(body.Add(R"({"a":1})"));
  EXPECT_FALSE(body.Add("{}"));
}

}  // namespace
}  // namespace causeway::push
