// Goal: ephemeral data goes along or alone, and delays nothing, as decide.h
// promises. Each step by itself is in decide_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/decide.h"
#include "services/push_dispatcher/core/decided_queue.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/ephemeral_buffer.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const EphemeralCounts& Counts(const DecidedQueue& queue) {
  return queue.state().ephemeral.counts();
}

TEST(DecideEphemeralTest, RidesAlongWithTheNextEvents) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "typing"});
  queue.set_typing(2);
  EXPECT_EQ(queue.Tell("typing"), "");
  EXPECT_EQ(queue.Tell("woken"), R"(load 1 behind [12], {"t":1},{"t":2})");
  EXPECT_EQ(queue.Tell("cut"), "");
  // It waits until it is sealed.
  EXPECT_FALSE(queue.state().ephemeral.empty());
  EXPECT_EQ(queue.Tell("200"),
            "write on n-1/1: ack n-1, [12] sealed "
            R"({n-2 1:14 x2 {"t":1},{"t":2}})");
  EXPECT_EQ(Counts(queue).rode_along, 2);
  EXPECT_EQ(queue.Tell("committed"), "send n-2, attempt 1");
}

// What was sealed is sealed: a repeat has it too.
TEST(DecideEphemeralTest, IsSentAgainWithItsEvents) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "typing", "woken", "cut", "200",
                 "committed", "500"});
  queue.AdvanceTime(absl::Minutes(5));
  EXPECT_THAT(queue.Tell("timer"), StartsWith("rebuild n-2"));
  EXPECT_EQ(queue.state().head.sealed[0].ephemeral, R"({"t":1})");
}

TEST(DecideEphemeralTest, OfACutThatIsThrownAwayItIsKept) {
  DecidedQueue queue;
  queue.TellAll(
      {"lease", "cut", "committed", "typing", "woken", "cut", "woken"});
  EXPECT_EQ(queue.Tell("200"), R"(load 1 behind [12], {"t":1})");
}

TEST(DecideEphemeralTest, OneThatDidNotFitInStaysForTheNext) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "typing", "woken", "full cut"});
  // That had nothing with it.
  EXPECT_EQ(queue.Tell("200"),
            "write on n-1/1: ack n-1, [12] sealed {n-2 1:112 x100}; "
            R"(load 1 behind [112], {"t":1})");
}

TEST(DecideEphemeralTest, OneCutAtATimeHasSome) {
  DecidedQueue queue({.remembers_every_id = true});
  queue.TellAll({"lease", "cut", "typing"});
  EXPECT_THAT(queue.Tell("woken"), HasSubstr(R"({"t":1})"));
  queue.set_typing(2);
  // Nothing is out or prepared that has the first.
  EXPECT_EQ(queue.Tell("typing"), "");
  EXPECT_EQ(queue.Tell("cut"), "");
  EXPECT_THAT(queue.Tell("woken"), ::testing::Not(HasSubstr("{")));
}

TEST(DecideEphemeralTest, GoesAloneOnceInAWhile) {
  DecidedQueue queue;
  queue.TellAll({"lease", "no cut", "typing", "200"});
  queue.AdvanceTime(absl::Milliseconds(10));
  EXPECT_EQ(queue.Tell("typing"), "timer 1m40.25s");
  queue.set_typing(2);
  EXPECT_EQ(queue.Tell("typing"), "");
  queue.AdvanceTime(absl::Milliseconds(240));
  EXPECT_THAT(
      queue.Tell("timer"),
      StartsWith(R"(send n-2 {"events":[],"ephemeral":[{"t":1},{"t":2}],)"));
  EXPECT_EQ(Counts(queue).sent_alone, 3);
}

TEST(DecideEphemeralTest, WaitsWhileAnyEventDoes) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "typing"});
  EXPECT_EQ(queue.Tell("200"), "write on n-1/1: ack n-1, [12] sealed {}");
  EXPECT_THAT(queue.Tell("committed"), StartsWith("send n-2 {\"events\":[],"));
}

// Its ID isn't used again, and nothing is heard of it.
TEST(DecideEphemeralTest, EventsDoNotWaitForIt) {
  DecidedQueue queue;
  queue.TellAll({"lease", "no cut", "typing", "woken"});
  EXPECT_EQ(queue.Tell("cut"), "write on old-8/0: [10] sealed {n-2 1:12 x2}");
  EXPECT_EQ(queue.Tell("committed"), "cancel");
  EXPECT_EQ(queue.phase(), "awaiting_stray");
  EXPECT_EQ(queue.Tell("typing"), "");  // Cancelled once.
  EXPECT_EQ(queue.Tell("cancelled"), "send n-2, attempt 1");
  EXPECT_EQ(queue.Tell("200"), "write on n-2/1: ack n-2, [12] sealed {}");
}

TEST(DecideEphemeralTest, AFailureIsFollowedByAPauseAndNoBackoff) {
  for (const char* answer : {"413", "400", "403", "500", "timeout"}) {
    SCOPED_TRACE(answer);
    DecidedQueue queue;
    queue.TellAll({"lease", "no cut", "typing"});
    EXPECT_EQ(queue.Tell(answer), "");
    EXPECT_EQ(queue.phase(), "idle");
    EXPECT_EQ(queue.Tell("typing"), "timer 2m10s");
    queue.AdvanceTime(absl::Seconds(30));
    EXPECT_THAT(queue.Tell("timer"), StartsWith("send n-2 "));
  }
}

// Whatever waited for it was forgotten, but an attempt is out still.
TEST(DecideEphemeralTest, EachLeaseSetsItsOwnTimer) {
  DecidedQueue queue;
  queue.TellAll({"lease", "no cut", "typing", "500"});
  EXPECT_EQ(queue.Tell("typing"), "timer 2m10s");
  queue.TellAll({"woken", "cut", "committed", "lease lost", "lease",
                 "cancelled", "no cut"});
  EXPECT_EQ(queue.Tell("typing"), "timer 2m10s");
}

TEST(DecideEphemeralTest, ALongerPauseIsGranted) {
  DecidedQueue queue;
  queue.TellAll({"lease", "no cut", "typing"});
  queue.Tell(AttemptFinished{.ticket = queue.state().attempt_ticket,
                             .outcome = AttemptOutcome::kFailed,
                             .retry_after = absl::Minutes(2)});
  EXPECT_EQ(queue.Tell("typing"), "timer 3m40s");
}

TEST(DecideEphemeralTest, EventsThatAreTakenEndThePause) {
  DecidedQueue queue;
  queue.TellAll({"lease", "no cut", "typing", "500", "woken", "cut",
                 "committed", "200", "typing"});
  EXPECT_EQ(queue.Tell("committed"), "timer 1m40.25s");
  queue.AdvanceTime(absl::Milliseconds(250));
  EXPECT_THAT(queue.Tell("timer"), StartsWith("send n-3 "));
}

TEST(DecideEphemeralTest, IsDroppedWhileNothingIsSent) {
  DecidedQueue backing_off;
  backing_off.TellAll({"lease", "cut", "committed", "typing", "500", "typing"});
  EXPECT_TRUE(backing_off.state().ephemeral.empty());
  EXPECT_EQ(Counts(backing_off).dropped, 2);

  DecidedQueue paused({.paused = true});
  paused.TellAll({"lease", "typing"});
  EXPECT_EQ(Counts(paused).dropped, 1);

  DecidedQueue draining;
  draining.TellAll({"lease", "cut", "typing", "drain", "typing"});
  EXPECT_EQ(Counts(draining).dropped, 2);
}

// The events go again without it, be it only one.
TEST(DecideEphemeralTest, IsLeftOutOfWhatWasTooLarge) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "typing", "woken", "cut", "200",
                 "committed"});
  EXPECT_EQ(queue.Tell("413"), "split n-2 at 20 bytes");
  EXPECT_EQ(queue.Tell("split into one"),
            "write on n-2/1: retire n-2 after 1, [12] sealed {n-3 1:14 x2}");
  EXPECT_THAT(queue.Tell("committed"), StartsWith("send n-3, attempt 1"));

  DecidedQueue of_one;
  of_one.TellAll({"lease"});
  of_one.Tell(NextLoaded{of_one.state().load_ticket,
                         {{.source_id = 1,
                           .last_position = 11,
                           .event_count = 1,
                           .body_sha256 = "sha",
                           .publish_time = absl::UnixEpoch(),
                           .body = std::make_shared<std::string>(40, 'b'),
                           .ephemeral = "{}"}}});
  of_one.Tell("committed");
  EXPECT_EQ(of_one.Tell("413"), "split n-1 at 20 bytes");
  of_one.TellAll({"split into one", "committed", "no cut"});
  EXPECT_THAT(of_one.Tell("413"), StartsWith("write on n-2/1: quarantine n-2"));
}

// Nor do events suffer from what a service can't read in it.
TEST(DecideEphemeralTest, IsLeftOutOfWhatWasRejected) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "typing", "woken", "cut", "200",
                 "committed"});
  EXPECT_EQ(queue.Tell("400"), "split n-2 at 1048576 bytes");
  EXPECT_EQ(queue.Tell("split into one"),
            "write on n-2/1: retire n-2 after 1, [12] sealed {n-3 1:14 x2}");
  EXPECT_FALSE(queue.state().write.retired->too_large);
  EXPECT_EQ(queue.state().settings.body_bytes_max_learned, 0);
  EXPECT_THAT(queue.Tell("committed"), StartsWith("send n-3, attempt 1"));
  queue.Tell("400");
  EXPECT_EQ(queue.phase(), "backing_off");
}

// What is too large for a service that takes little is dropped.
TEST(DecideEphemeralTest, KeepsToTheLimitThatWasLearnt) {
  DecidedQueue queue({.body_bytes_max_learned = 110});
  queue.TellAll({"lease", "no cut"});
  EXPECT_EQ(queue.Tell("typing"), "");
  EXPECT_EQ(queue.phase(), "idle");
  EXPECT_EQ(Counts(queue).dropped, 1);
}

// An attempt of another lease is waited for, as always.
TEST(DecideEphemeralTest, NeverASecondAttemptBesideIt) {
  DecidedQueue queue;
  queue.TellAll({"lease", "no cut", "typing"});
  EXPECT_THAT(queue.Tell("lease"), StartsWith("cancel"));
  EXPECT_EQ(queue.Tell("no cut"), "");
  EXPECT_EQ(queue.Tell("typing"), "");
  EXPECT_EQ(queue.Tell("cancelled"), "timer 1m40.25s");
}

}  // namespace
}  // namespace causeway::push
