#include "services/shared/server/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace causeway::server {
namespace {

struct GoodCase {
  std::string name;
  std::string text;
  std::string normal;
  bool loopback;
};

class GoodAddressTest : public ::testing::TestWithParam<GoodCase> {};

TEST_P(GoodAddressTest, IsUnderstood) {
  absl::StatusOr<ListenAddress> address = ListenAddress::Parse(GetParam().text);
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->ToString(), GetParam().normal);
  EXPECT_EQ(address->loopback, GetParam().loopback);
}

INSTANTIATE_TEST_SUITE_P(
    All, GoodAddressTest,
    ::testing::Values(
        GoodCase{"V4", "127.0.0.1:7101", "127.0.0.1:7101", true},
        GoodCase{"Localhost", "localhost:0", "127.0.0.1:0", true},
        GoodCase{"OtherLoopback", "127.8.9.10:1", "127.8.9.10:1", true},
        GoodCase{"V6", "[::1]:65535", "[::1]:65535", true},
        GoodCase{"AnyV4", "0.0.0.0:7101", "0.0.0.0:7101", false},
        GoodCase{"AnyV6", "[::]:7101", "[::]:7101", false},
        GoodCase{"Private", "10.0.0.1:7101", "10.0.0.1:7101", false}),
    [](const auto& info) { return info.param.name; });

struct BadCase {
  std::string name;
  std::string text;
};

class BadAddressTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadAddressTest, IsRefusedWithItsText) {
  absl::Status status = ListenAddress::Parse(GetParam().text).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadAddressTest,
    ::testing::Values(BadCase{"Empty", ""}, BadCase{"NoPort", "127.0.0.1"},
                      BadCase{"EmptyPort", "127.0.0.1:"},
                      BadCase{"PortTooLarge", "127.0.0.1:65536"},
                      BadCase{"PortNegative", "127.0.0.1:-1"},
                      BadCase{"NoHost", ":7101"},
                      BadCase{"Name", "example.org:7101"},
                      BadCase{"V6WithoutBrackets", "::1:7101"},
                      BadCase{"V4InBrackets", "[127.0.0.1]:7101"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::server
