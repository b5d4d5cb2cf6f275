#include "services/shared/server/trace_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/shared/server/call_context.h"

namespace causeway::server {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kTraceparent[] =
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct Case {
  std::string name;
  std::string header;
  std::string taken;  // Empty: nothing.
};

class TakeTraceparentTest : public testing::TestWithParam<Case> {};

TEST_P(TakeTraceparentTest, TakesWhatTheVersionsAllow) {
  const std::string taken = TakeTraceparent(GetParam().header);
  EXPECT_EQ(taken, GetParam().taken);
  EXPECT_EQ(IsTraceparent(taken), !taken.empty());
  EXPECT_EQ(IsTraceparent(GetParam().header),
            !taken.empty() && taken == GetParam().header);
  // It is a request ID wherever it goes.
  EXPECT_EQ(IsRequestId(taken), !taken.empty());
}

// "T" and "P" stand for a trace's and a parent's ID.
std::string Filled(const std::string& pattern) {
  std::string text;
  for (char c : pattern) {
    absl::StrAppend(&text, c == 'T'   ? kTraceId
                           : c == 'P' ? "00f067aa0ba902b7"
                                      : std::string(1, c));
  }
  return text;
}

Case Taken(const std::string& name, const std::string& pattern,
           const std::string& taken) {
  return {name, Filled(pattern), Filled(taken)};
}
Case Refused(const std::string& name, const std::string& pattern) {
  return {name, Filled(pattern), ""};
}

INSTANTIATE_TEST_SUITE_P(
    Version00, TakeTraceparentTest,
    testing::Values(
        Taken("Sampled", "00-T-P-01", "00-T-P-01"),
        Taken("NotSampled", "00-T-P-00", "00-T-P-00"),
        Taken("FlagsOfLater", "00-T-P-ff", "00-T-P-ff"), Refused("Empty", ""),
        Refused("Short", "00-T-P-0"), Refused("Long", "00-T-P-011"),
        Refused("More", "00-T-P-01-more"), Refused("DashBehind", "00-T-P-01-"),
        Refused("Twice", "00-T-P-01,x"), Refused("Blank", " 00-T-P-01"),
        Refused("NoTrace", absl::StrCat("00-", std::string(32, '0'), "-P-01")),
        Refused("NoParent", "00-T-0000000000000000-01"),
        Refused("UpperCaseTrace", "00-4BF92F3577B34DA6A3CE929D0E0E4736-P-01"),
        Refused("UpperCaseParent", "00-T-00F067AA0BA902B7-01"),
        Refused("UpperCaseFlags", "00-T-P-0A"),
        Refused("OtherTrace", "00-4bf92f3577b34da6a3ce929d0e0e473g-P-01"),
        Refused("OtherParent", "00-T-00f067aa0ba902b.-01"),
        Refused("OtherFlags", "00-T-P-0x"), Refused("FirstDash", "00_T-P-01"),
        Refused("SecondDash", "00-T_P-01"), Refused("ThirdDash", "00-T-P_01")),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    OtherVersions, TakeTraceparentTest,
    testing::Values(
        Taken("Same", "01-T-P-01", "00-T-P-01"),
        Taken("More", "cc-T-P-00-what-the-future", "00-T-P-00"),
        Taken("MoreOfNothing", "cc-T-P-01-", "00-T-P-01"),
        Taken("FlagsUnknown", "fe-T-P-fe", "00-T-P-00"),
        Taken("FlagsUnknownAndSampled", "fe-T-P-0b", "00-T-P-01"),
        Refused("Last", "ff-T-P-01"), Refused("LastAndMore", "ff-T-P-01-x"),
        Refused("UpperCase", "CC-T-P-01"), Refused("NotHex", "0x-T-P-01"),
        Refused("NoDashBehind", "cc-T-P-01.x"), Refused("Short", "cc-T-P-0"),
        Refused("NoTrace", absl::StrCat("cc-", std::string(32, '0'), "-P-01")),
        Refused("NoParent", "cc-T-0000000000000000-01"),
        Refused("UpperCaseFlags", "cc-T-P-0A")),
    [](const auto& info) { return info.param.name; });

TEST(TraceIdTest, IsThatOfATraceparentOrTheRequestIdItself) {
  EXPECT_EQ(TraceId(kTraceparent), kTraceId);
  EXPECT_EQ(TraceId(kTraceId), kTraceId);
  EXPECT_TRUE(NamesTrace(kTraceparent));
  EXPECT_TRUE(NamesTrace(kTraceId));
  const std::string made_up = MakeRequestId();
  EXPECT_EQ(TraceId(made_up), made_up);
  for (const std::string& other :
       {std::string(), std::string("e2e-join_1.a"), std::string(32, '0'),
        std::string(31, 'a'), std::string(33, 'a'), std::string(32, 'A'),
        std::string("7f9c1f0e-3d0b-4f6e-9a51-0f6f4a2d3c11")}) {
    EXPECT_FALSE(NamesTrace(other)) << other;
  }
}

TEST(TraceIdTest, FollowsFromAnIdOfAnotherForm) {
  // printf e2e-join | sha256sum
  EXPECT_EQ(TraceId("e2e-join"), "b4688ef4638f8188b246dea8e92ee27d");
  EXPECT_THAT(MakeTraceparent("e2e-join"),
              HasSubstr("-b4688ef4638f8188b246dea8e92ee27d-"));
  EXPECT_THAT(TraceId(""), IsEmpty());
  EXPECT_THAT(MakeTraceparent(""), IsEmpty());
}

TEST(MakeTraceparentTest, LeavesOneAsItIs) {
  EXPECT_EQ(MakeTraceparent(kTraceparent), kTraceparent);
}

TEST(MakeTraceparentTest, GivesATraceWithoutAParentOne) {
  const std::string made = MakeTraceparent(kTraceId);
  EXPECT_THAT(made, MatchesRegex("00-4bf92f3577b34da6a3ce929d0e0e4736-"
                                 "[0-9a-f]{16}-01"));
  EXPECT_TRUE(IsTraceparent(made));
  EXPECT_NE(MakeTraceparent(kTraceId), made);
}

}  // namespace
}  // namespace causeway::server
