#include "services/homeserver/rooms/power_levels.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;

TEST(PowerLevelsTest, WithoutAnEventTheCreatorMayAll) {
  PowerLevels levels = PowerLevels::WithoutEvent("@alice:hs");
  EXPECT_EQ(levels.OfUser("@alice:hs"), 100);
  EXPECT_EQ(levels.OfUser("@bob:hs"), 0);
  EXPECT_EQ(levels.ToSend("m.room.name", /*is_state=*/true), 0);
  EXPECT_EQ(levels.ToBan(), 50);
}

TEST(PowerLevelsTest, DefaultsOfAnEmptyEvent) {
  PowerLevels levels = PowerLevels::Parse("{}").value();
  EXPECT_EQ(levels.OfUser("@alice:hs"), 0);
  EXPECT_EQ(levels.ToSend("m.room.name", /*is_state=*/true), 50);
  EXPECT_EQ(levels.ToSend("m.room.message", /*is_state=*/false), 0);
  EXPECT_EQ(levels.ToInvite(), 0);
  EXPECT_EQ(levels.ToKick(), 50);
  EXPECT_EQ(levels.ToBan(), 50);
  EXPECT_EQ(levels.ToRedact(), 50);
}

TEST(PowerLevelsTest, ReadsWhatTheEventSays) {
  PowerLevels levels = PowerLevels::Parse(R"({
      "users": {"@alice:hs": 90}, "users_default": 1,
      "events": {"m.x": 7}, "events_default": 2, "state_default": 3,
      "invite": 4, "kick": 5, "ban": 6, "redact": 8, "later": "ignored"})")
                           .value();
  EXPECT_EQ(levels.OfUser("@alice:hs"), 90);
  EXPECT_EQ(levels.OfUser("@bob:hs"), 1);
  EXPECT_EQ(levels.ToSend("m.x", /*is_state=*/true), 7);
  EXPECT_EQ(levels.ToSend("m.y", /*is_state=*/false), 2);
  EXPECT_EQ(levels.ToSend("m.y", /*is_state=*/true), 3);
  EXPECT_EQ(levels.ToInvite(), 4);
  EXPECT_EQ(levels.ToKick(), 5);
  EXPECT_EQ(levels.ToBan(), 6);
  EXPECT_EQ(levels.ToRedact(), 8);
}

TEST(PowerLevelsTest, RefusesWhatIsNoPowerLevel) {
  struct {
    const char* content;
    const char* named;
  } cases[] = {
      {R"({"ban": "50"})", "ban"},
      {R"({"kick": 1.5})", "kick"},
      {R"({"users": []})", "users"},
      {R"({"users": {"@alice:hs": null}})", "@alice:hs"},
      {R"({"users": {"alice": 5}})", "not a user ID"},
      {R"({"events": {"m.x": {}}})", "m.x"},
      {R"({"notifications": {"room": true}})", "room"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.content);
    absl::Status status = PowerLevels::Parse(c.content).status();
    EXPECT_EQ(GetErrcode(status), "M_BAD_JSON");
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.named));
  }
}

}  // namespace
}  // namespace causeway::homeserver
