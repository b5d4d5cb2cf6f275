#include "services/ctl/program.h"

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/ctl/outcome.h"
#include "services/shared/server/version.h"

namespace causeway::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProgramTest : public ::testing::Test {
 protected:
  int Run(const std::vector<std::string>& words) {
    const Console console = {.in = in_,
                             .out = out_,
                             .err = err_,
                             .can_ask = can_ask_,
                             .can_clear = can_clear_,
                             .wait = [this](absl::Duration duration) {
                               waited_ = duration;
                               return --looks_ > 0;
                             }};
    return RunProgram(words, commands_, console);
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
       .run =
           [this](const Arguments& arguments, const std::string& argument,
                  Session& session) {
             seen_argument_ = argument + "/" + arguments.Get("reason");
             session.Say("done");
             return answer_;
           }},
      {.noun = "thing",
       .verb = "remove",
       .argument = "ID",
       .summary = "destroy a thing",
       .destroys = "all of it",
       .run =
           [this](const Arguments& arguments, const std::string&, Session&) {
             destroyed_for_ = arguments.Get("reason");
             return absl::OkStatus();
           }},
      {.noun = "thing",
       .verb = "change",
       .summary = "change things, or destroy one",
       .flags = {{.name = "hard", .value = "", .help = "destroy"},
                 {.name = "how", .value = "soft|hard", .help = "how"}},
       .destroys = "one",
       .destroys_with = {"hard", "how=hard"},
       .run = [](const Arguments&, const std::string&,
                 Session&) { return absl::OkStatus(); }},
      {.noun = "weather",
       .argument = "[PLACE]",
       .summary = "how it is",
       .watchable = true,
       .run = [this](const Arguments&, const std::string& argument,
                     Session& session) {
         session.Show(Record{{"place", argument}});
         return answer_;
       }}};
  int looks_ = 1;
  absl::Duration waited_;
  bool can_ask_ = false;
  bool can_clear_ = false;
  std::string destroyed_for_;
  std::istringstream in_;
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
  EXPECT_EQ(Run({"thing", "show", "x", "--reason=r"}), kExitNotFound);
  EXPECT_THAT(err_.str(), HasSubstr("causewayctl: no thing x"));
  answer_ = absl::PermissionDeniedError("no");
  EXPECT_EQ(Run({"thing", "show", "x", "--reason=r"}), kExitFailed);
  answer_ = absl::UnavailableError("connection refused");
  EXPECT_EQ(Run({"thing", "show", "x", "--reason=r"}), kExitUnreachable);
}

TEST_F(ProgramTest, TellsBadUsageFromWhatAServiceRefuses) {
  answer_ = BadUsage("--count is a number");
  EXPECT_EQ(Run({"weather"}), kExitUsage);
  answer_ = absl::InvalidArgumentError("regex: `(` is not closed");
  EXPECT_EQ(Run({"weather"}), kExitFailed);
}

TEST_F(ProgramTest, WhatIsIllHasBeenShown) {
  answer_ = Ill();
  EXPECT_EQ(Run({"weather"}), kExitIll);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ProgramTest, AnArgumentMayBeLeftOut) {
  EXPECT_EQ(Run({"weather"}), kExitOk);
  EXPECT_EQ(Run({"weather", "here"}), kExitOk);
  EXPECT_EQ(out_.str(), "place  -\nplace  here\n");
  EXPECT_EQ(Run({"weather", "here", "there"}), kExitUsage);
}

TEST_F(ProgramTest, APersonIsAskedBeforeSomethingIsDestroyed) {
  can_ask_ = true;
  in_.str("no\n");
  EXPECT_EQ(Run({"thing", "remove", "x", "--reason=old"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("thing remove x destroys all of it"));
  EXPECT_EQ(destroyed_for_, "");
  in_.str("yes\n");
  EXPECT_EQ(Run({"thing", "remove", "x", "--reason=old"}), kExitOk);
  EXPECT_EQ(destroyed_for_, "old");
}

TEST_F(ProgramTest, WhereNobodyCanBeAskedItHasToBeMeant) {
  EXPECT_EQ(Run({"thing", "remove", "x", "--reason=old"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--yes"));
  EXPECT_EQ(Run({"thing", "remove", "x", "--yes"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--reason is required"));
  EXPECT_EQ(destroyed_for_, "");
  EXPECT_EQ(Run({"thing", "remove", "x", "--reason=old", "--yes"}), kExitOk);
  EXPECT_EQ(destroyed_for_, "old");
}

TEST_F(ProgramTest, AFlagMayMakeItDestroy) {
  EXPECT_EQ(Run({"thing", "change"}), kExitOk);
  EXPECT_EQ(Run({"thing", "change", "--hard", "--yes"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--hard or --how=hard needs --reason"));
  EXPECT_EQ(Run({"thing", "change", "--hard", "--reason=r"}), kExitUsage);
  EXPECT_EQ(Run({"thing", "change", "--hard", "--reason=r", "--yes"}), kExitOk);
  EXPECT_EQ(Run({"thing", "change", "--how=soft"}), kExitOk);
  EXPECT_EQ(Run({"thing", "change", "--how=HARD", "--reason=r"}), kExitUsage);
}

TEST_F(ProgramTest, WatchShowsAgainAndAgainThroughErrors) {
  looks_ = 3;
  answer_ = absl::UnavailableError("away");
  EXPECT_EQ(Run({"weather", "here", "--watch", "--interval_seconds=7"}),
            kExitUnreachable);
  EXPECT_EQ(out_.str(), "place  here\n\nplace  here\n\nplace  here\n\n");
  EXPECT_EQ(waited_, absl::Seconds(7));
}

TEST_F(ProgramTest, WatchClearsATerminal) {
  can_clear_ = true;
  EXPECT_EQ(Run({"weather", "--watch"}), kExitOk);
  EXPECT_EQ(out_.str(), "\033[H\033[2Jplace  -\n\n");
  EXPECT_EQ(waited_, absl::Seconds(2));
}

TEST_F(ProgramTest, WatchTellsProgramsALineEachTime) {
  looks_ = 2;
  can_clear_ = true;
  EXPECT_EQ(Run({"weather", "--watch", "--output=json"}), kExitOk);
  EXPECT_EQ(out_.str(), "{\"place\":\"\"}\n{\"place\":\"\"}\n");
}

TEST_F(ProgramTest, HelpGoesToStandardOutput) {
  EXPECT_EQ(Run({"--help"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("thing show ID"));
  out_.str("");
  EXPECT_EQ(Run({"thing", "show", "--help"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("--reason TEXT"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ProgramTest, TellsItsVersion) {
  EXPECT_EQ(Run({"--version"}), kExitOk);
  EXPECT_EQ(out_.str(), absl::StrCat("causewayctl ", server::kVersion, "\n"));
}

TEST_F(ProgramTest, HelpOfANounTellsItsVerbs) {
  EXPECT_EQ(Run({"thing", "--help"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("thing show ID"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("weather")));
  EXPECT_EQ(Run({"thing"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("`causewayctl thing --help`"));
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
        UsageCase{"Interval",
                  {"weather", "--watch", "--interval_seconds=0"},
                  "--interval_seconds is a number from 1 to 3600"},
        UsageCase{"Unwatchable",
                  {"thing", "show", "x", "--reason=r", "--watch"},
                  "unknown flag --watch"},
        UsageCase{"Output",
                  {"thing", "show", "x", "--reason=r", "--output=xml"},
                  "--output is table or json, not \"xml\""},
        UsageCase{"Address",
                  {"thing", "show", "x", "--reason=r", "--registry=7101"},
                  "--registry: \"7101\" is not host:port"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::ctl
