#include "services/homeserver/rooms/alias_directory.h"

#include <optional>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
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

  FakeRoomStore store_;
  AliasDirectory directory_{store_, store_};
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

TEST_F(AliasDirectoryTest, OwnerOfTheNamespaceMayRemoveIt) {
  EXPECT_EQ(GetErrcode(directory_.Remove(kAlias, User("@bot:hs"), false)),
            "M_FORBIDDEN");
  EXPECT_EQ(directory_.Remove(kAlias, User("@bot:hs"), true), absl::OkStatus());
}

}  // namespace
}  // namespace causeway::homeserver
