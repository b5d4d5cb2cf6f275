#include "services/ctl/arguments.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace causeway::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<FlagSpec>& Specs() {
  static const auto* specs = new std::vector<FlagSpec>{
      {.name = "name",
       .value = "NAME",
       .help = "what it is called",
       .required = true,
       .repeated = false},
      {.name = "users",
       .value = "RE",
       .help = "ceiling",
       .required = false,
       .repeated = true},
      {.name = "create_grant",
       .value = "",
       .help = "switch",
       .required = false,
       .repeated = false},
  };
  return *specs;
}

TEST(ArgumentsTest, TakesBothWaysOfGivingAValue) {
  auto arguments = Arguments::Parse(
      std::vector<std::string>{"grant", "--name", "irc", "--users=a", "create",
                               "--users", "b=c"},
      Specs());
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_THAT(arguments->positional(), ElementsAre("grant", "create"));
  EXPECT_EQ(arguments->Get("name"), "irc");
  EXPECT_THAT(arguments->GetAll("users"), ElementsAre("a", "b=c"));
  EXPECT_FALSE(arguments->Has("create_grant"));
}

TEST(ArgumentsTest, DashesAreUnderscores) {
  auto arguments = Arguments::Parse(
      std::vector<std::string>{"--create-grant", "--users", "@irc-.*"},
      Specs());
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_TRUE(arguments->Has("create_grant"));
  EXPECT_EQ(arguments->Get("users"), "@irc-.*");
}

TEST(ArgumentsTest, AfterTwoDashesAllIsPositional) {
  auto arguments =
      Arguments::Parse(std::vector<std::string>{"--", "--name"}, Specs());
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_THAT(arguments->positional(), ElementsAre("--name"));
}

struct BadCase {
  const char* name;
  std::vector<std::string> words;
  const char* message;
};

class BadArgumentsTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadArgumentsTest, IsRefusedByName) {
  auto arguments = Arguments::Parse(GetParam().words, Specs());
  ASSERT_FALSE(arguments.ok());
  EXPECT_THAT(arguments.status().message(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadArgumentsTest,
    ::testing::Values(
        BadCase{"Unknown", {"--nam=x"}, "unknown flag --nam"},
        BadCase{"NoValue", {"--name"}, "--name needs a value: NAME"},
        BadCase{"SwitchWithValue",
                {"--create_grant=yes"},
                "--create_grant takes no value"},
        BadCase{"Twice", {"--name=a", "--name=b"}, "--name stands twice"}),
    [](const auto& info) { return info.param.name; });

TEST(ArgumentsTest, NamesTheMissingFlag) {
  auto arguments = Arguments::Parse({}, Specs());
  ASSERT_TRUE(arguments.ok());
  EXPECT_THAT(arguments->CheckRequired(Specs()).message(),
              HasSubstr("--name is required"));
}

}  // namespace
}  // namespace causeway::ctl
