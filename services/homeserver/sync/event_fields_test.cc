#include "services/homeserver/sync/event_fields.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

constexpr char kEvent[] =
    R"({"content":{"a.b":1,"body":"x","deep":{"er":2}},"sender":"@a:hs",)"
    R"("type":"t"})";

std::string Pick(const std::vector<std::string>& fields) {
  return EventFields(fields).Pick(kEvent);
}

TEST(EventFieldsTest, OnlyWhatIsNamedIsPicked) {
  EXPECT_EQ(Pick({"type", "content.body"}),
            R"({"content":{"body":"x"},"type":"t"})");
  EXPECT_EQ(Pick({"content.deep.er", "content.body"}),
            R"({"content":{"body":"x","deep":{"er":2}}})");
  EXPECT_EQ(Pick({"content.deep"}), R"({"content":{"deep":{"er":2}}})");
  EXPECT_EQ(Pick({}), "{}");
}

TEST(EventFieldsTest, WhatIsNotThereLeavesNoTrace) {
  EXPECT_EQ(Pick({"content.none", "type.length", "none.at.all", ""}), "{}");
}

TEST(EventFieldsTest, DotsInNamesAreEscaped) {
  EXPECT_EQ(Pick({R"(content.a\.b)"}), R"({"content":{"a.b":1}})");
  EXPECT_EQ(Pick({"content.a.b"}), "{}");
  EXPECT_EQ(EventFields({R"(a\\b)"}).Pick(R"({"a\\b":1})"), R"({"a\\b":1})");
}

TEST(EventFieldsTest, BadListsAreNamed) {
  using matrix::Json;
  EXPECT_FALSE(ParseEventFields(Json::object()).value().has_value());
  EXPECT_EQ(GetErrcode(ParseEventFields(Json{{"event_fields", {1}}}).status()),
            "M_BAD_JSON");
  EXPECT_EQ(
      GetErrcode(ParseEventFields(
                     Json{{"event_fields", std::vector<std::string>(101, "a")}})
                     .status()),
      "M_INVALID_PARAM");
}

}  // namespace
}  // namespace causeway::homeserver
