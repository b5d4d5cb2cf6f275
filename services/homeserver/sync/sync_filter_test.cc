#include "services/homeserver/sync/sync_filter.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

TEST(SyncFilterTest, DefaultsAreGenerous) {
  for (const char* json :
       {"{}", R"({"room":{}})", R"({"room":{"timeline":{}}})",
        R"({"presence":{"limit":1}})"}) {
    SCOPED_TRACE(json);
    SyncFilter filter = ParseSyncFilter(json).value();
    EXPECT_EQ(filter.timeline_limit, 50);
    EXPECT_TRUE(filter.timeline.takes_all());
    EXPECT_TRUE(filter.room.TakesRoom("!r:hs"));
    EXPECT_FALSE(filter.include_leave);
    EXPECT_FALSE(filter.state.lazy_load_members);
    EXPECT_FALSE(filter.event_fields.has_value());
  }
}

TEST(SyncFilterTest, ReadsTheTimelinesLimitWithinBounds) {
  auto limit = [](const char* json) {
    return ParseSyncFilter(json).value().timeline_limit;
  };
  EXPECT_EQ(limit(R"({"room":{"timeline":{"limit":8}}})"), 8);
  EXPECT_EQ(limit(R"({"room":{"timeline":{"limit":0}}})"), 0);
  EXPECT_EQ(limit(R"({"room":{"timeline":{"limit":-3}}})"), 0);
  EXPECT_EQ(limit(R"({"room":{"timeline":{"limit":99999}}})"), 1000);
}

TEST(SyncFilterTest, ReadsEachKindOfEvent) {
  SyncFilter filter = ParseSyncFilter(R"({
      "presence":{"types":["presence"]},
      "account_data":{"types":["account"]},
      "room":{"include_leave":true,
              "timeline":{"types":["timeline"]},
              "state":{"types":["state"],"lazy_load_members":true},
              "ephemeral":{"types":["ephemeral"]},
              "account_data":{"types":["room_account"]}}})")
                          .value();
  EXPECT_TRUE(filter.presence.Takes("presence", ""));
  EXPECT_FALSE(filter.presence.Takes("account", ""));
  EXPECT_TRUE(filter.account_data.Takes("account", ""));
  EXPECT_TRUE(filter.timeline.Takes("timeline", ""));
  EXPECT_TRUE(filter.state.Takes("state", ""));
  EXPECT_TRUE(filter.ephemeral.Takes("ephemeral", ""));
  EXPECT_TRUE(filter.room_account_data.Takes("room_account", ""));
  EXPECT_TRUE(filter.include_leave);
  EXPECT_TRUE(filter.state.lazy_load_members);
}

TEST(SyncFilterTest, ChoosesTypesAndSenders) {
  EventFilter filter = ParseSyncFilter(R"({"room":{"timeline":{
      "types":["m.*","*.end"],"not_types":["m.room.member"],
      "senders":["@a:hs","@b:hs"],"not_senders":["@b:hs"]}}})")
                           .value()
                           .timeline;
  EXPECT_TRUE(filter.Takes("m.room.name", "@a:hs"));
  EXPECT_TRUE(filter.Takes("the.end.end", "@a:hs"));
  EXPECT_FALSE(filter.Takes("the.end.", "@a:hs"));
  EXPECT_FALSE(filter.Takes("m.room.member", "@a:hs"));
  EXPECT_FALSE(filter.Takes("n.room.name", "@a:hs"));
  EXPECT_FALSE(filter.Takes("m.room.name", "@b:hs"));
  EXPECT_FALSE(filter.Takes("m.room.name", "@c:hs"));
}

TEST(SyncFilterTest, EmptyListsTakeNothing) {
  for (const char* json :
       {R"({"presence":{"types":[]}})", R"({"presence":{"senders":[]}})",
        R"({"presence":{"not_types":["*"]}})"}) {
    SCOPED_TRACE(json);
    EventFilter filter = ParseSyncFilter(json).value().presence;
    EXPECT_TRUE(filter.takes_nothing());
    EXPECT_FALSE(filter.Takes("m.presence", "@a:hs"));
  }
  EXPECT_FALSE(EventFilter().takes_nothing());
}

TEST(SyncFilterTest, ChoosesRooms) {
  SyncFilter filter = ParseSyncFilter(R"({"room":{"rooms":["!a:hs","!b:hs"],
                                  "not_rooms":["!b:hs"],
                                  "ephemeral":{"not_rooms":["!a:hs"]}}})")
                          .value();
  EXPECT_TRUE(filter.room.TakesRoom("!a:hs"));
  EXPECT_FALSE(filter.room.TakesRoom("!b:hs"));
  EXPECT_FALSE(filter.room.TakesRoom("!c:hs"));
  EXPECT_FALSE(filter.ephemeral.TakesRoom("!a:hs"));
}

TEST(SyncFilterTest, RefusesWhatIsNotInForm) {
  EXPECT_EQ(GetErrcode(ParseSyncFilter("{").status()), "M_NOT_JSON");
  for (const char* json :
       {"[]", R"({"room":1})", R"({"room":{"rooms":"!a:hs"}})",
        R"({"room":{"timeline":{"limit":"8"}}})",
        R"({"room":{"timeline":{"types":[1]}}})",
        R"({"room":{"timeline":{"types":["a\u0000"]}}})",
        R"({"room":{"state":{"lazy_load_members":"yes"}}})",
        R"({"event_fields":"type"})", R"({"presence":{"senders":{}}})"}) {
    EXPECT_EQ(GetErrcode(ParseSyncFilter(json).status()), "M_BAD_JSON") << json;
  }
}

}  // namespace
}  // namespace causeway::homeserver
