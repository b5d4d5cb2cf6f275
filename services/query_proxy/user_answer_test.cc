#include "services/query_proxy/user_answer.h"

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::query {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string name;
  std::string body;
  Outcome outcome;
  UserProfile profile;
};

void PrintTo(const Case& test_case, std::ostream* out) {
  *out << test_case.name;
}

class UserAnswerTest : public ::testing::TestWithParam<Case> {};

TEST_P(UserAnswerTest, SaysWhetherAndAsWhom) {
  absl::StatusOr<Answer> answer = ParseUserAnswer(GetParam().body);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, GetParam().outcome);
  EXPECT_EQ(answer->profile, GetParam().profile);
}

INSTANTIATE_TEST_SUITE_P(
    All, UserAnswerTest,
    ::testing::Values(
        Case{"Walkthrough",
             R"({"profile":{"display_name":"Bob"}})",
             Outcome::kExistsCreate,
             {"Bob", ""}},
        Case{"Avatar",
             R"({"profile":{"display_name":"Bob","avatar_url":"mxc://a/b"}})",
             Outcome::kExistsCreate,
             {"Bob", "mxc://a/b"}},
        Case{"EmptyProfile", R"({"profile":{}})", Outcome::kExistsCreate, {}},
        Case{"NoProfile", "{}", Outcome::kExistsCreate, {}},
        Case{"NoBody", "", Outcome::kExistsCreate, {}},
        Case{"NullProfile", R"({"profile":null})", Outcome::kExistsCreate, {}},
        Case{"ErrcodeAlone",
             R"({"errcode":"M_NOT_FOUND"})",
             Outcome::kLookAgain,
             {}},
        Case{"ErrcodeBesideProfile",
             R"({"errcode":"M_UNKNOWN","profile":{"display_name":"Bob"}})",
             Outcome::kExistsCreate,
             {"Bob", ""}},
        Case{"LongNameIsLeftOut",
             absl::StrCat(R"({"profile":{"display_name":")",
                          std::string(513, 'x'),
                          R"(","avatar_url":"mxc://a/b"}})"),
             Outcome::kExistsCreate,
             {"", "mxc://a/b"}}),
    [](const auto& info) { return info.param.name; });

TEST(UserAnswerErrorTest, NamesTheField) {
  absl::Status status =
      ParseUserAnswer(R"({"profile":{"display_name":1}})").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("display_name"));
  EXPECT_THAT(
      std::string(ParseUserAnswer(R"({"profile":"Bob"})").status().message()),
      HasSubstr("profile"));
  EXPECT_FALSE(ParseUserAnswer("<html>").ok());
  EXPECT_FALSE(ParseUserAnswer("[]").ok());
}

}  // namespace
}  // namespace causeway::query
