#include "services/shared/server/call_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"
#include "services/shared/clock/clock.h"

namespace causeway::server {
namespace {

TEST(RequestIdTest, MadeUpOnesDifferAndAreAccepted) {
  std::string request_id = MakeRequestId();
  EXPECT_EQ(request_id.size(), 32);
  EXPECT_TRUE(IsRequestId(request_id));
  EXPECT_NE(MakeRequestId(), request_id);
}

struct RequestIdCase {
  std::string name;
  std::string request_id;
  bool accepted;
};

class RequestIdFromOutsideTest : public testing::TestWithParam<RequestIdCase> {
};

TEST_P(RequestIdFromOutsideTest, IsTakenOnlyWhenHarmless) {
  EXPECT_EQ(IsRequestId(GetParam().request_id), GetParam().accepted);
}

INSTANTIATE_TEST_SUITE_P(
    All, RequestIdFromOutsideTest,
    testing::Values(
        RequestIdCase{"Uuid", "7f9c1f0e-3d0b-4f6e-9a51-0f6f4a2d3c11", true},
        RequestIdCase{"Marks", "a-b_c.D", true},
        RequestIdCase{"Longest", std::string(kRequestIdBytesMax, 'a'), true},
        RequestIdCase{"TooLong", std::string(kRequestIdBytesMax + 1, 'a'),
                      false},
        RequestIdCase{"Empty", "", false},
        RequestIdCase{"LineBreak", "a\nb", false},
        RequestIdCase{"Quote", "a\"b", false},
        RequestIdCase{"NotAscii", "\xc3\xa9", false}),
    [](const auto& info) { return info.param.name; });

TEST(CallContextTest, OfOwnWorkLastsAsLongAsToldTo) {
  const absl::Time before = RealClock().Now();
  CallContext call = MakeCallContext(absl::Seconds(10));
  EXPECT_GE(call.deadline, before + absl::Seconds(10));
  EXPECT_LE(call.deadline, RealClock().Now() + absl::Seconds(10));
  EXPECT_TRUE(IsRequestId(call.request_id));
}

}  // namespace
}  // namespace causeway::server
