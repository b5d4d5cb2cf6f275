#include "services/homeserver/sync/member_counter.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"

namespace causeway::homeserver {
namespace {

constexpr char kRoom[] = "!r:hs";
constexpr char kBob[] = "@bob:hs";

class MemberCounterTest : public ::testing::Test {
 protected:
  MemberCounterTest() { AppendRoom(store_, kRoom, kBob); }

  void Join(const std::string& user_id) {
    Append(store_, kRoom, MemberDraft(user_id, user_id, "join"));
  }
  int64_t Now() { return store_.LastPosition().value(); }
  int64_t Joined(MemberCounter& counter, int64_t position) {
    return counter.CountAt(kRoom, position)->joined;
  }

  FakeRoomStore store_;
};

TEST_F(MemberCounterTest, CountsAreThoseOfEveryPosition) {
  for (int i = 0; i < 5; ++i) Join(absl::StrCat("@u", i, ":hs"));
  Append(store_, kRoom, MemberDraft(kBob, "@u1:hs", "ban"));
  Append(store_, kRoom, MemberDraft(kBob, "@u9:hs", "invite"));
  // In order, backwards, and with little remembered.
  for (const int64_t distance_max : {0, 2, 1000}) {
    MemberCounter counter({.rooms_max = 1, .distance_max = distance_max},
                          store_);
    for (const int64_t first : {int64_t{0}, Now()}) {
      for (int64_t i = 0; i <= Now(); ++i) {
        const int64_t position = first == 0 ? i : first - i;
        EXPECT_EQ(counter.CountAt(kRoom, position).value(),
                  store_.CountMembersAt(kRoom, position).value())
            << position;
      }
    }
  }
}

TEST_F(MemberCounterTest, WhatIsKnownIsNotAskedForAgain) {
  MemberCounter counter({}, store_);
  const int64_t position = Now();
  EXPECT_EQ(Joined(counter, position), 1);
  store_.FailWith(absl::UnavailableError("away"));
  EXPECT_EQ(Joined(counter, position), 1);
  EXPECT_TRUE(
      absl::IsUnavailable(counter.CountAt(kRoom, position + 1).status()));
  EXPECT_TRUE(
      absl::IsUnavailable(counter.CountAt("!other:hs", position).status()));
}

TEST_F(MemberCounterTest, NoMoreRoomsAreRememberedThanMayBe) {
  MemberCounter counter({.rooms_max = 1}, store_);
  AppendRoom(store_, "!other:hs", kBob);
  const int64_t position = Now();
  EXPECT_EQ(Joined(counter, position), 1);
  EXPECT_EQ(counter.CountAt("!other:hs", position)->joined, 1);
  store_.FailWith(absl::UnavailableError("away"));
  EXPECT_EQ(counter.CountAt("!other:hs", position)->joined, 1);
  EXPECT_TRUE(absl::IsUnavailable(counter.CountAt(kRoom, position).status()));
}

}  // namespace
}  // namespace causeway::homeserver
