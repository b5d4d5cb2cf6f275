#include "services/homeserver/sync/long_poll.h"

#include <prometheus/registry.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/news/event_news.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/news/stream_follower.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_metrics.h"
#include "services/homeserver/rooms/syncs_waiting.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/sync/events_reader.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/homeserver/sync/test_updates.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";

class LongPollTest : public ::testing::Test {
 protected:
  LongPollTest() {
    AppendRoom(store_, kRoom, kBob);
    Append(store_, kRoom, MemberDraft(kAlice, kAlice, "join"));
  }

  int64_t Now() { return store_.LastPosition().value(); }

  std::future<absl::StatusOr<SyncResult>> Sync(
      std::optional<int64_t> since, absl::Duration timeout,
      std::stop_token stop_waiting = {}) {
    if (!since.has_value()) {
      return SyncFrom(std::nullopt, timeout, std::move(stop_waiting));
    }
    return SyncFrom(SyncPosition{.events = *since}, timeout,
                    std::move(stop_waiting));
  }

  std::future<absl::StatusOr<SyncResult>> SyncFrom(
      std::optional<SyncPosition> since, absl::Duration timeout,
      std::stop_token stop_waiting = {}) {
    return boost::asio::co_spawn(
        executor_.asio_executor(),
        AwaitSync(since, timeout, std::move(stop_waiting)),
        boost::asio::use_future);
  }

  boost::asio::awaitable<absl::StatusOr<SyncResult>> AwaitSync(
      std::optional<SyncPosition> since, absl::Duration timeout,
      std::stop_token stop_waiting) {
    SyncQuery query = {.user_id = User(kAlice),
                       .txn_scope = "token:alice",
                       .since = since,
                       .filter = {},
                       .full_state = false};
    const server::CallContext call = server::MakeCallContext(absl::Minutes(2));
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        std::unique_ptr<SyncResult> result,
        co_await long_poll_.Sync(query, timeout, call, stop_waiting));
    co_return std::move(*result);
  }

  std::future<absl::StatusOr<EventsPage>> Listen(
      std::stop_token stop_waiting = {}) {
    return boost::asio::co_spawn(
        executor_.asio_executor(),
        long_poll_.Listen(
            {.user_id = User(kAlice), .from = std::nullopt, .room_id = ""},
            absl::Minutes(1), server::MakeCallContext(absl::Minutes(2)),
            std::move(stop_waiting)),
        boost::asio::use_future);
  }

  // Until the last of these waits for news.
  void WaitUntilItWaits() {
    while (Waiting() == 0) std::this_thread::yield();
  }
  int Waiting() const { return SyncsWaiting(metrics_registry_); }

  // Until the follower knows where the stream ends: what was committed before
  // that is no news to it.
  void WaitUntilItFollows() {
    auto waiting = Sync(Now(), absl::Minutes(1));
    WaitUntilItWaits();
    Append(store_, kRoom, Draft(kBob, "m.room.message", "{}"));
    follower_.Wake();
    waiting.get().value();
  }

  const RealClock clock_;
  prometheus::Registry metrics_registry_;
  RoomMetrics metrics_{metrics_registry_};
  FakeRoomStore store_;
  NewsWaiters waiters_{{}};
  TestUpdates updates_{store_, waiters_, clock_};
  EventNews events_{store_, [this](const RoomHistory::Touched& touched) {
                      updates_.presence.Moved(touched.member, touched.room_id,
                                              touched.is_join);
                    }};
  StreamFollower follower_{
      {.poll_interval = absl::Hours(1)}, events_, waiters_};
  LongPoll long_poll_{store_, updates_.sources(), waiters_, metrics_, clock_};
  server::Executor executor_{{.threads = 1}};
};

TEST_F(LongPollTest, FirstSyncDoesNotWait) {
  absl::StatusOr<SyncResult> result =
      Sync(std::nullopt, absl::Minutes(1)).get();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->joined.size(), 1u);
  EXPECT_EQ(result->position.events, Now());
}

TEST_F(LongPollTest, AnswersAtOnceWhenThereIsNews) {
  const int64_t since = Now();
  Append(store_, kRoom, Draft(kBob, "m.room.message", "{}"));
  EXPECT_EQ(Sync(since, absl::Minutes(1)).get()->joined.size(), 1u);
}

TEST_F(LongPollTest, WithoutATimeoutItNeverWaits) {
  absl::StatusOr<SyncResult> result = Sync(Now(), absl::ZeroDuration()).get();
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->has_news());
  EXPECT_EQ(result->position.events, Now());
}

TEST_F(LongPollTest, AnswersWithoutNewsWhenTheTimeIsOver) {
  EXPECT_FALSE(Sync(Now(), absl::Milliseconds(1)).get()->has_news());
}

// Goal: who waits holds no thread. Method: an executor of one thread on which
// the first waits while a second is answered.
TEST_F(LongPollTest, WaitsWithoutAThreadUntilThereIsNews) {
  auto waiting = Sync(Now(), absl::Minutes(1));
  WaitUntilItWaits();
  EXPECT_TRUE(Sync(std::nullopt, absl::ZeroDuration()).get().ok());
  Append(store_, kRoom, Draft(kBob, "m.room.message", R"({"body":"hi!"})"));
  follower_.Wake();
  absl::StatusOr<SyncResult> result = waiting.get();
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->joined.size(), 1u);
  EXPECT_EQ(BodyOf(result->joined[0].timeline[0]), "hi!");
  EXPECT_EQ(Waiting(), 0);
}

TEST_F(LongPollTest, GoesOnWaitingWhenTheNewsIsNotForIt) {
  auto waiting = Sync(Now(), absl::Minutes(1));
  WaitUntilItWaits();
  // It wakes her, but a knock is nothing that a sync tells...
  Append(store_, "!new:hs", MemberDraft(kBob, kAlice, "knock"));
  follower_.Wake();
  // ...and an invitation is.
  Append(store_, "!new:hs", MemberDraft(kBob, kAlice, "invite"));
  follower_.Wake();
  EXPECT_EQ(waiting.get()->invited.size(), 1u);
}

TEST_F(LongPollTest, DrainingEndsTheWaiting) {
  auto waiting = Sync(Now(), absl::Minutes(1));
  WaitUntilItWaits();
  waiters_.Drain();
  EXPECT_FALSE(waiting.get()->has_news());
}

TEST_F(LongPollTest, EndsAtOnceWhenNobodyWaitsAnyMore) {
  std::stop_source caller;
  auto waiting = Sync(Now(), absl::Minutes(1), caller.get_token());
  WaitUntilItWaits();
  caller.request_stop();
  EXPECT_TRUE(absl::IsCancelled(waiting.get().status()));
  EXPECT_EQ(Waiting(), 0);
  // One that comes too late gets its place back as well.
  EXPECT_TRUE(absl::IsCancelled(
      Sync(Now(), absl::Minutes(1), caller.get_token()).get().status()));
  // News is not withheld, which costs nothing any more.
  const int64_t since = Now();
  Append(store_, kRoom, Draft(kBob, "m.room.message", "{}"));
  EXPECT_TRUE(Sync(since, absl::Minutes(1), caller.get_token()).get().ok());
}

TEST_F(LongPollTest, ListeningEndsWhenNobodyWaitsAnyMore) {
  std::stop_source caller;
  auto waiting = Listen(caller.get_token());
  WaitUntilItWaits();
  caller.request_stop();
  EXPECT_TRUE(absl::IsCancelled(waiting.get().status()));
  EXPECT_EQ(Waiting(), 0);
}

TEST_F(LongPollTest, ListeningWaitsFromNowOn) {
  auto waiting = Listen();
  WaitUntilItWaits();
  const int64_t start = Now();
  Append(store_, kRoom, MessageDraft(kBob, "hi!"));
  follower_.Wake();
  const EventsPage page = waiting.get().value();
  ASSERT_EQ(page.event_jsons.size(), 1u);
  EXPECT_EQ(page.start.events, start);
  EXPECT_EQ(page.position.events, Now());
}

// Goal: what isn't an event wakes as well. Method: typing, which is only in
// memory.
TEST_F(LongPollTest, TypingWakes) {
  auto waiting = Sync(Now(), absl::Minutes(1));
  WaitUntilItWaits();
  updates_.typing.Set(kRoom, kBob, absl::Seconds(30));
  absl::StatusOr<SyncResult> result = waiting.get();
  ASSERT_EQ(result->joined.size(), 1u);
  EXPECT_EQ(result->joined[0].ephemeral.size(), 1u);
}

// Goal: presence meets who comes into a room, both ways. Method: bob was there
// and online before alice, who waits, came.
TEST_F(LongPollTest, WhoComesIntoARoomSeesWhoIsThereAndIsSeen) {
  constexpr char kNew[] = "!new:hs";
  WaitUntilItFollows();
  AppendRoom(store_, kNew, kBob);
  updates_.presence.Set(kBob, PresenceState::kOnline, "", true, {kRoom, kNew});
  updates_.presence.Set(kAlice, PresenceState::kOnline, "", true, {kRoom});
  const SyncPosition known =
      Sync(std::nullopt, absl::ZeroDuration()).get()->position;
  auto waiting = SyncFrom(known, absl::Minutes(1));
  WaitUntilItWaits();
  Append(store_, kNew, MemberDraft(kAlice, kAlice, "join"));
  follower_.Wake();
  const SyncResult result = waiting.get().value();
  EXPECT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(result.presence, Contains(HasSubstr(kBob)));
  const auto told = updates_.presence.ListAfter(
      known.ephemeral.number,
      {.user_id = kBob, .room_ids = {kNew}, .new_room_ids = {}, .filter = {}});
  EXPECT_THAT(told, ElementsAre(HasSubstr(kAlice)));
}

TEST_F(LongPollTest, TellsWhenTheDatabaseIsAway) {
  store_.FailWith(absl::UnavailableError("away"));
  EXPECT_EQ(Sync(1, absl::Minutes(1)).get().status(),
            absl::UnavailableError("away"));
}

}  // namespace
}  // namespace causeway::homeserver
