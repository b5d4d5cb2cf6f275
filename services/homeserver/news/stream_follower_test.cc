#include "services/homeserver/news/stream_follower.h"

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/news/event_news.h"
#include "services/homeserver/news/news_key.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"

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
  void Await(NewsKey key, absl::Notification& news) {
    ASSERT_TRUE(waiters_
                    .NotifyOnce({.keys = {key}, .since = waiters_.Now()},
                                [&] { news.Notify(); })
                    .ok());
  }

  FakeRoomStore store_;
  EventNews events_{store_};
  NewsWaiters waiters_{{}};
};

// A follower that has found the stream's end.
class Started {
 public:
  Started(absl::Duration poll_interval, EventNews& events, NewsWaiters& waiters)
      : follower({.poll_interval = poll_interval}, events, waiters) {
    absl::Notification found;
    EXPECT_TRUE(
        waiters.NotifyOnce({.keys = {}, .since = 0}, [&] { found.Notify(); })
            .ok());
    EXPECT_TRUE(found.WaitForNotificationWithTimeout(kNever));
  }

  StreamFollower follower;
};

TEST_F(StreamFollowerTest, WakesWhoWaitsForTheRoom) {
  Started started(absl::Hours(1), events_, waiters_);
  absl::Notification news;
  Await(NewsOfRoom(kRoom), news);
  Say();
  started.follower.Wake();
  EXPECT_TRUE(news.WaitForNotificationWithTimeout(kNever));
}

TEST_F(StreamFollowerTest, WakesTheUserWhoseMembershipChanges) {
  Started started(absl::Hours(1), events_, waiters_);
  absl::Notification news;
  Await(NewsOfUser(kAlice), news);
  Append(store_, kRoom, MemberDraft(kBob, kAlice, "invite"));
  started.follower.Wake();
  EXPECT_TRUE(news.WaitForNotificationWithTimeout(kNever));
}

TEST_F(StreamFollowerTest, PollsFindWhatAnotherReplicaWrote) {
  Started started(absl::Milliseconds(1), events_, waiters_);
  absl::Notification news;
  Await(NewsOfRoom(kRoom), news);
  Say();
  EXPECT_TRUE(news.WaitForNotificationWithTimeout(kNever));
}

TEST_F(StreamFollowerTest, GoesOnWhenTheDatabaseIsBack) {
  store_.FailWith(absl::UnavailableError("away"));
  StreamFollower follower({.poll_interval = absl::Milliseconds(1)}, events_,
                          waiters_);
  absl::Notification news;
  Await(NewsOfRoom(kRoom), news);
  store_.FailWith(absl::OkStatus());
  Say();
  EXPECT_TRUE(news.WaitForNotificationWithTimeout(kNever));
}

}  // namespace
}  // namespace causeway::homeserver
