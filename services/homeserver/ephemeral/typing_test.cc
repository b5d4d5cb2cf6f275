#include "services/homeserver/ephemeral/typing.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/ephemeral/ephemeral_count.h"
#include "services/homeserver/ephemeral/recording_sink.h"
#include "services/homeserver/news/news_key.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";
constexpr absl::Duration kWhile = absl::Seconds(30);

class TypingTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  EphemeralCount count_{1};
  NewsWaiters waiters_{{}};
  RecordingSink sink_;
  Typing typing_{{.rooms_max = 2, .users_per_room_max = 2},
                 count_,
                 waiters_,
                 sink_,
                 clock_};
};

TEST_F(TypingTest, WhoTypesIsToldUntilTheyStop) {
  EXPECT_EQ(typing_.EventAfter(kRoom, 0), "");
  typing_.Set(kRoom, kAlice, kWhile);
  const int64_t one = count_.Last().number;
  typing_.Set(kRoom, kBob, kWhile);
  EXPECT_EQ(typing_.EventAfter(kRoom, one),
            R"({"content":{"user_ids":["@alice:hs","@bob:hs"]},)"
            R"("type":"m.typing"})");
  const int64_t two = count_.Last().number;
  EXPECT_EQ(typing_.EventAfter(kRoom, two), "");
  typing_.Set(kRoom, kAlice, absl::ZeroDuration());
  typing_.Set(kRoom, kBob, absl::ZeroDuration());
  EXPECT_THAT(typing_.EventAfter(kRoom, two), HasSubstr(R"("user_ids":[])"));
  EXPECT_EQ(typing_.EventAfter(kRoom, 0), "");
}

TEST_F(TypingTest, GoingOnIsNoNews) {
  typing_.Set(kRoom, kAlice, kWhile);
  const int64_t since = count_.Last().number;
  typing_.Set(kRoom, kAlice, kWhile);
  typing_.Set(kRoom, kBob, absl::ZeroDuration());
  EXPECT_EQ(typing_.EventAfter(kRoom, since), "");
  EXPECT_EQ(sink_.events().size(), 1u);
}

TEST_F(TypingTest, TimesOutUnlessItGoesOn) {
  typing_.Set(kRoom, kAlice, kWhile);
  clock_.AdvanceTime(absl::Seconds(20));
  typing_.Set(kRoom, kAlice, kWhile);
  clock_.AdvanceTime(absl::Milliseconds(29999));
  typing_.Expire();
  EXPECT_THAT(typing_.EventAfter(kRoom, 0), HasSubstr(kAlice));
  clock_.AdvanceTime(absl::Milliseconds(1));
  typing_.Expire();
  EXPECT_EQ(typing_.EventAfter(kRoom, 0), "");
}

TEST_F(TypingTest, WakesAndTellsApplicationServices) {
  bool woken = false;
  ASSERT_TRUE(
      waiters_
          .NotifyOnce({.keys = {NewsOfRoom(kRoom)}, .since = waiters_.Now()},
                      [&] { woken = true; })
          .ok());
  typing_.Set(kRoom, kAlice, kWhile);
  EXPECT_TRUE(woken);
  ASSERT_EQ(sink_.events().size(), 1u);
  EXPECT_THAT(sink_.events()[0].json, HasSubstr(R"("room_id":"!r:hs")"));
}

TEST_F(TypingTest, IsBounded) {
  for (const char* user : {kAlice, kBob, "@carol:hs"}) {
    typing_.Set(kRoom, user, kWhile);
  }
  EXPECT_THAT(typing_.EventAfter(kRoom, 0), testing::Not(HasSubstr("carol")));
  typing_.Set("!2:hs", kAlice, kWhile);
  typing_.Set("!3:hs", kAlice, kWhile);
  EXPECT_EQ(typing_.EventAfter(kRoom, 0), "");
  EXPECT_THAT(typing_.EventAfter("!3:hs", 0), HasSubstr(kAlice));
}

}  // namespace
}  // namespace causeway::homeserver
