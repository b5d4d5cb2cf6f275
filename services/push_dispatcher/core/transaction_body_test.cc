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

TEST(TransactionBodyTest, WhatIsNoEventStandsUnderBothNames) {
  TransactionBody body({});
  ASSERT_TRUE(body.AddToDevice(R"({"d":1})"));
  ASSERT_TRUE(body.Add(R"({"e":1})"));
  ASSERT_TRUE(body.AddToDevice(R"({"d":2})"));
  EXPECT_EQ(body.format(), 2);
  ASSERT_TRUE(body.AddEphemeral(R"({"x":1},{"x":2})"));
  EXPECT_EQ(body.event_count(), 3);
  EXPECT_EQ(*body.Finish(),
            R"({"events":[{"e":1}],)"
            R"("ephemeral":[{"x":1},{"x":2}],)"
            R"("de.sorunome.msc2409.ephemeral":[{"x":1},{"x":2}],)"
            R"("to_device":[{"d":1},{"d":2}],)"
            R"("de.sorunome.msc2409.to_device":[{"d":1},{"d":2}]})");
}

TEST(TransactionBodyTest, ArraysWithNothingInThemAreLeftOut) {
  TransactionBody events({});
  ASSERT_TRUE(events.Add("{}"));
  EXPECT_EQ(events.format(), 1);
  TransactionBody messages({});
  ASSERT_TRUE(messages.AddToDevice("{}"));
  EXPECT_EQ(*messages.Finish(), R"({"events":[],"to_device":[{}],)"
                                R"("de.sorunome.msc2409.to_device":[{}]})");
  TransactionBody ephemeral({});
  ASSERT_TRUE(ephemeral.AddEphemeral("{}"));
  EXPECT_EQ(ephemeral.format(), 2);
  EXPECT_EQ(*ephemeral.Finish(), R"({"events":[],"ephemeral":[{}],)"
                                 R"("de.sorunome.msc2409.ephemeral":[{}]})");
}

// Of each kind the last byte that fits, and one fewer.
TEST(TransactionBodyTest, ByteLimitCountsAllArrays) {
  auto fill = [](int64_t bytes_max, bool& last_fits) {
    TransactionBody body({.body_bytes_max = bytes_max});
    EXPECT_TRUE(body.AddToDevice(R"({"d":1})"));
    last_fits = body.Add(R"({"e":1})") && body.AddEphemeral("{}") &&
                body.AddToDevice("{}");
    return *body.Finish();
  };
  bool fits = false;
  const std::string whole = fill(1000, fits);
  ASSERT_TRUE(fits);
  const auto bytes = static_cast<int64_t>(whole.size());
  EXPECT_EQ(fill(bytes, fits), whole);
  EXPECT_TRUE(fits);
  fill(bytes - 1, fits);
  EXPECT_FALSE(fits);

  const std::string ephemeral =
      R"({"events":[{}],"ephemeral":[{}],"de.sorunome.msc2409.ephemeral":[{}]})";
  TransactionBody enough(
      {.body_bytes_max = static_cast<int64_t>(ephemeral.size())});
  ASSERT_TRUE(enough.Add("{}"));
  EXPECT_TRUE(enough.AddEphemeral("{}"));
  EXPECT_EQ(*enough.Finish(), ephemeral);
  TransactionBody too_little(
      {.body_bytes_max = static_cast<int64_t>(ephemeral.size()) - 1});
  ASSERT_TRUE(too_little.Add("{}"));
  EXPECT_FALSE(too_little.AddEphemeral("{}"));
}

// Else one event over the limit would hold up its queue for ever.
TEST(TransactionBodyTest, FirstEventFitsHoweverLarge) {
  TransactionBody body({.events_max = 0, .body_bytes_max = 1});
  EXPECT_TRUE(body.Add(R"({"a":1})"));
  EXPECT_FALSE(body.Add("{}"));
}

}  // namespace
}  // namespace causeway::push
