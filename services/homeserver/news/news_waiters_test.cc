#include "services/homeserver/news/news_waiters.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/news/news_key.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

constexpr char kRoom[] = "!r:hs";
constexpr char kOther[] = "!other:hs";
constexpr char kAlice[] = "@alice:hs";

class NewsWaitersTest : public ::testing::Test {
 protected:
  absl::StatusOr<NewsWaiters::WaiterId> Wait(std::vector<NewsKey> keys) {
    return Wait(std::move(keys), waiters_.Now());
  }
  absl::StatusOr<NewsWaiters::WaiterId> Wait(std::vector<NewsKey> keys,
                                             NewsWaiters::Moment since) {
    return waiters_.NotifyOnce({.keys = std::move(keys), .since = since},
                               [this] { ++woken_; });
  }

  NewsWaiters waiters_{{.waiters_max = 2, .recent_max = 3}};
  int woken_ = 0;
};

TEST_F(NewsWaitersTest, WakesOnceAndOnlyWhoWaitsForIt) {
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom), NewsOfUser(kAlice)}).ok());
  waiters_.Tell({NewsOfRoom(kOther), NewsOfUser("@bob:hs")});
  EXPECT_EQ(woken_, 0);
  waiters_.Tell({NewsOfRoom(kRoom), NewsOfUser(kAlice)});
  EXPECT_EQ(woken_, 1);
  waiters_.Tell({NewsOfUser(kAlice)});
  EXPECT_EQ(woken_, 1);
}

TEST_F(NewsWaitersTest, RoomsAreNotUsers) {
  ASSERT_TRUE(Wait({NewsOfRoom("same")}).ok());
  waiters_.Tell({NewsOfUser("same")});
  EXPECT_EQ(woken_, 0);
}

// Goal: nothing that happens between reading and waiting is missed. Method:
// news of this and of something else after the moment of the reading.
TEST_F(NewsWaitersTest, AnswersAtOnceWhatCameSinceTheReading) {
  const NewsWaiters::Moment before = waiters_.Now();
  waiters_.Tell({NewsOfRoom(kRoom)});
  const NewsWaiters::Moment between = waiters_.Now();
  waiters_.Tell({NewsOfRoom(kOther)});
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}, between).ok());
  EXPECT_EQ(woken_, 0);
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}, before).ok());
  EXPECT_EQ(woken_, 1);
}

TEST_F(NewsWaitersTest, WhoReadForLongerThanIsRememberedIsCalledInVain) {
  const NewsWaiters::Moment before = waiters_.Now();
  for (int i = 0; i < 3; ++i) waiters_.Tell({NewsOfRoom(kOther)});
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}, before).ok());
  EXPECT_EQ(woken_, 0);
  waiters_.Tell({NewsOfRoom(kOther)});
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}, before).ok());
  EXPECT_EQ(woken_, 1);
}

TEST_F(NewsWaitersTest, AnnouncingLeavesTheCallsToTheCaller) {
  const NewsWaiters::Moment before = waiters_.Now();
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom), NewsOfUser(kAlice)}).ok());
  const NewsWaiters::WaiterId other = Wait({NewsOfRoom(kRoom)}).value();
  const std::vector<NewsWaiters::WaiterId> waiting =
      waiters_.Announce({NewsOfRoom(kRoom), NewsOfUser(kAlice)});
  EXPECT_EQ(waiting.size(), 2u);
  EXPECT_EQ(woken_, 0);
  // Who is reading may not know it yet.
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}, before).ok());
  EXPECT_EQ(woken_, 1);
  waiters_.Forget(other);
  waiters_.Call(waiting);
  EXPECT_EQ(woken_, 2);
  waiters_.Call(waiting);
  EXPECT_EQ(woken_, 2);
}

TEST_F(NewsWaitersTest, TellingAllWakesWhoWaitsAndWhoIsReading) {
  const NewsWaiters::Moment before = waiters_.Now();
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}).ok());
  waiters_.TellAll();
  EXPECT_EQ(woken_, 1);
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}, before).ok());
  EXPECT_EQ(woken_, 2);
}

TEST_F(NewsWaitersTest, RefusesTooManyUntilOneIsForgotten) {
  const NewsWaiters::WaiterId first = Wait({NewsOfRoom(kRoom)}).value();
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}).ok());
  EXPECT_EQ(GetErrcode(Wait({NewsOfRoom(kRoom)}).status()), "M_LIMIT_EXCEEDED");
  waiters_.Forget(first);
  EXPECT_TRUE(Wait({NewsOfRoom(kRoom)}).ok());
  waiters_.Tell({NewsOfRoom(kRoom)});
  EXPECT_EQ(woken_, 2);
}

TEST_F(NewsWaitersTest, DrainingWakesAllAndLetsNobodyWait) {
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}).ok());
  EXPECT_FALSE(waiters_.draining());
  waiters_.Drain();
  EXPECT_EQ(woken_, 1);
  ASSERT_TRUE(Wait({NewsOfRoom(kRoom)}).ok());
  EXPECT_EQ(woken_, 2);
  EXPECT_TRUE(waiters_.draining());
}

}  // namespace
}  // namespace causeway::homeserver
