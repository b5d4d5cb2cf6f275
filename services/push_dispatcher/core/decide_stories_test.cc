// Goal: what takes more than one step goes as decide.h promises. Each step by
// itself is in decide_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/decide.h"
#include "services/push_dispatcher/core/decided_queue.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(DecideStoriesTest, AnswersToWhatWasGivenUpAreIgnored) {
  struct Case {
    const char* name;
    std::vector<std::string> way;
    std::function<DeliveryEvent(Ticket)> answer;
    Ticket DeliveryState::*ticket;
  };
  const Case cases[] = {
      {"load",
       {"lease"},
       [](Ticket t) {
         return NextLoaded{t, {Cut()}};
       },
       &DeliveryState::load_ticket},
      {"rebuild",
       {"lease, sealed"},
       [](Ticket t) {
         return SealedRebuilt{t, nullptr};
       },
       &DeliveryState::rebuild_ticket},
      {"split",
       {"lease", "cut", "committed", "413"},
       [](Ticket t) {
         return SealedSplit{t, {Cut(), Cut()}};
       },
       &DeliveryState::split_ticket},
      {"commit",
       {"lease", "cut"},
       [](Ticket t) { return WriteCommitted{t}; },
       &DeliveryState::write_ticket},
      {"read",
       {"lease", "cut", "refused"},
       [](Ticket t) {
         return HeadRead{t, {}};
       },
       &DeliveryState::read_ticket},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    DecidedQueue queue;
    queue.TellAll(test.way);
    const Ticket stale = queue.state().*test.ticket;
    ASSERT_NE(stale, 0);
    queue.TellAll({"lease lost", "lease"});
    EXPECT_EQ(queue.Tell(test.answer(stale)), "");
    EXPECT_EQ(queue.phase(), "loading");
  }
}

TEST(DecideStoriesTest, WhatIsPutAsideTellsHowItsLastAttemptWent) {
  DecidedQueue queue(
      {.on_rejection = OnRejection::kQuarantine, .rejections_max = 2});
  queue.TellAll({"lease", "cut", "committed", "400"});
  queue.AdvanceTime(absl::Minutes(10));
  queue.TellAll({"timer", "rebuilt", "no cut", "400"});
  ASSERT_EQ(queue.state().write.settled.size(), 1);
  const LastAttempt& last =
      queue.state().write.settled[0].settlement.last_attempt;
  EXPECT_EQ(last.attempts, 2);
  EXPECT_EQ(last.error, "HTTP 400");
  EXPECT_EQ(last.time, absl::UnixEpoch() + absl::Minutes(70));
}

// It isn't sending, and nothing but an operator can help.
TEST(DecideStoriesTest, AQueueThatCannotBeCutIsBlocked) {
  DecidedQueue queue;
  queue.Tell("lease");
  queue.Tell(NextNotLoaded{queue.state().load_ticket, "a segment is missing"});
  EXPECT_EQ(queue.phase(), "blocked");
  queue.AdvanceTime(absl::Seconds(1));
  queue.Tell("timer");  // It is tried again, and blocked meanwhile.
  EXPECT_EQ(queue.phase(), "blocked");
  queue.Tell("cut");
  EXPECT_EQ(queue.phase(), "committing");
  EXPECT_EQ(queue.state().load_error, "");
}

TEST(DecideStoriesTest, CatchesUpWithOneCommitATransaction) {
  DecidedQueue queue;
  queue.TellAll({"lease", "full cut"});
  EXPECT_EQ(queue.Tell("full cut"), "");  // Ready before it's needed.
  EXPECT_EQ(queue.Tell("committed"), "send n-1, attempt 1");
  EXPECT_EQ(queue.Tell("200"),
            "write on n-1/1: ack n-1, [110] sealed {n-2 1:210 x100}; load 1 "
            "behind [210]");
  EXPECT_EQ(queue.Tell("committed"), "send n-2, attempt 1");
}

// Else a slow service would get, after an outage, the small transactions of the
// moments in which something came.
TEST(DecideStoriesTest, ASmallCutIsMadeAgainWhenMoreHasComeMeanwhile) {
  DecidedQueue queue;
  queue.TellAll({"lease", "full cut", "cut", "committed", "woken"});
  EXPECT_EQ(queue.Tell("200"), "load 1 behind [110]");
  EXPECT_EQ(queue.Tell("full cut"),
            "write on n-1/1: ack n-1, [110] sealed {n-2 1:210 x100}; load 1 "
            "behind [210]");
}

TEST(DecideStoriesTest, AFullCutIsUsedThoughMoreHasCome) {
  DecidedQueue queue;
  queue.TellAll({"lease", "full cut", "full cut", "committed", "woken"});
  EXPECT_THAT(queue.Tell("200"),
              StartsWith("write on n-1/1: ack n-1, [110] sealed {n-2 1:210"));
}

TEST(DecideStoriesTest, AWakeIsRememberedUntilItIsLookedInto) {
  DecidedQueue queue;
  queue.TellAll({"lease", "woken"});
  EXPECT_EQ(queue.Tell("no cut"), "load 1 behind [10]");
}

TEST(DecideStoriesTest, RetriesTheSameIdWithGrowingPauses) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed"});
  for (int attempt = 1; attempt <= 12; ++attempt) {
    SCOPED_TRACE(attempt);
    queue.Tell("500");
    EXPECT_EQ(queue.phase(), "backing_off");
    EXPECT_EQ(queue.state().copies[0].body, nullptr);  // P5: not kept so long.
    const absl::Duration pause = queue.state().send_at - queue.now();
    EXPECT_GE(pause, absl::Seconds(1));
    EXPECT_LE(pause, absl::Minutes(5));
    queue.AdvanceTime(pause);
    EXPECT_THAT(queue.Tell("timer"), StartsWith("rebuild n-1"));
    EXPECT_THAT(queue.Tell("rebuilt"),
                StartsWith(absl::StrCat("send n-1, attempt ", attempt + 1)));
  }
}

TEST(DecideStoriesTest, ThePauseIsAsLongAsTheServiceAsks) {
  struct Case {
    const char* name;
    absl::Duration retry_after;
    absl::Duration pause;
  };
  const Case cases[] = {
      {"less than the backoff", absl::Milliseconds(1), absl::Seconds(1)},
      {"longer", absl::Minutes(7), absl::Minutes(7)},
      {"longer than is borne", absl::Hours(1000), absl::Hours(1)},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    DecidedQueue queue;
    queue.TellAll({"lease", "cut", "committed"});
    queue.Tell(AttemptFinished{.ticket = queue.state().attempt_ticket,
                               .outcome = AttemptOutcome::kFailed,
                               .retry_after = test.retry_after});
    EXPECT_EQ(queue.state().send_at - queue.now(), test.pause);
  }
}

TEST(DecideStoriesTest, SuccessAndAnOperatorResetTheBackoff) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "500"});
  EXPECT_EQ(queue.state().failures, 1);
  queue.TellAll({"sign of life", "rebuilt", "500"});
  EXPECT_EQ(queue.state().failures, 2);
  queue.TellAll({"retry now"});
  EXPECT_EQ(queue.state().failures, 0);
  queue.TellAll({"rebuilt", "500", "retry now", "rebuilt", "200"});
  EXPECT_EQ(queue.state().failures, 0);
}

TEST(DecideStoriesTest, SignsOfLifeBringForwardOneTryInFiveSeconds) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "500", "sign of life", "no cut",
                 "rebuilt", "500"});
  EXPECT_EQ(queue.Tell("sign of life"), "");
  queue.AdvanceTime(absl::Seconds(5));
  EXPECT_THAT(queue.Tell("sign of life"), StartsWith("rebuild n-1"));
}

// The bridge has said when; a ping or an operator says that it is otherwise.
TEST(DecideStoriesTest, ARetryAfterOutlastsSignsOfLifeButNotAPing) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "500", "sign of life", "no cut",
                 "rebuilt"});
  queue.Tell(AttemptFinished{.ticket = queue.state().attempt_ticket,
                             .outcome = AttemptOutcome::kFailed,
                             .retry_after = absl::Seconds(30)});
  queue.AdvanceTime(absl::Seconds(29));
  EXPECT_EQ(queue.Tell("sign of life"), "");
  EXPECT_EQ(queue.phase(), "backing_off");
  EXPECT_THAT(queue.Tell("retry now"), StartsWith("rebuild n-1"));
  // The next failure asks for nothing: signs of life count again.
  queue.TellAll({"no cut", "rebuilt", "500"});
  EXPECT_THAT(queue.Tell("sign of life"), StartsWith("rebuild n-1"));
}

// --- Cancelling (hard case 9) ------------------------------------------------

LeaseAcquired Retaken(const DecidedQueue& queue, bool paused) {
  const DeliveryState& state = queue.state();
  return {state.epoch + 1, "r", state.head, {.paused = paused}};
}

TEST(DecideStoriesTest, APauseEndsAnAttemptThatHangs) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed"});
  EXPECT_EQ(queue.Tell(Retaken(queue, /*paused=*/true)), "cancel");
  EXPECT_EQ(queue.Tell("cancelled"), "");
  EXPECT_EQ(queue.phase(), "paused");
  // Perhaps it was taken: the same again, under the same ID.
  queue.Tell(Retaken(queue, /*paused=*/false));
  queue.Tell("no cut");
  EXPECT_EQ(queue.Tell("rebuilt"), "send n-1, attempt 1");
}

// Another act, say a policy: the service may be at work on what stays the
// front.
TEST(DecideStoriesTest, AnActThatLeavesTheFrontLeavesItsAttempt) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed"});
  EXPECT_EQ(queue.Tell(Retaken(queue, /*paused=*/false)),
            "rebuild n-1; load 1 behind [12]");
  EXPECT_EQ(queue.phase(), "awaiting_stray");
  EXPECT_EQ(queue.Tell("lease lost"), "cancel");
}

TEST(DecideStoriesTest, AnAttemptIsCancelledOnce) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed"});
  EXPECT_EQ(queue.Tell("lease lost"), "cancel");
  // Ours again before it has answered: nothing is sent beside it.
  EXPECT_EQ(queue.Tell("lease, sealed"), "rebuild old-9; load 1 behind [14]");
  EXPECT_EQ(queue.Tell("rebuilt"), "");
  EXPECT_EQ(queue.Tell("cancelled"), "send old-9, attempt 1");
}

TEST(DecideStoriesTest, StoreThatIsAwayIsAskedAgain) {
  struct Case {
    std::vector<std::string> way;
    std::string effects;
  };
  const Case cases[] = {
      {{"lease", "cut failed"}, "load 1 behind [10]"},
      {{"lease, sealed", "no cut", "rebuild failed"}, "rebuild old-9"},
      {{"lease", "cut", "unknown", "head failed"}, "read head"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.effects);
    DecidedQueue queue;
    queue.TellAll(test.way);
    EXPECT_EQ(queue.Tell("timer"), "timer 1m41s");  // Too early.
    queue.AdvanceTime(absl::Seconds(1));
    EXPECT_EQ(queue.Tell("timer"), test.effects);
  }
}

// Else a write of ours that came through late would look like lost bytes.
TEST(DecideStoriesTest, AnAlarmOnlyIfTheHeadStillHasWhatCantBeMadeAgain) {
  DecidedQueue queue;
  queue.TellAll({"lease, sealed", "no cut", "not reproduced"});
  EXPECT_EQ(queue.Tell("head"), "load 1 behind [10]");
  queue.TellAll({"lease, sealed", "no cut", "not reproduced"});
  EXPECT_EQ(queue.Tell("head, sealed"), "alarm old-9; timer 1m41s");
  EXPECT_EQ(queue.phase(), "blocked");
}

// --- Refusals ----------------------------------------------------------------

TEST(DecideStoriesTest, PiecesTakeThePlaceOfWhatWasTooLarge) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "413", "split"});
  EXPECT_THAT(queue.Tell("committed"), StartsWith("send n-2, attempt 1"));
  // What follows them is cut by what was learnt, and sealed behind both.
  queue.Tell("cut");
  EXPECT_EQ(queue.Tell("200"),
            "write on n-3/2: ack n-2, [11] sealed {n-3 1:12 x1}");
  EXPECT_EQ(queue.Tell("committed"), "send n-3, attempt 1");
  EXPECT_EQ(queue.Tell("200"),
            "write on n-3/1: ack n-3, [12] sealed {n-4 1:14 x2}");
}

TEST(DecideStoriesTest, ARetirementTellsWhetherItMayHaveBeenTaken) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "committed", "timeout", "retry now", "rebuilt",
                 "no cut", "413"});
  EXPECT_THAT(queue.Tell("split"), HasSubstr("retire n-1 after 2 (possibly"));
  DecidedQueue inherited;
  inherited.TellAll({"lease, sealed", "rebuilt", "no cut", "413"});
  EXPECT_THAT(inherited.Tell("split"), HasSubstr("after 1 (possibly taken)"));
}

TEST(DecideStoriesTest, ALoneEventThatIsTooLargeIsPutAside) {
  DecidedQueue queue;
  queue.TellAll(
      {"lease", "cut", "committed", "413", "split", "committed", "no cut"});
  EXPECT_EQ(queue.Tell("413"),
            "write on n-3/2: quarantine n-2, [11] sealed {n-3 1:12 x1}");
  EXPECT_NE(queue.state().settled[0].body, nullptr);
  EXPECT_EQ(queue.Tell("committed"), "send n-3, attempt 1");
}

TEST(DecideStoriesTest, RejectionsAreTreatedByPolicy) {
  struct Case {
    const char* name;
    OnRejection on_rejection;
    std::string last_effects;
  };
  const Case cases[] = {
      {"block", OnRejection::kBlock, "timer 1m42s"},
      {"quarantine", OnRejection::kQuarantine,
       "write on n-1/1: quarantine n-1, [12] sealed {}"},
      {"skip", OnRejection::kSkip, "write on n-1/1: skip n-1, [12] sealed {}"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    DecidedQueue queue(
        {.on_rejection = test.on_rejection, .rejections_max = 2});
    queue.TellAll(
        {"lease", "cut", "committed", "400", "retry now", "rebuilt", "no cut"});
    queue.AdvanceTime(absl::Seconds(1));
    EXPECT_EQ(queue.Tell("400"), test.last_effects);
  }
}

// Else what was refused long ago would count against a transaction that is
// refused because its service is just being set up anew.
TEST(DecideStoriesTest, RejectionsCountInARow) {
  for (const char* other : {"403", "500", "timeout"}) {
    SCOPED_TRACE(other);
    DecidedQueue queue(
        {.on_rejection = OnRejection::kQuarantine, .rejections_max = 2});
    queue.TellAll({"lease", "cut", "committed", "400", "retry now", "rebuilt",
                   "no cut", other, "retry now", "rebuilt", "no cut"});
    queue.AdvanceTime(absl::Seconds(1));
    EXPECT_EQ(queue.Tell("400"), "timer 1m42s");
    queue.TellAll({"retry now", "rebuilt", "no cut"});
    EXPECT_THAT(queue.Tell("400"), HasSubstr("quarantine n-1"));
  }
}

// They say nothing about the transaction: the next one would fare no better.
TEST(DecideStoriesTest, RefusalsOfTheWholeServiceNeverQuarantine) {
  for (const char* answer : {"403", "500", "timeout"}) {
    SCOPED_TRACE(answer);
    DecidedQueue queue(
        {.on_rejection = OnRejection::kQuarantine, .rejections_max = 1});
    queue.TellAll({"lease", "cut", "committed"});
    EXPECT_EQ(queue.Tell(answer), "timer 1m41s");
  }
}

// --- Age ---------------------------------------------------------------------

TEST(DecideStoriesTest, WhatHasGrownTooOldIsTreatedByPolicy) {
  DecidedQueue dropping(
      {.on_expiry = OnExpiry::kDrop, .event_age_max = absl::Minutes(1)});
  dropping.TellAll({"lease", "cut", "committed", "500"});
  dropping.AdvanceTime(absl::Minutes(2));
  dropping.Tell("timer");
  EXPECT_EQ(dropping.Tell("no cut"),
            "write on n-1/1: drop n-1, [12] sealed {}");

  DecidedQueue quarantining(
      {.on_expiry = OnExpiry::kQuarantine, .event_age_max = absl::Minutes(1)});
  quarantining.TellAll({"lease", "cut", "committed", "500"});
  quarantining.AdvanceTime(absl::Minutes(2));
  quarantining.TellAll({"timer", "no cut"});
  EXPECT_EQ(quarantining.Tell("rebuilt"),
            "write on n-1/1: quarantine n-1, [12] sealed {}");
}

// Its bytes, when they come, are those of a transaction that is gone.
TEST(DecideStoriesTest, ARebuiltBodyIsNotTakenForTheNextTransactions) {
  DecidedQueue queue({.remembers_every_id = true,
                      .on_expiry = OnExpiry::kDrop,
                      .event_age_max = absl::Minutes(1)});
  queue.TellAll({"lease, sealed"});
  const Ticket rebuild = queue.state().rebuild_ticket;
  queue.TellAll({"cut", "committed"});
  queue.AdvanceTime(absl::Minutes(2));
  queue.Tell("woken");
  ASSERT_EQ(queue.state().settled.size(), 2);
  EXPECT_THAT(queue.Tell(SealedRebuilt{rebuild, nullptr}),
              Not(HasSubstr("send")));
}

// --- Sealing ahead, for those that remember every ID
// --------------------------

TEST(DecideStoriesTest, SealsAheadAndLetsSettlementsLag) {
  DecidedQueue queue({.remembers_every_id = true});
  EXPECT_EQ(queue.Tell("lease"), "load 10 behind [10]");
  EXPECT_EQ(queue.Tell("two cuts"),
            "write on old-8/0: [10] sealed {n-1 1:110 x100, n-2 1:112 x2}");
  EXPECT_EQ(queue.Tell("committed"), "send n-1, attempt 1");
  EXPECT_EQ(queue.Tell("200"),
            "send n-2, attempt 1; write on n-2/2: ack n-1, [110] sealed {n-2 "
            "1:112 x2}");
  // Taken while the write before is still out: one write for what comes then.
  EXPECT_EQ(queue.Tell("200"), "");
  EXPECT_EQ(queue.Tell("woken"), "load 10 behind [112]");
  EXPECT_EQ(queue.Tell("cut"), "");
  EXPECT_EQ(queue.Tell("committed"),
            "write on n-2/1: ack n-2, [112] sealed {n-3 1:114 x2}");
}

TEST(DecideStoriesTest, AheadIsBounded) {
  DecidedQueue queue({.remembers_every_id = true});
  queue.TellAll({"lease"});
  for (int i = 0; i < 30; ++i) queue.TellAll({"full cut", "committed"});
  EXPECT_EQ(queue.state().head.sealed.size(), 10);
  EXPECT_LE(queue.state().prepared.size(), 10);
}

TEST(DecideStoriesTest, WhatWasLearntOfSizesOnlyFalls) {
  DecidedQueue queue({.remembers_every_id = true});
  queue.TellAll({"lease", "two cuts", "committed"});
  EXPECT_EQ(queue.Tell("413"), "split n-1 at 20 bytes");
  queue.TellAll({"split", "committed"});
  EXPECT_EQ(queue.state().settings.body_bytes_max_learned, 20);
  // A smaller one that was refused would have taught less than this.
  DecidedQueue learnt(
      {.remembers_every_id = true, .body_bytes_max_learned = 5});
  learnt.TellAll({"lease", "two cuts", "committed"});
  EXPECT_EQ(learnt.Tell("413"), "split n-1 at 5 bytes");
  EXPECT_EQ(learnt.state().settings.body_bytes_max_learned, 5);
}

TEST(DecideStoriesTest, SealedSuccessorsStayWhereTheyAre) {
  DecidedQueue queue({.remembers_every_id = true});
  queue.TellAll({"lease", "two cuts", "committed", "413"});
  EXPECT_EQ(queue.Tell("split"),
            "write on n-2/2: retire n-1 after 1, [10] sealed {n-3 1:11 x1, n-4 "
            "1:110 x99, n-2 1:112 x2}");
  EXPECT_THAT(queue.Tell("committed"), StartsWith("send n-3, attempt 1"));
}

// --- Pause, drain, IDs
// --------------------------------------------------------

TEST(DecideStoriesTest, APausedQueueBeginsNothing) {
  DecidedQueue queue({.paused = true});
  EXPECT_EQ(queue.Tell("lease, sealed"), "");
  EXPECT_EQ(queue.phase(), "paused");
  EXPECT_EQ(queue.Tell("woken"), "");
  EXPECT_EQ(queue.Tell("retry now"), "");
}

TEST(DecideStoriesTest, DrainingFinishesWhatIsHalfDoneAndNoMore) {
  struct Case {
    std::vector<std::string> way;
    std::string last_event;
    std::string effects;
    std::string phase_after;
  };
  const std::vector<std::string> sending = {"lease",     "full cut", "full cut",
                                            "committed", "woken",    "drain"};
  const Case cases[] = {
      {sending, "200", "write on n-1/1: ack n-1, [110] sealed {}",
       "committing"},
      {sending, "500", "", "unowned"},
      {sending, "413", "", "unowned"},
      // Sealed but not sent: the next owner sends it.
      {{"lease", "cut", "drain"}, "committed", "", "unowned"},
      {{"lease", "cut", "drain"}, "unknown", "", "unowned"},
      {{"lease", "cut", "committed", "200", "woken", "drain"},
       "committed",
       "",
       "unowned"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.last_event + " -> " + test.phase_after);
    DecidedQueue queue;
    queue.TellAll(test.way);
    EXPECT_EQ(queue.Tell(test.last_event), test.effects);
    EXPECT_EQ(queue.phase(), test.phase_after);
    queue.Tell("lease");
    EXPECT_FALSE(queue.state().draining);
  }
}

// Hard case 4: even if nobody knows whether the write with the first ID
// happened, no other bytes go out under it.
TEST(DecideStoriesTest, AnIdOnceDrawnIsNotUsedAgain) {
  DecidedQueue queue;
  queue.TellAll({"lease", "cut", "unknown", "head"});
  EXPECT_EQ(queue.Tell("cut"), "write on old-8/0: [10] sealed {n-2 1:12 x2}");
  queue.TellAll({"refused", "head"});
  EXPECT_EQ(queue.Tell("cut"), "write on old-8/0: [10] sealed {n-3 1:12 x2}");
}

}  // namespace
}  // namespace causeway::push
