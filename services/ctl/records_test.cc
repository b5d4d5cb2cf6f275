#include "services/ctl/records.h"

#include <gtest/gtest.h>

namespace causeway::ctl {
namespace {

TEST(RecordsTest, TableIsAligned) {
  EXPECT_EQ(AsTable({{{"name", "irc"}, {"users", {"a", "b"}}, {"events", 7}},
                     {{"name", "longer"},
                      {"users", Record::array()},
                      {"events", nullptr}}}),
            "NAME    USERS  EVENTS\n"
            "irc     a, b   7\n"
            "longer  -      -\n");
}

TEST(RecordsTest, ColumnsAreCountedInCharacters) {
  EXPECT_EQ(AsTable({{{"name", "b\u00fcro"}, {"events", 7}},
                     {{"name", "irc"}, {"events", 8}}}),
            "NAME  EVENTS\n"
            "b\u00fcro  7\n"
            "irc   8\n");
}

TEST(RecordsTest, LinesAreCutToTheScreen) {
  const std::vector<Record> records = {{{"name", "b\u00fcro"}, {"why", "no"}},
                                       {{"name", "irc"}, {"why", "a wall"}}};
  EXPECT_EQ(AsTable(records, 12),
            "NAME  WHY\n"
            "b\u00fcro  no\n"
            "irc   a wall\n");
  EXPECT_EQ(AsTable(records, 8),
            "NAME  W\u2026\n"
            "b\u00fcro  no\n"
            "irc   a\u2026\n");
  EXPECT_EQ(AsTable(records, 3),
            "NA\u2026\n"
            "b\u00fc\u2026\n"
            "ir\u2026\n");
}

TEST(RecordsTest, EmptyTableSaysSo) { EXPECT_EQ(AsTable({}), "none\n"); }

TEST(RecordsTest, ListShowsOneFieldALine) {
  EXPECT_EQ(AsList({{"id", "irc"}, {"rate_limited", false}}),
            "id            irc\n"
            "rate_limited  no\n");
}

TEST(RecordsTest, LinesTellAllOfOneRecord) {
  const Record record = {
      {"id", "irc"}, {"events", 7}, {"error", "HTTP \"503\"\n"}, {"time", ""}};
  EXPECT_EQ(AsLine(record),
            "id=irc events=7 error=\"HTTP \\\"503\\\"?\" time=-\n");
  EXPECT_EQ(AsJsonLine(record),
            "{\"id\":\"irc\",\"events\":7,\"error\":\"HTTP "
            "\\\"503\\\"\\n\",\"time\":\"\"}\n");
}

TEST(RecordsTest, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(AsList({{"id", "a\x1b[2J\nb"}}), "id  a?[2J?b\n");
  EXPECT_EQ(AsList({{"id", "a\u009b2Jb\u00a0"}}), "id  a?2Jb\u00a0\n");
}

TEST(RecordsTest, JsonKeepsTypesAndOrder) {
  EXPECT_EQ(AsJson(Record{{"b", 1}, {"a", {"x"}}}),
            "{\n  \"b\": 1,\n  \"a\": [\n    \"x\"\n  ]\n}\n");
}

}  // namespace
}  // namespace causeway::ctl
