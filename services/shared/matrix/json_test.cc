#include "services/shared/matrix/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/status/errcode.h"

namespace causeway::matrix {
namespace {

using testing::HasSubstr;

std::string Nested(int depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

struct RefusedCase {
  std::string name;
  std::string text;
  std::string errcode;
  std::string message;  // A part of it.
};

class RefusedJsonTest : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedJsonTest, NamesWhatIsWrong) {
  absl::Status status = ParseJson(GetParam().text).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), GetParam().errcode);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedJsonTest,
    testing::ValuesIn<RefusedCase>({
        {"Empty", "", "M_NOT_JSON", "at byte 0"},
        {"CutOff", "{\"a\":", "M_NOT_JSON", "syntax error at byte 5"},
        {"Comma", "[1,]", "M_NOT_JSON", "syntax error at byte 3"},
        {"Rest", "{} x", "M_NOT_JSON", "syntax error at byte 3"},
        {"SingleQuotes", "{'a':1}", "M_NOT_JSON", "at byte 1"},
        {"NotUtf8", "{\"a\":\"\xff\"}", "M_NOT_JSON", "not UTF-8 at byte 6"},
        {"Surrogate", "[\"\\ud800\"]", "M_NOT_JSON", "syntax error"},
        {"ControlInString", "[\"a\nb\"]", "M_NOT_JSON", "at byte 3"},
        {"Nul", std::string("{}\0x", 4), "M_NOT_JSON", "a NUL at byte 2"},
        {"ByteOrderMark", "\xef\xbb\xbf{}", "M_NOT_JSON", "byte order mark"},
        {"NotANumber", "[NaN]", "M_NOT_JSON", "at byte 1"},
        {"HugeNumber", "[1e999]", "M_BAD_JSON", "out of range"},
        {"TwiceSameKey", "{\"a\":1,\"b\":2,\"a\":3}", "M_BAD_JSON",
         "the key \"a\" stands twice"},
        {"TwiceEscapedKey", "{\"a\":1,\"\\u0061\":3}", "M_BAD_JSON",
         "the key \"a\" stands twice"},
        {"TwiceInside", "[{\"x\":{\"a\":1,\"a\":1}}]", "M_BAD_JSON",
         "the key \"a\" stands twice"},
        {"TooDeep", Nested(kJsonDepthMax + 1), "M_BAD_JSON",
         "more than 100 arrays and objects inside each other"},
        {"FarTooDeep", std::string(1000000, '['), "M_BAD_JSON",
         "more than 100"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(ParseJsonTest, TakesWhatIsJson) {
  EXPECT_EQ(
      ParseJson(" {\"a\": [1, -2.5, true, null, \"x\"], \"b\": {}} ").value(),
      Json({{"a", {1, -2.5, true, nullptr, "x"}}, {"b", Json::object()}}));
  EXPECT_EQ(ParseJson("\"\\u00e9\\ud83c\\udf09\"").value(),
            "\xc3\xa9\xf0\x9f\x8c\x89");
  EXPECT_TRUE(ParseJson(Nested(kJsonDepthMax)).ok());
  EXPECT_EQ(ParseJson("[{\"a\":1},{\"a\":2}]").value().size(), 2u);
}

TEST(ParseObjectTest, RefusesOtherValues) {
  absl::Status status = ParseObject("[]").status();
  EXPECT_EQ(GetErrcode(status), "M_BAD_JSON");
  EXPECT_EQ(std::string(status.message()), "expected an object, got an array");
  EXPECT_FALSE(ParseObject("").ok());
}

TEST(ParseObjectTest, NothingCountsAsAnEmptyObject) {
  EXPECT_EQ(ParseObjectOrNothing("").value(), Json::object());
  EXPECT_EQ(ParseObjectOrNothing("{\"a\":1}").value(), Json({{"a", 1}}));
  EXPECT_FALSE(ParseObjectOrNothing("x").ok());
}

TEST(EventContentTest, NumbersAreCanonicalIntegers) {
  for (const char* good :
       {"{}", "{\"a\":9007199254740991}", "{\"a\":-9007199254740991}",
        "{\"a\":[0,{\"b\":-1}]}", "{\"a\":\"1.5\"}"}) {
    SCOPED_TRACE(good);
    EXPECT_TRUE(ValidateEventContent(ParseJson(good).value()).ok());
  }
  for (const char* bad :
       {"{\"a\":1.5}", "{\"a\":9007199254740992}", "{\"a\":1e3}",
        "{\"a\":-9007199254740992}", "{\"a\":18446744073709551615}",
        "{\"a\":123456789012345678901234567890}"}) {
    SCOPED_TRACE(bad);
    absl::Status status = ValidateEventContent(ParseJson(bad).value());
    EXPECT_EQ(GetErrcode(status), "M_BAD_JSON");
    EXPECT_THAT(std::string(status.message()), HasSubstr("`content.a`"));
  }
}

TEST(EventContentTest, NamesThePath) {
  Json content =
      ParseJson("{\"x\":1,\"info\":{\"w\":[1,{\"h\":0.5}]}}").value();
  EXPECT_THAT(std::string(ValidateEventContent(content).message()),
              HasSubstr("`content.info.w[1].h`"));
}

TEST(EventContentTest, MustBeAnObject) {
  EXPECT_EQ(std::string(ValidateEventContent(Json("x")).message()),
            "field `content`: expected an object, got a string");
}

TEST(FieldsTest, AreReadByType) {
  Json object =
      ParseJson(R"({"s":"x","b":true,"i":-5,"o":{},"a":[1],"n":null})").value();
  EXPECT_EQ(GetString(object, "s").value(), "x");
  EXPECT_EQ(GetBool(object, "b").value(), true);
  EXPECT_EQ(GetInt(object, "i").value(), -5);
  EXPECT_EQ(*GetObject(object, "o").value(), Json::object());
  EXPECT_EQ(GetArray(object, "a").value()->size(), 1u);
  EXPECT_EQ(GetOptionalString(object, "s").value(), "x");
  EXPECT_EQ(GetOptionalBool(object, "b").value(), true);
  EXPECT_EQ(GetOptionalInt(object, "i").value(), -5);
  EXPECT_NE(GetOptionalObject(object, "o").value(), nullptr);
  EXPECT_NE(GetOptionalArray(object, "a").value(), nullptr);
}

TEST(FieldsTest, OptionalOnesMayBeMissingOrNull) {
  Json object = ParseJson(R"({"n":null})").value();
  for (const char* field : {"n", "missing"}) {
    SCOPED_TRACE(field);
    EXPECT_EQ(GetOptionalString(object, field).value(), std::nullopt);
    EXPECT_EQ(GetOptionalBool(object, field).value(), std::nullopt);
    EXPECT_EQ(GetOptionalInt(object, field).value(), std::nullopt);
    EXPECT_EQ(GetOptionalObject(object, field).value(), nullptr);
    EXPECT_EQ(GetOptionalArray(object, field).value(), nullptr);
  }
}

TEST(FieldsTest, MissingIsMissingParam) {
  absl::Status status = GetString(Json::object(), "room_alias_name").status();
  EXPECT_EQ(GetErrcode(status), "M_MISSING_PARAM");
  EXPECT_EQ(std::string(status.message()), "field `room_alias_name`: missing");
}

TEST(FieldsTest, WrongTypeNamesBoth) {
  Json object = ParseJson(R"({"x":5,"y":"5"})").value();
  EXPECT_EQ(std::string(GetString(object, "x").status().message()),
            "field `x`: expected a string, got a number");
  EXPECT_EQ(std::string(GetOptionalBool(object, "y").status().message()),
            "field `y`: expected a boolean, got a string");
  EXPECT_EQ(std::string(GetInt(object, "y").status().message()),
            "field `y`: expected an integer, got a string");
  EXPECT_EQ(std::string(GetOptionalArray(object, "x").status().message()),
            "field `x`: expected an array, got a number");
  EXPECT_EQ(std::string(GetObject(object, "x").status().message()),
            "field `x`: expected an object, got a number");
}

TEST(FieldsTest, IntegersAreWholeAndFit) {
  Json object = ParseJson(R"({"f":1.5,"u":18446744073709551615})").value();
  EXPECT_EQ(std::string(GetInt(object, "f").status().message()),
            "field `f`: is not an integer");
  EXPECT_EQ(std::string(GetInt(object, "u").status().message()),
            "field `u`: is too large");
}

// PostgreSQL's text would fail on it much later.
TEST(FieldsTest, StringsHoldNoNul) {
  Json object = ParseJson("{\"s\":\"a\\u0000b\"}").value();
  EXPECT_EQ(std::string(GetString(object, "s").status().message()),
            "field `s`: holds U+0000");
}

TEST(DumpJsonTest, NeverThrows) {
  EXPECT_EQ(DumpJson(Json({{"a", 1}})), "{\"a\":1}");
  EXPECT_EQ(DumpJson(Json("\xff")), "\"\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace causeway::matrix
