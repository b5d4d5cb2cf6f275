#include "services/homeserver/ephemeral/presence.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/ephemeral/ephemeral_count.h"
#include "services/homeserver/ephemeral/recording_sink.h"
#include "services/homeserver/news/news_key.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/rooms/event_filter.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum PresenceState;

constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";
constexpr char kGhost[] = "@irc_bob:hs";
constexpr char kRoom[] = "!r:hs";

// Of what alice is told who is in the room.
std::vector<std::string> EventsAfter(const Presence& presence, int64_t number,
                                     const std::string& room_id,
                                     const EventFilter& filter = {}) {
  return presence.ListAfter(number, {.user_id = kAlice,
                                     .room_ids = {room_id},
                                     .new_room_ids = {},
                                     .filter = filter});
}

std::vector<std::string> SendersOf(const std::vector<std::string>& events) {
  std::vector<std::string> users;
  for (const std::string& event : events) {
    users.push_back(
        matrix::ParseObject(event).value()["sender"].get<std::string>());
  }
  return users;
}

class PresenceTest : public ::testing::Test {
 protected:
  void Pass(absl::Duration time) {
    clock_.AdvanceTime(time);
    presence_.Expire();
  }
  PresenceState StateOf(const char* user) { return presence_.Get(user).state; }
  // Somebody waits for news of `keys`; counts it in `woken` when it comes.
  template <typename Count>
  void Wait(std::vector<NewsKey> keys, Count& woken) {
    ASSERT_TRUE(
        waiters_
            .NotifyOnce({.keys = std::move(keys), .since = waiters_.Now()},
                        [&woken] { ++woken; })
            .ok());
  }
  // Whom alice is told of.
  std::vector<std::string> ToldAfter(int64_t number,
                                     const std::string& room_id = kRoom) {
    return SendersOf(EventsAfter(presence_, number, room_id));
  }

  FakeClock clock_;
  EphemeralCount count_{1};
  NewsWaiters waiters_{{}};
  RecordingSink sink_;
  Presence presence_{{.users_max = 2, .rooms_per_user_max = 2},
                     count_,
                     waiters_,
                     sink_,
                     clock_};
};

TEST_F(PresenceTest, NamesGoThereAndBack) {
  for (PresenceState state : {kOnline, kUnavailable, kOffline}) {
    EXPECT_EQ(ParsePresence(PresenceName(state), "presence").value(), state);
  }
  EXPECT_EQ(GetErrcode(ParsePresence("busy", "presence").status()),
            "M_INVALID_PARAM");
}

TEST_F(PresenceTest, WhoSyncsIsOnlineUntilTheyDoNotAnyMore) {
  EXPECT_TRUE(presence_.IsChange(kBob, kOnline));
  presence_.Synced(kBob, kOnline, absl::Seconds(10), {kRoom});
  EXPECT_FALSE(presence_.IsChange(kBob, kOnline));
  EXPECT_EQ(StateOf(kBob), kOnline);
  Pass(absl::Seconds(39));
  EXPECT_EQ(StateOf(kBob), kOnline);
  Pass(absl::Seconds(1));
  EXPECT_EQ(StateOf(kBob), kOffline);
}

TEST_F(PresenceTest, SyncsAsOfflineAreNotSeen) {
  EXPECT_FALSE(presence_.IsChange(kBob, kOffline));
  presence_.Synced(kBob, kOffline, absl::Seconds(10), {kRoom});
  EXPECT_EQ(StateOf(kBob), kOffline);
  EXPECT_THAT(sink_.events(), IsEmpty());
}

TEST_F(PresenceTest, WhoOnlySyncsBecomesIdleAndComesBackWhenActive) {
  for (int i = 0; i < 5; ++i) {
    presence_.Synced(kBob, kOnline, absl::Minutes(1), {kRoom});
    Pass(absl::Minutes(1));
  }
  EXPECT_EQ(StateOf(kBob), kUnavailable);
  presence_.Synced(kBob, kOnline, absl::Minutes(1), {kRoom});
  EXPECT_EQ(StateOf(kBob), kUnavailable);
  presence_.Active(kBob);
  EXPECT_EQ(StateOf(kBob), kOnline);
  EXPECT_TRUE(presence_.Get(kBob).currently_active);
  Pass(absl::Minutes(1));
  EXPECT_FALSE(presence_.Get(kBob).currently_active);
  EXPECT_EQ(presence_.Get(kBob).last_active_ago, absl::Minutes(1));
}

TEST_F(PresenceTest, WhatAnApplicationServiceSaidStays) {
  presence_.Set(kGhost, kOnline, "away in IRC", /*stays=*/true, {kRoom});
  presence_.Set(kBob, kOnline, "", /*stays=*/false, {kRoom});
  Pass(absl::Hours(24));
  EXPECT_EQ(StateOf(kGhost), kOnline);
  EXPECT_EQ(presence_.Get(kGhost).status_msg, "away in IRC");
  EXPECT_EQ(StateOf(kBob), kOffline);
}

TEST_F(PresenceTest, IsToldToWhoSharesARoom) {
  presence_.Set(kBob, kOnline, "hi", /*stays=*/true, {"!x:hs", kRoom, "!y:hs"});
  const int64_t since = count_.Last().number;
  EXPECT_THAT(ToldAfter(0), ElementsAre(kBob));
  EXPECT_THAT(ToldAfter(0, "!y:hs"), IsEmpty());  // Beyond rooms_per_user_max.
  EXPECT_THAT(ToldAfter(since), IsEmpty());
  presence_.Set(kAlice, kOffline, "", /*stays=*/true, {"!own:hs"});
  EXPECT_THAT(ToldAfter(since), ElementsAre(kAlice));
  EXPECT_THAT(ToldAfter(0), ElementsAre(kBob));
  const matrix::Json event =
      matrix::ParseObject(EventsAfter(presence_, 0, kRoom)[0]).value();
  EXPECT_EQ(event["type"], "m.presence");
  EXPECT_EQ(event["sender"], kBob);
  EXPECT_EQ(event["content"]["presence"], "online");
  EXPECT_EQ(event["content"]["status_msg"], "hi");
  EXPECT_EQ(event["content"]["last_active_ago"], 0);
}

TEST_F(PresenceTest, WhoComesIntoARoomIsShownThere) {
  presence_.Set(kBob, kOnline, "", /*stays=*/true, {"!own:hs"});
  int64_t since = count_.Last().number;
  presence_.Moved(kBob, kRoom, /*is_join=*/true);
  EXPECT_THAT(ToldAfter(since), ElementsAre(kBob));
  since = count_.Last().number;
  presence_.Moved(kBob, kRoom, /*is_join=*/true);        // A new name, say.
  presence_.Moved(kBob, "!third:hs", /*is_join=*/true);  // Beyond the most.
  presence_.Moved(kGhost, kRoom, /*is_join=*/true);      // Who has none.
  EXPECT_EQ(count_.Last().number, since);
  presence_.Moved(kBob, kRoom, /*is_join=*/false);
  presence_.Set(kBob, kOffline, "", /*stays=*/true, {"!own:hs"});
  since = count_.Last().number;
  presence_.Moved(kBob, kRoom, /*is_join=*/true);  // Nobody needs to know.
  EXPECT_EQ(count_.Last().number, since);
}

TEST_F(PresenceTest, WhoHasLeftARoomIsNotShownThereAnyMore) {
  presence_.Synced(kBob, kOnline, absl::Minutes(1), {kRoom});
  const int64_t since = count_.Last().number;
  presence_.Moved(kBob, kRoom, /*is_join=*/false);
  Pass(absl::Hours(1));
  EXPECT_EQ(StateOf(kBob), kOffline);
  EXPECT_THAT(ToldAfter(since), IsEmpty());
}

// Goal: who comes into a room learns who is there, of whom they may have been
// told nothing, and nothing else again.
TEST_F(PresenceTest, ANewRoomComesWithThoseWhoAreThere) {
  const std::vector<std::string> rooms = {"!old:hs", kRoom};
  const absl::flat_hash_set<std::string> new_rooms = {kRoom};
  Presence presence{{}, count_, waiters_, sink_, clock_};
  presence.Set(kBob, kOnline, "", /*stays=*/true, {kRoom});
  presence.Set(kGhost, kOffline, "", /*stays=*/true, {kRoom});
  presence.Set("@old:hs", kOnline, "", /*stays=*/true, {"!old:hs"});
  presence.Set(kAlice, kOnline, "", /*stays=*/true, {"!old:hs"});
  const int64_t since = count_.Last().number;
  presence.Set("@new:hs", kOnline, "", /*stays=*/true, {"!old:hs"});
  EXPECT_THAT(SendersOf(presence.ListAfter(since, {.user_id = kAlice,
                                                   .room_ids = rooms,
                                                   .new_room_ids = new_rooms,
                                                   .filter = {}})),
              ElementsAre(kBob, "@new:hs"));
}

// A bridge lets its ghost join and says that it is online side by side: the
// rooms were read before the join, and the follower was told before this.
TEST_F(PresenceTest, SayingTheSameAgainShowsWhereOneIs) {
  presence_.Set(kBob, kOnline, "", /*stays=*/true, {"!own:hs"});
  const int64_t since = count_.Last().number;
  presence_.Set(kBob, kOnline, "", /*stays=*/true, {"!own:hs", kRoom});
  EXPECT_THAT(ToldAfter(since), ElementsAre(kBob));
}

TEST_F(PresenceTest, SayingTheSameAgainIsNoNews) {
  presence_.Set(kBob, kOnline, "hi", /*stays=*/true, {kRoom});
  presence_.Set(kBob, kOnline, "hi", /*stays=*/true, {kRoom});
  ASSERT_EQ(sink_.events().size(), 1u);
  EXPECT_THAT(sink_.events()[0].room_ids, ElementsAre(kRoom));
}

// Goal: many who come at once don't wake everybody as many times. Method: two
// changes, one wake, and no other before its time.
TEST_F(PresenceTest, WakesOnceInAWhile) {
  int woken = 0;
  Pass(absl::Seconds(10));
  Wait({NewsOfRoom(kRoom)}, woken);
  presence_.Set(kBob, kOnline, "", /*stays=*/true, {kRoom});
  presence_.Set(kGhost, kOnline, "", /*stays=*/true, {kRoom});
  EXPECT_EQ(woken, 0);
  presence_.Expire();
  EXPECT_EQ(woken, 1);
  Wait({NewsOfRoom(kRoom)}, woken);
  presence_.Set(kBob, kUnavailable, "", /*stays=*/true, {kRoom});
  Pass(absl::Milliseconds(4999));
  EXPECT_EQ(woken, 1);
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(woken, 2);
}

// Goal: when many come at once, who waits for presence takes no more than its
// share, and has it in the end. Method: a thousand who wait for one room and
// for whoever changes; how many are woken in each tenth of a second.
TEST_F(PresenceTest, WakesAreSpread) {
  constexpr size_t kWaiters = 1000;
  size_t woken = 0;
  for (size_t i = 0; i < kWaiters; ++i) {
    Wait({NewsOfRoom(kRoom), NewsOfUser(kBob)}, woken);
  }
  Pass(absl::Seconds(10));
  presence_.Set(kBob, kOnline, "", /*stays=*/true, {kRoom});
  presence_.Expire();
  EXPECT_EQ(woken, 1u);
  for (size_t tenth = 1; tenth <= 10; ++tenth) {
    Pass(absl::Milliseconds(100));
    EXPECT_EQ(woken, 1 + 25 * tenth);
  }
  // Who waits for something else as well needn't be patient.
  waiters_.Tell({NewsOfUser(kBob)});
  EXPECT_EQ(woken, kWaiters);
  Pass(absl::Seconds(10));
  EXPECT_EQ(woken, kWaiters);
}

// Goal: a round that takes long isn't cut short by the next. Method: a change
// while half of those who wait haven't been woken for the one before.
TEST_F(PresenceTest, RoundsOfWakingFollowEachOther) {
  constexpr int kWaiters = 2000;
  int woken = 0;
  for (int i = 0; i < kWaiters; ++i) Wait({NewsOfRoom(kRoom)}, woken);
  Pass(absl::Seconds(10));
  presence_.Set(kBob, kOnline, "", /*stays=*/true, {kRoom});
  presence_.Expire();
  for (int second = 1; second < 8; ++second) {
    presence_.Set(kBob, second % 2 == 0 ? kOnline : kUnavailable, "",
                  /*stays=*/true, {kRoom});
    Pass(absl::Seconds(1));
    EXPECT_EQ(woken, 1 + 250 * second);
  }
  Pass(absl::Seconds(1));
  EXPECT_EQ(woken, kWaiters);
}

TEST_F(PresenceTest, AnAnswerTellsOfTheNewestThatConcernTheReader) {
  Presence presence{{}, count_, waiters_, sink_, clock_};
  presence.Set("@first:hs", kOnline, "", /*stays=*/true, {kRoom});
  for (size_t i = 0; i < kPresencePageMax; ++i) {
    presence.Set(absl::StrCat("@", i, ":hs"), kOnline, "", true, {kRoom});
    presence.Set(absl::StrCat("@x", i, ":hs"), kOnline, "", true, {"!x:hs"});
  }
  const auto told = SendersOf(EventsAfter(presence, 0, kRoom));
  ASSERT_EQ(told.size(), kPresencePageMax);
  EXPECT_EQ(told.front(), "@0:hs");
  EXPECT_EQ(told.back(), absl::StrCat("@", kPresencePageMax - 1, ":hs"));
  // What the reader doesn't want takes nobody's place.
  EXPECT_EQ(SendersOf(EventsAfter(presence, 0, kRoom,
                                  {.not_senders = {"@1:hs", "@2:hs"}}))
                .front(),
            "@first:hs");
}

TEST_F(PresenceTest, IsBounded) {
  for (const char* user : {kBob, kGhost, "@carol:hs"}) {
    presence_.Set(user, kOnline, "", /*stays=*/true, {kRoom});
  }
  EXPECT_THAT(ToldAfter(0), ElementsAre(kGhost, "@carol:hs"));
  EXPECT_EQ(StateOf(kBob), kOffline);
}

}  // namespace
}  // namespace causeway::homeserver
