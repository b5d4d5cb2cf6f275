#include "services/ctl/program.h"

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace causeway::ctl {
namespace {

using ::testing::HasSubstr;

class ProgramTest : public ::testing::Test {
 protected:
  int Run(const std::vector<std::string>& words) {
    return RunProgram(words, commands_, out_, err_);
  }

  absl::Status answer_;
  std::string seen_argument_;
  std::vector<Command> commands_ = {
      {.noun = "thing",
       .verb = "show",
       .argument = "ID",
       .summary = "one thing",
       .flags = {{.name = "reason",
                  .value = "TEXT",
                  .help = "why",
                  .required = true,
                  .repeated = false}},
       .run = [this](const Arguments& arguments, const std::string& argument,
                     Session& session) {
         seen_argument_ = argument + "/" + arguments.Get("reason");
         session.Say("done");
         return answer_;
       }}};
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ProgramTest, RunsTheCommandWhereverItsFlagsStand) {
  EXPECT_EQ(Run({"--reason", "because", "thing", "show", "x"}), kExitOk);
  EXPECT_EQ(seen_argument_, "x/because");
  EXPECT_EQ(out_.str(), "done\n");
}

TEST_F(ProgramTest, AnswersProgramsInJson) {
  EXPECT_EQ(Run({"thing", "show", "x", "--reason=r", "--output=json"}),
            kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"message\": \"done\""));
}

TEST_F(ProgramTest, TellsFailureFromOutage) {
  answer_ = absl::NotFoundError("no thing x");
  EXPECT_EQ(Run({"thing", "show", "x", "--reason=r"}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("causewayctl: no thing x"));
  answer_ = absl::UnavailableError("connection refused");
  EXPECT_EQ(Run({"thing", "show", "x", "--reason=r"}), kExitUnreachable);
}

TEST_F(ProgramTest, HelpGoesToStandardOutput) {
  EXPECT_EQ(Run({"--help"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("thing show ID"));
  out_.str("");
  EXPECT_EQ(Run({"thing", "show", "--help"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("--reason TEXT"));
  EXPECT_EQ(err_.str(), "");
}

struct UsageCase {
  const char* name;
  std::vector<std::string> words;
  const char* message;
};

class UsageTest : public ProgramTest,
                  public ::testing::WithParamInterface<UsageCase> {};

TEST_P(UsageTest, IsRefusedWithoutATry) {
  EXPECT_EQ(Run(GetParam().words), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr(GetParam().message));
  EXPECT_EQ(seen_argument_, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, UsageTest,
    ::testing::Values(
        UsageCase{"Nothing", {}, "no command given"},
        UsageCase{"Unknown", {"thing", "eat"}, "no command \"thing eat\""},
        UsageCase{
            "NoArgument", {"thing", "show", "--reason=r"}, "thing show ID"},
        UsageCase{"TooMany",
                  {"thing", "show", "x", "y", "--reason=r"},
                  "thing show ID"},
        UsageCase{"NoReason", {"thing", "show", "x"}, "--reason is required"},
        UsageCase{"Output",
                  {"thing", "show", "x", "--reason=r", "--output=xml"},
                  "--output is table or json, not \"xml\""},
        UsageCase{"Address",
                  {"thing", "show", "x", "--reason=r", "--registry=7101"},
                  "--registry: \"7101\" is not host:port"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::ctl
