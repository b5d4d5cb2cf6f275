#include "services/homeserver/sync/stream_follower.h"

#include <string>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";
// Only reached when a test fails.
constexpr absl::Duration kNever = absl::Seconds(30);

class StreamFollowerTest : public ::testing::Test {
 protected:
  void Say() { Append(store_, kRoom, Draft(kBob, "m.room.message", "{}")); }
  int64_t Now() { return store_.LastPosition().value(); }

  FakeRoomStore store_;
};

StreamFollower::Options WakeOnly() {
  return {.poll_interval = absl::Hours(1), .waiters_max = 2};
}

TEST_F(StreamFollowerTest, WakesWhoWaitsForTheRoom) {
  StreamFollower follower(WakeOnly(), store_);
  absl::Notification news;
  ASSERT_TRUE(
      follower
          .NotifyOnce(
              {.user_id = kAlice, .room_ids = {kRoom}, .position = Now()},
              [&] { news.Notify(); })
          .ok());
  Say();
  follower.Wake();
  EXPECT_TRUE(news.WaitForNotificationWithTimeout(kNever));
}

TEST_F(StreamFollowerTest, WakesTheUserWhoseMembershipChanges) {
  StreamFollower follower(WakeOnly(), store_);
  absl::Notification news;
  ASSERT_TRUE(
      follower
          .NotifyOnce({.user_id = kAlice, .room_ids = {}, .position = Now()},
                      [&] { news.Notify(); })
          .ok());
  Append(store_, kRoom, MemberDraft(kBob, kAlice, "invite"));
  follower.Wake();
  EXPECT_TRUE(news.WaitForNotificationWithTimeout(kNever));
}

TEST_F(StreamFollowerTest, PollsFindWhatAnotherReplicaWrote) {
  StreamFollower follower({.poll_interval = absl::Milliseconds(1)}, store_);
  absl::Notification news;
  ASSERT_TRUE(
      follower
          .NotifyOnce(
              {.user_id = kAlice, .room_ids = {kRoom}, .position = Now()},
              [&] { news.Notify(); })
          .ok());
  Say();
  EXPECT_TRUE(news.WaitForNotificationWithTimeout(kNever));
}

// Goal: nothing that happens between reading and waiting is missed. Method:
// wait from a position that the follower has passed already.
TEST_F(StreamFollowerTest, AnswersAtOnceWhatCameBeforeTheWaiting) {
  StreamFollower follower(WakeOnly(), store_);
  const int64_t before = Now();
  absl::Notification seen;
  ASSERT_TRUE(
      follower
          .NotifyOnce(
              {.user_id = kBob, .room_ids = {kRoom}, .position = before},
              [&] { seen.Notify(); })
          .ok());
  Say();
  follower.Wake();
  ASSERT_TRUE(seen.WaitForNotificationWithTimeout(kNever));
  absl::Notification news;
  ASSERT_TRUE(follower
                  .NotifyOnce({.user_id = kAlice,
                               .room_ids = {"!elsewhere:hs"},
                               .position = before},
                              [&] { news.Notify(); })
                  .ok());
  EXPECT_TRUE(news.HasBeenNotified());
}

TEST_F(StreamFollowerTest, RefusesTooManyUntilOneIsForgotten) {
  StreamFollower follower(WakeOnly(), store_);
  auto wait = [&] {
    return follower.NotifyOnce(
        {.user_id = kAlice, .room_ids = {kRoom}, .position = Now()}, [] {});
  };
  StreamFollower::WaiterId first = wait().value();
  ASSERT_TRUE(wait().ok());
  EXPECT_EQ(GetErrcode(wait().status()), "M_LIMIT_EXCEEDED");
  follower.Forget(first);
  EXPECT_TRUE(wait().ok());
}

TEST_F(StreamFollowerTest, DrainingWakesAllAndLetsNobodyWait) {
  StreamFollower follower(WakeOnly(), store_);
  int woken = 0;
  auto wait = [&] {
    return follower.NotifyOnce(
        {.user_id = kAlice, .room_ids = {kRoom}, .position = Now()},
        [&] { ++woken; });
  };
  ASSERT_TRUE(wait().ok());
  EXPECT_FALSE(follower.draining());
  follower.Drain();
  EXPECT_EQ(woken, 1);
  ASSERT_TRUE(wait().ok());
  EXPECT_EQ(woken, 2);
  EXPECT_TRUE(follower.draining());
}

TEST_F(StreamFollowerTest, GoesOnWhenTheDatabaseIsBack) {
  store_.FailWith(absl::UnavailableError("away"));
  StreamFollower follower({.poll_interval = absl::Milliseconds(1)}, store_);
  absl::Notification news;
  ASSERT_TRUE(
      follower
          .NotifyOnce({.user_id = kAlice, .room_ids = {kRoom}, .position = 0},
                      [&] { news.Notify(); })
          .ok());
  store_.FailWith(absl::OkStatus());
  Say();
  EXPECT_TRUE(news.WaitForNotificationWithTimeout(kNever));
}

}  // namespace
}  // namespace causeway::homeserver
