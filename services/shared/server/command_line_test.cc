#include "services/shared/server/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"

ABSL_FLAG(std::string, colour, "blue",
          "What it is painted with, which is told at such length here that the "
          "help has to break the line somewhere before its end.");
ABSL_FLAG(int, wheel_count, 4, "How many wheels it has.");
ABSL_FLAG(bool, brake, false, "Whether it can stop.");

namespace causeway::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class CommandLineTest : public ::testing::Test {
 protected:
  static absl::StatusOr<CommandLine> Parse(
      const std::vector<const char*>& arguments) {
    return ParseCommandLine(arguments);
  }

  const absl::FlagSaver saver_;
};

TEST_F(CommandLineTest, SetsFlagsInEveryForm) {
  ASSERT_TRUE(Parse({"--colour=red", "--wheel_count", "3", "-brake"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_colour), "red");
  EXPECT_EQ(absl::GetFlag(FLAGS_wheel_count), 3);
  EXPECT_TRUE(absl::GetFlag(FLAGS_brake));
  ASSERT_TRUE(Parse({"--nobrake", "--colour="}).ok());
  EXPECT_FALSE(absl::GetFlag(FLAGS_brake));
  EXPECT_EQ(absl::GetFlag(FLAGS_colour), "");
}

TEST_F(CommandLineTest, ReturnsWhatIsNoFlag) {
  absl::StatusOr<CommandLine> line =
      Parse({"grant", "--colour=red", "create", "-", "--", "--colour=green"});
  ASSERT_TRUE(line.ok());
  EXPECT_THAT(line->positional,
              ElementsAre("grant", "create", "-", "--colour=green"));
  EXPECT_EQ(absl::GetFlag(FLAGS_colour), "red");
}

TEST_F(CommandLineTest, NoticesHelpAndVersion) {
  EXPECT_TRUE(Parse({"--help"})->help);
  EXPECT_TRUE(Parse({"--version"})->version);
  EXPECT_FALSE(Parse({})->help);
}

struct RefusalCase {
  std::string name;
  std::vector<const char*> arguments;
  std::vector<std::string> named;
};

class RefusalTest : public ::testing::TestWithParam<RefusalCase> {};

TEST_P(RefusalTest, NamesTheFlag) {
  absl::Status status = ParseCommandLine(GetParam().arguments).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  for (const std::string& text : GetParam().named) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusalTest,
    ::testing::Values(
        RefusalCase{"Unknown", {"--zzz=1"}, {"--zzz", "no such flag"}},
        RefusalCase{"Misspelt",
                    {"--wheel_counts=1"},
                    {"--wheel_counts", "did you mean --wheel_count?"}},
        RefusalCase{"OfALibrary", {"--flagfile=x"}, {"--flagfile"}},
        RefusalCase{"BadValue", {"--wheel_count=four"}, {"--wheel_count"}},
        RefusalCase{"NoValue", {"--wheel_count"}, {"--wheel_count", "value"}},
        RefusalCase{"NoBoolean", {"--nowheel_count"}, {"--nowheel_count"}}),
    [](const auto& info) { return info.param.name; });

TEST_F(CommandLineTest, HelpTellsOfOurFlagsOnly) {
  EXPECT_THAT(FlagsHelp(),
              AllOf(HasSubstr("  --colour (default: \"blue\")\n"
                              "      What it is painted with, which is told"),
                    HasSubstr("  --wheel_count (default: 4)\n"
                              "      How many wheels it has.\n"),
                    Not(HasSubstr("flagfile"))));
}

}  // namespace
}  // namespace causeway::server
