#include "services/gateway/http/request_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/shared/status/errcode.h"

namespace causeway::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct PathCase {
  std::string name;
  std::string target;
  std::vector<std::string> segments;
};

class PathTest : public testing::TestWithParam<PathCase> {};

TEST_P(PathTest, IsSplitThenDecoded) {
  const absl::StatusOr<RequestTarget> target =
      ParseRequestTarget(GetParam().target);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->segments, GetParam().segments);
}

INSTANTIATE_TEST_SUITE_P(
    All, PathTest,
    testing::ValuesIn<PathCase>({
        {"Plain", "/a/b", {"a", "b"}},
        {"Root", "/", {""}},
        {"TrailingSlash", "/a/", {"a", ""}},
        {"DoubledSlash", "/a//b", {"a", "", "b"}},
        {"EncodedSlashStaysInItsSegment",
         "/join/%23irc.freenode.net%2F%23matrix%3Ahsdomain.com",
         {"join", "#irc.freenode.net/#matrix:hsdomain.com"}},
        {"BareHash", "/join/#a:d", {"join", "#a:d"}},
        {"PlusIsItself", "/a+b", {"a+b"}},
        {"RawUtf8", "/\xc3\xa9", {"\xc3\xa9"}},
        {"EncodedUtf8", "/%C3%a9", {"\xc3\xa9"}},
        {"QueryIsNotPath", "/a?b/c", {"a"}},
        {"AbsoluteForm", "http://hs.test:8008/a/b?c=d", {"a", "b"}},
        {"AbsoluteFormWithoutPath", "HTTPS://hs.test", {""}},
        {"AbsoluteFormWithOnlyAQuery", "http://hs.test?a=b", {""}},
        {"Asterisk", "*", {}},
    }),
    [](const auto& info) { return info.param.name; });

struct RefusalCase {
  std::string name;
  std::string target;
  std::string culprit;
};

class RefusedTargetTest : public testing::TestWithParam<RefusalCase> {};

TEST_P(RefusedTargetTest, NamesTheCulprit) {
  const absl::Status status = ParseRequestTarget(GetParam().target).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().culprit));
}

INSTANTIATE_TEST_SUITE_P(All, RefusedTargetTest,
                         testing::ValuesIn<RefusalCase>({
                             {"NoHexDigits", "/a/%zz", "path segment 2"},
                             {"CutOffEscape", "/a%2", "path segment 1"},
                             {"PathNotUtf8", "/a/b/%ff", "path segment 3"},
                             {"RawBytesNotUtf8", "/\xff", "path segment 1"},
                             {"NulInPath", "/%00", "path segment 1"},
                             {"ParameterNotUtf8", "/?user_id=%ff", "user_id"},
                             {"ParameterBadEscape", "/?a=1&ts=%", "ts"},
                             {"ParameterNameBadEscape", "/?%=1", "query"},
                             {"AuthorityForm", "hs.test:8008", "path"},
                         }),
                         [](const auto& info) { return info.param.name; });

TEST(QueryParametersTest, AreDecodedAndKeepTheirOrder) {
  const absl::StatusOr<RequestTarget> target = ParseRequestTarget(
      "/?a=1&user_id=%40bob%3Ahs.test&b=x+y&a=2&&flag&empty=&c=d=e");
  ASSERT_TRUE(target.ok()) << target.status();
  const QueryParameters& query = target->query;
  EXPECT_EQ(query.First("a"), "1");
  EXPECT_THAT(query.All("a"), ElementsAre("1", "2"));
  EXPECT_EQ(query.First("user_id"), "@bob:hs.test");
  EXPECT_EQ(query.First("b"), "x y");
  EXPECT_EQ(query.First("flag"), "");
  EXPECT_EQ(query.First("empty"), "");
  EXPECT_EQ(query.First("c"), "d=e");
  EXPECT_EQ(query.First("missing"), std::nullopt);
  EXPECT_EQ(query.FirstOrEmpty("missing"), "");
  EXPECT_THAT(query.All("missing"), IsEmpty());
}

}  // namespace
}  // namespace causeway::gateway
