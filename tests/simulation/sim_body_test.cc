#include "tests/simulation/sim_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causeway::push::simulation {
namespace {

using ::testing::ElementsAre;

TEST(SimBodyTest, ReadsBothFormats) {
  SimBody body = ParseSimBody(R"({"events":["1:2xx","1:4"]})");
  EXPECT_THAT(body.events, ElementsAre(StreamEvent{1, 2}, StreamEvent{1, 4}));
  EXPECT_FALSE(body.has_ephemeral);
  EXPECT_EQ(body.flaw, "");

  body = ParseSimBody(
      R"({"events":["1:2","9:1"],"ephemeral":["e 1"],)"
      R"("de.sorunome.msc2409.ephemeral":["e 1"],"to_device":["1:3dx"],)"
      R"("de.sorunome.msc2409.to_device":["1:3dx"]})");
  EXPECT_THAT(body.events, ElementsAre(StreamEvent{1, 2}, StreamEvent{1, 3},
                                       StreamEvent{9, 1}));
  EXPECT_TRUE(body.has_ephemeral);
  EXPECT_EQ(body.flaw, "");
}

TEST(SimBodyTest, WhatIsOutOfOrderStaysSo) {
  EXPECT_THAT(ParseSimBody(R"({"events":["1:4","1:2"]})").events,
              ElementsAre(StreamEvent{1, 4}, StreamEvent{1, 2}));
}

TEST(SimBodyTest, NamesFlaws) {
  for (const char* body : {"{}", R"({"events":["1:2d"]})",
                           R"({"events":[],"to_device":["1:2"],)"
                           R"("de.sorunome.msc2409.to_device":["1:2"]})",
                           R"({"events":[],"to_device":["1:2d"]})",
                           R"({"events":[],"ephemeral":["e"],)"
                           R"("de.sorunome.msc2409.ephemeral":["f"]})"}) {
    SCOPED_TRACE(body);
    EXPECT_NE(ParseSimBody(body).flaw, "");
  }
}

}  // namespace
}  // namespace causeway::push::simulation
