#include "services/push_dispatcher/store/sql_array.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SqlArrayTest, WritesEachKindOfElement) {
  SqlArray integers;
  EXPECT_EQ(integers.str(), "{}");
  integers.AddInt(-1);
  integers.AddNull();
  integers.AddInt(int64_t{1} << 62);
  EXPECT_EQ(integers.str(), "{-1,NULL,4611686018427387904}");

  SqlArray bytes;
  bytes.AddBytes(absl::string_view("\0\xff", 2));
  EXPECT_EQ(bytes.str(), R"({"\\x00ff"})");
}

TEST(SqlArrayTest, QuotesText) {
  SqlArray text;
  text.AddText("");
  text.AddText("NULL");
  text.AddText(R"(a"b\c,{é})");
  EXPECT_EQ(text.str(), R"({"","NULL","a\"b\\c,{é}"})");
}

TEST(SqlArrayTest, ReadsIntegers) {
  EXPECT_THAT(ReadSqlIntegers(""), IsEmpty());
  EXPECT_THAT(ReadSqlIntegers("12,0,-3"), ElementsAre(12, 0, -3));
}

}  // namespace
}  // namespace causeway::push
