#include "services/shared/appservice_client/appservice_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "services/shared/status/errcode.h"

namespace causeway::appservice_client {
namespace {

using ::testing::HasSubstr;

struct BadUrl {
  const char* name;
  std::string url;
  const char* why;
};

class BadUrlTest : public ::testing::TestWithParam<BadUrl> {};

TEST_P(BadUrlTest, IsRefusedWithTheReason) {
  absl::Status status = CheckAppserviceUrl("url", GetParam().url);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(status.message(), HasSubstr("`url`"));
  EXPECT_THAT(status.message(), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadUrlTest,
    ::testing::Values(
        BadUrl{"NoScheme", "a.test/x", "http://"},
        BadUrl{"OtherScheme", "ftp://a.test", "http://"},
        BadUrl{"NoHost", "http:///x", "no host"},
        BadUrl{"PortAlone", "http://:80/x", "no host"},
        BadUrl{"PortOfLetters", "http://a.test:http", "port"},
        BadUrl{"PortZero", "http://a.test:0", "port"},
        BadUrl{"PortTooHigh", "http://a.test:65536", "port"},
        BadUrl{"PortWithSign", "http://a.test:+80", "port"},
        BadUrl{"EmptyPort", "http://a.test:/", "port"},
        BadUrl{"UserName", "http://bob:secret@a.test", "user"},
        BadUrl{"Query", "http://a.test/?x=1", "query"},
        BadUrl{"Fragment", "http://a.test/#x", "fragment"},
        BadUrl{"Space", "http://a.test/a b", "percent-encoded"},
        BadUrl{"LineFeed", "http://a.test/\nHost: x", "percent-encoded"},
        BadUrl{"Backslash", "http://a.test\\@b.test/", "percent-encoded"},
        BadUrl{"Quote", "http://a.test/\"x", "percent-encoded"},
        BadUrl{"Brace", "http://a.test/{x}", "percent-encoded"},
        BadUrl{"NotAscii", "http://a.test/\xc3\xa4", "percent-encoded"},
        BadUrl{"HostWithOddCharacter", "http://a$b/", "host"},
        BadUrl{"OpenBracket", "http://[::1", "bracket"},
        BadUrl{"DotDot", "http://a.test/x/../y", "path"},
        BadUrl{"Dot", "http://a.test/./y", "path"},
        BadUrl{"EncodedDotDot", "http://a.test/x/%2E%2e", "path"},
        BadUrl{"TooLong", "http://a.test/" + std::string(2048, 'x'), "2048"}),
    [](const auto& info) { return info.param.name; });

TEST(AppserviceUrlTest, TakesWhatServicesUse) {
  for (const char* url :
       {"", "http://localhost:9000",
        "https://my.application.service.com/matrix/", "http://10.0.0.1",
        "http://[::1]:8080/x", "https://a_b-c.test/%20/..x",
        "http://a.test:65535"}) {
    EXPECT_TRUE(CheckAppserviceUrl("url", url).ok()) << url;
  }
}

struct PrefixCase {
  const char* name;
  const char* url;
  const char* prefix;
  bool under;
};

class PrefixTest : public ::testing::TestWithParam<PrefixCase> {};

TEST_P(PrefixTest, EndsAtASegment) {
  EXPECT_EQ(IsUnderPrefix(GetParam().url, GetParam().prefix), GetParam().under);
}

INSTANTIATE_TEST_SUITE_P(
    All, PrefixTest,
    ::testing::Values(
        PrefixCase{"Equal", "http://a.test", "http://a.test", true},
        PrefixCase{"Below", "http://a.test/x", "http://a.test", true},
        PrefixCase{"BelowSlash", "http://a.test/x", "http://a.test/", true},
        PrefixCase{"LastSlashMissing", "http://a.test", "http://a.test/", true},
        PrefixCase{"LongerHost", "http://a.test.evil", "http://a.test", false},
        PrefixCase{"OtherPort", "http://a.test:90", "http://a.test", false},
        PrefixCase{"LongerPort", "http://a.test:90", "http://a.test:9", false},
        PrefixCase{"LongerSegment", "http://a.test/xy", "http://a.test/x",
                   false},
        PrefixCase{"OtherHost", "http://b.test", "http://a.test", false},
        PrefixCase{"AnyUrl", "http://b.test", "", true},
        PrefixCase{"NoUrl", "", "http://a.test", true}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::appservice_client
