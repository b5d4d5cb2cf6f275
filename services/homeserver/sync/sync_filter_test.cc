#include "services/homeserver/sync/sync_filter.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SyncFilterTest, DefaultsAreGenerous) {
  for (const char* json :
       {"{}", R"({"room":{}})", R"({"room":{"timeline":{}}})",
        R"({"presence":{"limit":1}})"}) {
    SyncFilter filter = ParseSyncFilter(json).value();
    EXPECT_EQ(filter.timeline_limit, 50);
    EXPECT_THAT(filter.types, IsEmpty());
    EXPECT_TRUE(filter.TakesRoom("!r:hs"));
  }
}

TEST(SyncFilterTest, ReadsTheTimelinesLimitWithinBounds) {
  auto limit = [](const char* json) {
    return ParseSyncFilter(json).value().timeline_limit;
  };
  EXPECT_EQ(limit(R"({"room":{"timeline":{"limit":8}}})"), 8);
  EXPECT_EQ(limit(R"({"room":{"timeline":{"limit":0}}})"), 1);
  EXPECT_EQ(limit(R"({"room":{"timeline":{"limit":-3}}})"), 1);
  EXPECT_EQ(limit(R"({"room":{"timeline":{"limit":99999}}})"), 1000);
}

TEST(SyncFilterTest, ReadsTypes) {
  SyncFilter filter = ParseSyncFilter(R"({"room":{"timeline":{
      "types":["m.*"],"not_types":["m.room.member"]}}})")
                          .value();
  EXPECT_THAT(filter.types, ElementsAre("m.*"));
  EXPECT_THAT(filter.not_types, ElementsAre("m.room.member"));
}

TEST(SyncFilterTest, EmptyListOfTypesTakesNothing) {
  SyncFilter filter =
      ParseSyncFilter(R"({"room":{"timeline":{"types":[]}}})").value();
  EXPECT_THAT(filter.not_types, ElementsAre("*"));
}

TEST(SyncFilterTest, ChoosesRooms) {
  SyncFilter filter = ParseSyncFilter(R"({"room":{"rooms":["!a:hs","!b:hs"],
                                  "not_rooms":["!b:hs"]}})")
                          .value();
  EXPECT_TRUE(filter.TakesRoom("!a:hs"));
  EXPECT_FALSE(filter.TakesRoom("!b:hs"));
  EXPECT_FALSE(filter.TakesRoom("!c:hs"));
}

TEST(SyncFilterTest, RefusesWhatIsNotInForm) {
  EXPECT_EQ(GetErrcode(ParseSyncFilter("{").status()), "M_NOT_JSON");
  for (const char* json :
       {"[]", R"({"room":1})", R"({"room":{"rooms":"!a:hs"}})",
        R"({"room":{"timeline":{"limit":"8"}}})",
        R"({"room":{"timeline":{"types":[1]}}})"}) {
    EXPECT_EQ(GetErrcode(ParseSyncFilter(json).status()), "M_BAD_JSON") << json;
  }
}

}  // namespace
}  // namespace causeway::homeserver
