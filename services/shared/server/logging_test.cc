#include "services/shared/server/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace causeway::log {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

nlohmann::json JsonLineOf(absl::string_view message, Fields fields) {
  Configure({.format = Format::kJson, .service = "registry"});
  CaptureStderr();
  Info(message, fields);
  std::string line = GetCapturedStderr();
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  return nlohmann::json::parse(line);
}

TEST(LoggingTest, JsonLineHasMessageAndTypedFields) {
  const std::string id = "irc";
  nlohmann::json line =
      JsonLineOf("attempt failed", {{"appservice_id", id},
                                    {"attempts", 3},
                                    {"bytes", uint64_t{18446744073709551615u}},
                                    {"ratio", 0.5},
                                    {"sealed", true},
                                    {"error", absl::NotFoundError("gone")}});
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["service"], "registry");
  EXPECT_EQ(line["message"], "attempt failed");
  EXPECT_EQ(line["appservice_id"], "irc");
  EXPECT_EQ(line["attempts"], 3);
  EXPECT_EQ(line["bytes"], 18446744073709551615u);
  EXPECT_EQ(line["ratio"], 0.5);
  EXPECT_EQ(line["sealed"], true);
  EXPECT_EQ(line["error"], "NOT_FOUND: gone");
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full,
                              line["time"].get<std::string>(), &time, &error));
}

TEST(LoggingTest, JsonLineStaysOneLineWhateverItTells) {
  nlohmann::json line = JsonLineOf("odd", {{"value", "a\n\"b\"\\ \xff \x01"}});
  EXPECT_EQ(line["value"], "a\n\"b\"\\ \xef\xbf\xbd \x01");
}

TEST(LoggingTest, TokensAreWithheld) {
  nlohmann::json line = JsonLineOf("odd", {{"as_token", "secret"}});
  EXPECT_EQ(line["as_token"], "(withheld)");
}

TEST(LoggingTest, FieldsCannotForgeTheFrame) {
  nlohmann::json line = JsonLineOf("odd", {{"level", "none"}});
  EXPECT_EQ(line["level"], "info");
}

TEST(LoggingTest, ARequestIdIsFollowedByItsTrace) {
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string traceparent =
      absl::StrCat("00-", trace_id, "-00f067aa0ba902b7-01");
  EXPECT_EQ(JsonLineOf("a", {{"request_id", traceparent}})["trace_id"],
            trace_id);
  EXPECT_EQ(JsonLineOf("a", {{"request_id", trace_id}})["trace_id"], trace_id);
  EXPECT_EQ(JsonLineOf("a", {{"request_id", "e2e-join"}})["trace_id"],
            "b4688ef4638f8188b246dea8e92ee27d");
  EXPECT_FALSE(JsonLineOf("a", {{"request_id", ""}}).contains("trace_id"));
  EXPECT_FALSE(JsonLineOf("a", {{"txn_id", traceparent}}).contains("trace_id"));
  EXPECT_FALSE(JsonLineOf("a", {{"request_id", 1}}).contains("trace_id"));

  Configure({.format = Format::kText, .service = "registry"});
  CaptureStderr();
  Info("odd", {{"request_id", traceparent}, {"id", "irc"}});
  EXPECT_THAT(
      GetCapturedStderr(),
      EndsWith(absl::StrCat(" INFO registry: odd  request_id=", traceparent,
                            "  trace_id=", trace_id, "  id=irc\n")));
}

TEST(LoggingTest, LinesBelowTheLevelAreDropped) {
  Configure({.level = Level::kWarning});
  EXPECT_FALSE(Enabled(Level::kInfo));
  CaptureStderr();
  Debug("one");
  Info("two");
  Warning("three");
  Error("four");
  std::string lines = GetCapturedStderr();
  EXPECT_THAT(lines, ContainsRegex("warning.*three"));
  EXPECT_THAT(lines, ContainsRegex("error.*four"));
  EXPECT_THAT(lines, Not(HasSubstr("one")));
  EXPECT_THAT(lines, Not(HasSubstr("two")));
}

TEST(LoggingTest, TextLineIsForPeople) {
  Configure({.format = Format::kText, .service = "registry"});
  CaptureStderr();
  Warning("odd", {{"id", "irc"}, {"why", "two words"}, {"as_token", "secret"}});
  EXPECT_THAT(GetCapturedStderr(),
              EndsWith(" WARNING registry: odd  id=irc  why=\"two words\"  "
                       "as_token=(withheld)\n"));
}

}  // namespace
}  // namespace causeway::log
