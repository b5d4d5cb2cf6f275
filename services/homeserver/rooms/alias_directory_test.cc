#include "services/homeserver/rooms/alias_directory.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

const matrix::RoomAlias kAlias = Alias("#a:hs");
const matrix::RoomId kRoom = Room("!r:hs");
const matrix::UserId kMaker = User("@maker:hs");

class AliasDirectoryTest : public ::testing::Test {
 protected:
  AliasDirectoryTest() {
    AppendRoom(store_, "!r:hs", "@creator:hs");
    Append(store_, "!r:hs",
           Draft("@creator:hs", kPowerLevelsType, "",
                 R"({"users":{"@creator:hs":100}})"));
    Append(store_, "!r:hs", MemberDraft("@maker:hs", "@maker:hs", "join"));
    EXPECT_EQ(directory_.Add({kAlias, kRoom, kMaker}), absl::OkStatus());
  }

  bool Exists() { return directory_.Find(kAlias)->has_value(); }

  // The names that the room has.
  std::string CanonicalAlias() {
    const auto standing =
        store_.StateEventAt("!r:hs", {kCanonicalAliasType, ""}, kPositionMax);
    return ParseStoredEvent(standing.value()->json)->content_json;
  }
  void Name(const char* content_json) {
    Append(store_, "!r:hs",
           Draft("@creator:hs", kCanonicalAliasType, "", content_json));
  }

  FakeClock clock_;
  FakeRoomStore store_;
  AliasDirectory directory_{store_, store_, clock_};
};

TEST_F(AliasDirectoryTest, FindsWhatWasAdded) {
  EXPECT_EQ(directory_.Find(kAlias).value(), kRoom);
  EXPECT_EQ(directory_.Find(Alias("#b:hs")).value(), std::nullopt);
}

TEST_F(AliasDirectoryTest, AliasIsTakenOnce) {
  absl::Status status = directory_.Add({kAlias, kRoom, kMaker});
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN");
}

// Goal: nobody gets to see a room by naming it.
TEST_F(AliasDirectoryTest, OnlyWhoIsInTheRoomNamesIt) {
  auto add = [this](const char* room_id, const char* maker) {
    return GetErrcode(
        directory_.Add({Alias("#b:hs"), Room(room_id), User(maker)}));
  };
  EXPECT_EQ(add("!none:hs", "@maker:hs"), "M_FORBIDDEN");
  EXPECT_EQ(add("!r:hs", "@stranger:hs"), "M_FORBIDDEN");
  Append(store_, "!r:hs", MemberDraft("@creator:hs", "@bob:hs", "invite"));
  EXPECT_EQ(add("!r:hs", "@bob:hs"), "M_FORBIDDEN");
  Append(store_, "!r:hs", MemberDraft("@maker:hs", "@maker:hs", "leave"));
  EXPECT_EQ(add("!r:hs", "@maker:hs"), "M_FORBIDDEN");
  EXPECT_EQ(directory_.Find(Alias("#b:hs")).value(), std::nullopt);
}

TEST_F(AliasDirectoryTest, ItsMakerMayRemoveIt) {
  EXPECT_EQ(directory_.Remove(kAlias, kMaker, false), absl::OkStatus());
  EXPECT_FALSE(Exists());
  EXPECT_EQ(GetErrcode(directory_.Remove(kAlias, kMaker, false)),
            "M_NOT_FOUND");
}

TEST_F(AliasDirectoryTest, PowerInTheRoomMayRemoveIt) {
  Append(store_, "!r:hs", MemberDraft("@bob:hs", "@bob:hs", "join"));
  EXPECT_EQ(GetErrcode(directory_.Remove(kAlias, User("@bob:hs"), false)),
            "M_FORBIDDEN");
  EXPECT_TRUE(Exists());
  EXPECT_EQ(directory_.Remove(kAlias, User("@creator:hs"), false),
            absl::OkStatus());
  EXPECT_FALSE(Exists());
}

TEST_F(AliasDirectoryTest, RoomIsNoLongerCalledByARemovedAlias) {
  const matrix::UserId creator = User("@creator:hs");
  ASSERT_TRUE(directory_.Add({Alias("#b:hs"), kRoom, creator}).ok());
  Name(R"({"alias":"#a:hs","alt_aliases":["#b:hs","#a:hs"],"x":1})");
  ASSERT_TRUE(directory_.Remove(kAlias, creator, false).ok());
  EXPECT_EQ(CanonicalAlias(), R"({"alt_aliases":["#b:hs"],"x":1})");
  ASSERT_TRUE(directory_.Remove(Alias("#b:hs"), creator, false).ok());
  EXPECT_EQ(CanonicalAlias(), R"({"alt_aliases":[],"x":1})");
}

TEST_F(AliasDirectoryTest, NamesStayWithWhoMayNotChangeThem) {
  Name(R"({"alias":"#a:hs"})");
  ASSERT_TRUE(directory_.Remove(kAlias, kMaker, false).ok());
  EXPECT_FALSE(Exists());
  EXPECT_EQ(CanonicalAlias(), R"({"alias":"#a:hs"})");
}

TEST_F(AliasDirectoryTest, NothingIsSaidAboutNamesThatItWasNot) {
  Name(R"({"alias":"#other:hs"})");
  const int64_t before = store_.LastPosition().value();
  ASSERT_TRUE(directory_.Remove(kAlias, User("@creator:hs"), false).ok());
  EXPECT_EQ(store_.LastPosition().value(), before + 1);
}

TEST_F(AliasDirectoryTest, OwnerOfTheNamespaceMayRemoveIt) {
  EXPECT_EQ(GetErrcode(directory_.Remove(kAlias, User("@bot:hs"), false)),
            "M_FORBIDDEN");
  EXPECT_EQ(directory_.Remove(kAlias, User("@bot:hs"), true), absl::OkStatus());
}

}  // namespace
}  // namespace causeway::homeserver
