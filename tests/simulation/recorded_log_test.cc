// Goal: a log of real application services is read as it was written, and each
// way to break a promise shows in it.
// Method: one good log, line by line, and one change to it for each case.
#include "tests/simulation/recorded_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "tests/simulation/history.h"
#include "tests/simulation/record_rules.h"

namespace causeway::push::simulation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Lines = std::vector<std::string>;

std::string Request(const std::string& appservice, const std::string& txn_id,
                    const std::string& sha256, const std::string& event_ids,
                    const std::string& taken) {
  return absl::StrCat(R"({"kind": "request", "appservice": ")", appservice,
                      R"(", "txn_id": ")", txn_id, R"(", "sha256": ")", sha256,
                      R"(", "event_ids": [)", event_ids, R"(], "taken": ")",
                      taken, R"(", "at_ms": 1})");
}

// `irc` has lost the reply to its first transaction; `all` has one request.
enum Line { kIrc, kAll, kA, kB, kC, kFirst, kAgain, kSecond, kThird, kOfAll };
Lines Good() {
  return {
      R"({"kind": "appservice", "name": "irc", "remembers": "last"})",
      R"({"kind": "appservice", "name": "all", "remembers": "all"})",
      R"({"kind": "published", "event_id": "$a", "concerns": ["irc"]})",
      R"({"kind": "published", "event_id": "$b", "concerns": ["irc", "all"]})",
      R"({"kind": "published", "event_id": "$c", "concerns": ["irc"]})",
      Request("irc", "n-1", "h1", R"("$a")", "yes"),
      Request("irc", "n-1", "h1", R"("$a")", "known"),
      Request("irc", "n-2", "h2", R"("$b")", "yes"),
      Request("irc", "n-3", "h3", R"("$c")", "yes"),
      Request("all", "m-1", "h4", R"("$b")", "yes"),
  };
}

absl::StatusOr<RecordedLog> Read(const Lines& lines) {
  std::istringstream text(absl::StrJoin(lines, "\n"));
  return ReadRecordedLog(text);
}

std::vector<Violation> Check(const Lines& lines) {
  const absl::StatusOr<RecordedLog> log = Read(lines);
  EXPECT_TRUE(log.ok()) << log.status();
  return log.ok() ? CheckRecordedLog(*log) : std::vector<Violation>();
}

auto Breaks(const std::string& promise) {
  return Contains(Field(&Violation::promise, promise));
}

TEST(RecordedLogTest, ReadsWhatIsWritten) {
  const absl::StatusOr<RecordedLog> log = Read(Good());
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->transaction_count, 4);
  EXPECT_THAT(log->history.last_id_appservices, ElementsAre(0));
  ASSERT_EQ(log->history.accepted.size(), 3);
  EXPECT_THAT(log->history.accepted[1].uids, ElementsAre(0, 1));
  ASSERT_EQ(log->history.puts.size(), 5);
  const Put& again = log->history.puts[1];
  EXPECT_EQ(again.txn_id, "n-1");
  EXPECT_EQ(*again.body, "h1");
  EXPECT_EQ(again.taken, Put::Taken::kKnownAlready);
  EXPECT_EQ(again.arrived, absl::Milliseconds(1));
  EXPECT_THAT(again.events, ElementsAre(StreamEvent{0, 1}));
}

TEST(RecordedLogTest, PositionsAreTheOrderOfPublishing) {
  Lines lines = Good();
  lines[kA] = absl::StrReplaceAll(lines[kA], {{"$a", "$z"}});
  lines[kFirst] = absl::StrReplaceAll(lines[kFirst], {{"$a", "$z"}});
  lines[kAgain] = absl::StrReplaceAll(lines[kAgain], {{"$a", "$z"}});
  EXPECT_THAT(Check(lines), IsEmpty());
}

TEST(RecordedLogTest, NamesTheLineThatIsWrong) {
  for (const auto& [line, wrong] : std::vector<std::pair<Line, std::string>>{
           {kIrc, "{"},
           {kIrc, R"({"kind": "other"})"},
           {kIrc, R"({"kind": "appservice", "name": "x", "remembers": "no"})"},
           {kAll, Good()[kIrc]},
           {kA, R"({"kind": "published", "event_id": "$a"})"},
           {kA, R"({"kind": "published", "event_id": "$a", "concerns": [1]})"},
           {kB, Good()[kA]},
           {kFirst, Request("nobody", "n-1", "h1", "", "yes")},
           {kFirst, Request("irc", "n-1", "h1", "", "perhaps")}}) {
    Lines lines = Good();
    lines[line] = wrong;
    const absl::Status status = Read(lines).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << wrong;
    EXPECT_THAT(status.message(), HasSubstr(absl::StrCat("line ", line + 1)));
  }
}

TEST(RecordedLogTest, AcceptsWhatIsGood) {
  EXPECT_THAT(Check(Good()), IsEmpty());
}

TEST(RecordedLogTest, NoticesAnIdUsedAgain) {
  Lines lines = Good();
  lines[kThird] = Request("irc", "n-1", "h3", R"("$c")", "yes");
  EXPECT_THAT(Check(lines), Breaks("P3"));
}

TEST(RecordedLogTest, NoticesAnAlteredRetry) {
  Lines lines = Good();
  lines[kAgain] = Request("irc", "n-1", "other", R"("$a")", "known");
  EXPECT_THAT(Check(lines), Breaks("P3"));
}

TEST(RecordedLogTest, NoticesALostEvent) {
  Lines lines = Good();
  lines[kSecond] = Request("irc", "n-2", "h2", "", "yes");
  EXPECT_THAT(Check(lines), Breaks("P1"));
}

TEST(RecordedLogTest, NoticesWhatWasOfferedAndNeverTaken) {
  Lines lines = Good();
  lines[kOfAll] = Request("all", "m-1", "h4", R"("$b")", "no");
  EXPECT_THAT(Check(lines), Breaks("P4"));
}

TEST(RecordedLogTest, NoticesAnotherOrder) {
  Lines lines = Good();
  std::swap(lines[kSecond], lines[kThird]);
  EXPECT_THAT(Check(lines), Breaks("P2"));
}

TEST(RecordedLogTest, NoticesAnotherOrderInsideATransaction) {
  Lines lines = Good();
  lines[kSecond] = Request("irc", "n-2", "h2", R"("$c", "$b")", "yes");
  lines.erase(lines.begin() + kThird);
  EXPECT_THAT(Check(lines), Breaks("P2"));
}

TEST(RecordedLogTest, NoticesARepeatUnderAnotherId) {
  Lines lines = Good();
  lines.push_back(Request("irc", "n-4", "h5", R"("$c")", "yes"));
  EXPECT_THAT(Check(lines), Breaks("P4"));
}

TEST(RecordedLogTest, NoticesANextBeforeTheLastWasTaken) {
  Lines lines = Good();
  lines[kFirst] = Request("irc", "n-1", "h1", R"("$a")", "no");
  std::swap(lines[kAgain], lines[kSecond]);
  EXPECT_THAT(Check(lines), Breaks("P4"));
}

TEST(RecordedLogTest, NoticesWhatIsForOthersOrWasNeverPublished) {
  for (const std::string stranger : {"$a", "$unheard_of"}) {
    Lines lines = Good();
    lines.push_back(
        Request("all", "m-2", "h5", absl::StrCat("\"", stranger, "\""), "yes"));
    EXPECT_THAT(Check(lines),
                ElementsAre(Field(&Violation::story, HasSubstr(stranger))));
  }
}

}  // namespace
}  // namespace causeway::push::simulation
