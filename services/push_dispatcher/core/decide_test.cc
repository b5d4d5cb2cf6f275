// Goal: in every phase every event does what it should, and nothing else.
// Method: one table of all transitions; each pair of phase and event that the
// table doesn't name must change nothing.
#include "services/push_dispatcher/core/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/describe_delivery.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {
namespace {

constexpr absl::Duration kNow = absl::Seconds(100);

Cut MakeCut(int64_t last_position, int32_t event_count, bool full) {
  return {.source_id = 1,
          .last_position = last_position,
          .event_count = event_count,
          .body_sha256 = "sha",
          .body_format = kBodyFormat,
          .body = std::make_shared<const std::string>("body"),
          .full = full};
}

QueueHead IdleHead() {
  return {.txn_id = "old-8", .sealed = {}, .cursors = Cursors({10})};
}

QueueHead SealedHead() {
  QueueHead head = {.txn_id = "old-9", .sealed = {}, .cursors = Cursors({10})};
  head.sealed = {.txn_id = "old-9",
                 .source_id = 1,
                 .last_position = 14,
                 .event_count = 4,
                 .body_sha256 = "sha",
                 .body_format = kBodyFormat};
  return head;
}

// One queue, told of events by name; answers find the ticket that is out.
class Queue {
 public:
  // What the event led to, in the words of Describe().
  std::string Tell(const std::string& event_name) {
    const auto event = Events().find(event_name);
    if (event == Events().end()) return "no such event: " + event_name;
    return Describe(
        Decide(options_, state_, event->second(state_), {.now = now_}));
  }
  // For what leads up to what is tested.
  void TellAll(const std::vector<std::string>& event_names) {
    for (const std::string& name : event_names) Tell(name);
  }

  absl::string_view phase() const { return PhaseName(state_.phase); }
  const DeliveryState& state() const { return state_; }
  void AdvanceTime(absl::Duration duration) { now_ += duration; }

  using EventMaker = std::function<DeliveryEvent(const DeliveryState&)>;
  static const std::map<std::string, EventMaker>& Events();

 private:
  DeliveryOptions options_;
  DeliveryState state_;
  absl::Duration now_ = kNow;
};

const std::map<std::string, Queue::EventMaker>& Queue::Events() {
  using S = DeliveryState;
  static const auto* const kEvents = new std::map<std::string, EventMaker>{
      {"lease",
       [](const S&) {
         return LeaseAcquired{3, "n", IdleHead()};
       }},
      {"lease, sealed",
       [](const S&) {
         return LeaseAcquired{4, "m", SealedHead()};
       }},
      {"lease lost", [](const S&) { return LeaseLost{}; }},
      {"drain", [](const S&) { return Drain{}; }},
      {"woken", [](const S&) { return Woken{}; }},
      {"retry now", [](const S&) { return RetryNow{}; }},
      {"timer", [](const S&) { return TimerFired{}; }},
      {"cut",
       [](const S& s) {
         return NextLoaded{s.load_ticket, MakeCut(12, 2, false)};
       }},
      {"full cut",
       [](const S& s) {
         return NextLoaded{s.load_ticket, MakeCut(110, 100, true)};
       }},
      {"no cut",
       [](const S& s) {
         return NextLoaded{s.load_ticket, {}};
       }},
      {"cut failed", [](const S& s) { return NextNotLoaded{s.load_ticket}; }},
      {"rebuilt",
       [](const S& s) {
         return SealedRebuilt{s.rebuild_ticket,
                              std::make_shared<const std::string>("body")};
       }},
      {"not reproduced",
       [](const S& s) { return SealedNotReproduced{s.rebuild_ticket}; }},
      {"rebuild failed",
       [](const S& s) { return SealedNotLoaded{s.rebuild_ticket}; }},
      {"committed", [](const S& s) { return WriteCommitted{s.write_ticket}; }},
      {"refused", [](const S& s) { return WriteRefused{s.write_ticket}; }},
      {"unknown", [](const S& s) { return WriteUnknown{s.write_ticket}; }},
      {"head",
       [](const S& s) {
         return HeadRead{s.read_ticket, IdleHead()};
       }},
      {"head, sealed",
       [](const S& s) {
         return HeadRead{s.read_ticket, SealedHead()};
       }},
      {"head of another",
       [](const S& s) {
         return HeadRead{s.read_ticket, {}};
       }},
      {"head failed", [](const S& s) { return HeadNotRead{s.read_ticket}; }},
      {"200",
       [](const S& s) {
         return AttemptFinished{s.attempt_ticket, AttemptOutcome::kDelivered};
       }},
      {"413",
       [](const S& s) {
         return AttemptFinished{s.attempt_ticket, AttemptOutcome::kTooLarge};
       }},
      {"403",
       [](const S& s) {
         return AttemptFinished{s.attempt_ticket, AttemptOutcome::kRefused};
       }},
      {"500",
       [](const S& s) {
         return AttemptFinished{s.attempt_ticket, AttemptOutcome::kFailed};
       }},
      {"timeout",
       [](const S& s) {
         return AttemptFinished{s.attempt_ticket, AttemptOutcome::kTimedOut};
       }},
  };
  return *kEvents;
}

// How a queue gets into each phase.
const std::map<std::string, std::vector<std::string>>& Ways() {
  static const auto* const kWays =
      new std::map<std::string, std::vector<std::string>>{
          {"unowned", {}},
          {"reading", {"lease", "cut", "unknown"}},
          {"idle", {"lease", "no cut"}},
          {"loading", {"lease"}},
          {"sealing", {"lease", "cut"}},
          {"rebuilding", {"lease, sealed"}},
          {"awaiting_stray",
           {"lease", "cut", "committed", "lease, sealed", "rebuilt"}},
          {"sending", {"lease", "cut", "committed"}},
          {"finishing", {"lease", "cut", "committed", "woken", "200"}},
          {"acknowledging", {"lease", "cut", "committed", "200"}},
          {"replacing", {"lease", "cut", "committed", "413"}},
          {"backing_off", {"lease", "cut", "committed", "500"}},
          {"blocked", {"lease, sealed", "not reproduced"}},
      };
  return *kWays;
}

struct Transition {
  std::string phase;  // "*": any but those that have a row of their own.
  std::string event;
  std::string phase_after;
  std::string effects;
};

constexpr char kLoad[] = "load behind [10], at most 100";

const std::vector<Transition>& Transitions() {
  static const auto* const kTransitions = new std::vector<Transition>{
      {"*", "lease", "loading", kLoad},
      {"*", "lease, sealed", "rebuilding", "rebuild old-9"},
      {"*", "lease lost", "unowned", ""},

      {"*", "drain", "unowned", ""},
      {"sealing", "drain", "sealing", ""},
      {"sending", "drain", "sending", ""},
      {"finishing", "drain", "acknowledging",
       "write on n-1 sealed: ack 1:12 x2"},
      {"acknowledging", "drain", "acknowledging", ""},

      {"idle", "woken", "loading", kLoad},

      {"loading", "cut", "sealing", "write on old-8: seal n-1 1:12 x2"},
      {"loading", "full cut", "sealing", "write on old-8: seal n-1 1:110 x100"},
      {"loading", "no cut", "idle", ""},
      {"loading", "cut failed", "loading", "timer 1m41s"},

      {"sealing", "committed", "sending", "send n-1, attempt 1"},
      {"sealing", "refused", "reading", "read head"},
      {"sealing", "unknown", "reading", "read head"},

      {"reading", "head", "loading", kLoad},
      {"reading", "head, sealed", "rebuilding", "rebuild old-9"},
      {"reading", "head of another", "unowned", ""},
      {"reading", "head failed", "reading", "timer 1m41s"},

      {"rebuilding", "rebuilt", "sending",
       "send old-9, attempt 1; load behind [14], at most 100"},
      {"rebuilding", "not reproduced", "blocked", "alarm old-9"},
      {"rebuilding", "rebuild failed", "rebuilding", "timer 1m41s"},

      {"sending", "200", "acknowledging", "write on n-1 sealed: ack 1:12 x2"},
      {"sending", "413", "replacing", "load behind [10], at most 1"},
      {"sending", "403", "backing_off", "timer 1m41s"},
      {"sending", "500", "backing_off", "timer 1m41s"},
      {"sending", "timeout", "backing_off", "timer 1m41s"},

      // What became of an attempt of another epoch doesn't count.
      {"awaiting_stray", "200", "sending",
       "send old-9, attempt 1; load behind [14], at most 100"},
      {"awaiting_stray", "413", "sending",
       "send old-9, attempt 1; load behind [14], at most 100"},
      {"awaiting_stray", "403", "sending",
       "send old-9, attempt 1; load behind [14], at most 100"},
      {"awaiting_stray", "500", "sending",
       "send old-9, attempt 1; load behind [14], at most 100"},
      {"awaiting_stray", "timeout", "sending",
       "send old-9, attempt 1; load behind [14], at most 100"},

      {"finishing", "cut", "acknowledging",
       "write on n-1 sealed: ack 1:12 x2, seal n-2 1:12 x2"},
      {"finishing", "full cut", "acknowledging",
       "write on n-1 sealed: ack 1:12 x2, seal n-2 1:110 x100"},
      {"finishing", "no cut", "acknowledging",
       "write on n-1 sealed: ack 1:12 x2"},
      {"finishing", "cut failed", "acknowledging",
       "write on n-1 sealed: ack 1:12 x2"},

      {"acknowledging", "committed", "idle", ""},
      {"acknowledging", "refused", "reading", "read head"},
      {"acknowledging", "unknown", "reading", "read head"},

      {"replacing", "cut", "sealing",
       "write on n-1 sealed: retire after 1, seal n-2 1:12 x2"},
      {"replacing", "full cut", "sealing",
       "write on n-1 sealed: retire after 1, seal n-2 1:110 x100"},
      {"replacing", "no cut", "backing_off", "timer 1m41s"},
      {"replacing", "cut failed", "backing_off", "timer 1m41s"},

      {"backing_off", "retry now", "rebuilding", "rebuild n-1"},
      {"backing_off", "timer", "backing_off", "timer 1m41s"},  // Too early.
      {"blocked", "retry now", "rebuilding", "rebuild old-9"},
  };
  return *kTransitions;
}

const Transition* Find(const std::string& phase, const std::string& event) {
  for (const std::string& row_phase : {phase, std::string("*")}) {
    for (const Transition& row : Transitions()) {
      if (row.phase == row_phase && row.event == event) return &row;
    }
  }
  return nullptr;
}

TEST(DecideTest, EveryPhaseTakesEveryEventAsTheTableSays) {
  std::set<const Transition*> used;
  for (const auto& [phase, way] : Ways()) {
    for (const auto& [event, maker] : Queue::Events()) {
      SCOPED_TRACE(phase + " <- " + event);
      Queue queue;
      queue.TellAll(way);
      ASSERT_EQ(queue.phase(), phase);
      const Transition* row = Find(phase, event);
      const std::string effects = queue.Tell(event);
      EXPECT_EQ(queue.phase(), row == nullptr ? phase : row->phase_after);
      EXPECT_EQ(effects, row == nullptr ? "" : row->effects);
      if (row != nullptr) used.insert(row);
    }
  }
  // No row is misspelt.
  EXPECT_EQ(used.size(), Transitions().size());
}

TEST(DecideTest, AnswersToWhatWasGivenUpAreIgnored) {
  struct Case {
    const char* name;
    std::vector<std::string> way;
    std::function<DeliveryEvent(Ticket)> answer;
    std::function<Ticket(const DeliveryState&)> ticket;
  };
  const Case cases[] = {
      {"load",
       {"lease"},
       [](Ticket t) {
         return NextLoaded{t, MakeCut(9, 1, true)};
       },
       [](const DeliveryState& s) { return s.load_ticket; }},
      {"rebuild",
       {"lease, sealed"},
       [](Ticket t) {
         return SealedRebuilt{t, nullptr};
       },
       [](const DeliveryState& s) { return s.rebuild_ticket; }},
      {"commit",
       {"lease", "cut"},
       [](Ticket t) { return WriteCommitted{t}; },
       [](const DeliveryState& s) { return s.write_ticket; }},
      {"read",
       {"lease", "cut", "refused"},
       [](Ticket t) {
         return HeadRead{t, {}};
       },
       [](const DeliveryState& s) { return s.read_ticket; }},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    Queue queue;
    queue.TellAll(test.way);
    DeliveryState state = queue.state();
    const Ticket stale = test.ticket(state);
    ASSERT_NE(stale, 0);
    Decide({}, state, LeaseLost{}, {.now = kNow});
    Decide({}, state, LeaseAcquired{9, "z", IdleHead()}, {.now = kNow});
    EXPECT_EQ(Describe(Decide({}, state, test.answer(stale), {.now = kNow})),
              "");
    EXPECT_EQ(PhaseName(state.phase), "loading");
  }
}

// --- Stories that one transition can't tell ----------------------------------

TEST(DecideTest, CatchesUpWithOneCommitATransaction) {
  Queue queue;
  queue.TellAll({"lease", "full cut"});
  EXPECT_EQ(queue.Tell("committed"),
            "send n-1, attempt 1; load behind [110], at most 100");
  EXPECT_EQ(queue.Tell("full cut"), "");  // Ready before it's needed.
  EXPECT_EQ(queue.Tell("200"),
            "write on n-1 sealed: ack 1:110 x100, seal n-2 1:110 x100");
  EXPECT_EQ(queue.Tell("committed"),
            "send n-2, attempt 1; load behind [110], at most 100");
}

TEST(DecideTest, AcknowledgementWaitsForACutThatIsOnItsWay) {
  Queue queue;
  queue.TellAll({"lease", "full cut", "committed"});
  EXPECT_EQ(queue.Tell("200"), "");
  EXPECT_EQ(queue.phase(), "finishing");
  EXPECT_EQ(queue.Tell("cut"),
            "write on n-1 sealed: ack 1:110 x100, seal n-2 1:12 x2");
}

// Else a slow service would get, after an outage, the small transactions of the
// moments in which something came.
TEST(DecideTest, ASmallCutIsMadeAgainWhenMoreHasComeMeanwhile) {
  Queue queue;
  queue.TellAll({"lease", "full cut", "committed", "cut", "woken"});
  EXPECT_EQ(queue.Tell("200"), "load behind [110], at most 100");
  EXPECT_EQ(queue.Tell("full cut"),
            "write on n-1 sealed: ack 1:110 x100, seal n-2 1:110 x100");
}

TEST(DecideTest, AFullCutIsUsedThoughMoreHasCome) {
  Queue queue;
  queue.TellAll({"lease", "full cut", "committed", "full cut", "woken"});
  EXPECT_EQ(queue.Tell("200"),
            "write on n-1 sealed: ack 1:110 x100, seal n-2 1:110 x100");
}

TEST(DecideTest, AWakeIsRememberedUntilItIsLookedInto) {
  struct Case {
    std::vector<std::string> way;
    std::string last_event;
    std::string effects;
  };
  const Case cases[] = {
      {{"lease", "woken"}, "no cut", kLoad},
      {{"lease", "cut", "woken"},
       "committed",
       "send n-1, attempt 1; load behind [12], at most 100"},
      {{"lease", "cut", "committed", "200", "woken"},
       "committed",
       "load behind [12], at most 100"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.last_event);
    Queue queue;
    queue.TellAll(test.way);
    EXPECT_EQ(queue.Tell(test.last_event), test.effects);
  }
}

TEST(DecideTest, RetriesTheSameIdWithGrowingPauses) {
  Queue queue;
  queue.TellAll({"lease", "cut", "committed"});
  absl::Duration now = kNow;
  for (int attempt = 1; attempt <= 12; ++attempt) {
    SCOPED_TRACE(attempt);
    queue.Tell("500");
    EXPECT_EQ(queue.phase(), "backing_off");
    EXPECT_EQ(queue.state().body, nullptr);  // P5: not kept for the pause.
    const absl::Duration pause = queue.state().timer_at - now;
    EXPECT_GE(pause, absl::Seconds(1));
    EXPECT_LE(pause, absl::Minutes(5));
    queue.AdvanceTime(pause);
    now += pause;
    EXPECT_EQ(queue.Tell("timer"), "rebuild n-1");
    EXPECT_THAT(queue.Tell("rebuilt"), ::testing::StartsWith(absl::StrCat(
                                           "send n-1, attempt ", attempt + 1)));
  }
}

TEST(DecideTest, SuccessResetsTheBackoff) {
  Queue queue;
  queue.TellAll({"lease", "cut", "committed", "500", "retry now", "rebuilt",
                 "500", "retry now", "rebuilt", "cut", "200", "committed"});
  EXPECT_EQ(queue.phase(), "sending");
  EXPECT_EQ(queue.state().failures, 0);
  EXPECT_EQ(queue.state().attempts, 1);
}

TEST(DecideTest, RetryNowResetsTheBackoff) {
  Queue queue;
  queue.TellAll({"lease", "cut", "committed", "500", "retry now"});
  EXPECT_EQ(queue.state().failures, 0);
}

TEST(DecideTest, StoreThatIsAwayIsAskedAgain) {
  struct Case {
    std::vector<std::string> way;
    std::string effects;
  };
  const Case cases[] = {
      {{"lease", "cut failed"}, kLoad},
      {{"lease, sealed", "rebuild failed"}, "rebuild old-9"},
      {{"lease", "cut", "unknown", "head failed"}, "read head"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.effects);
    Queue queue;
    queue.TellAll(test.way);
    EXPECT_EQ(queue.Tell("timer"), "timer 1m41s");  // Too early.
    queue.AdvanceTime(absl::Seconds(1));
    EXPECT_EQ(queue.Tell("timer"), test.effects);
  }
}

TEST(DecideTest, TooLargeIsHalvedUntilItFits) {
  Queue queue;
  queue.TellAll({"lease", "full cut", "committed"});
  EXPECT_EQ(queue.Tell("413"), "load behind [10], at most 50");
  queue.TellAll({"full cut", "committed"});
  EXPECT_EQ(queue.phase(), "sending");
  // What was learnt holds for those behind it too.
  EXPECT_THAT(queue.Tell("full cut"), "");
  queue.TellAll({"200"});
  EXPECT_THAT(queue.Tell("committed"), ::testing::HasSubstr("at most 50"));
}

// There is nothing smaller to send; an operator sees it as blocked.
TEST(DecideTest, ALoneEventThatIsTooLargeIsRetried) {
  Queue queue;
  queue.TellAll({"lease", "cut", "committed", "413"});
  DeliveryState state = queue.state();
  Decide({}, state, NextLoaded{state.load_ticket, MakeCut(11, 1, true)},
         {.now = kNow});
  Decide({}, state, WriteCommitted{state.write_ticket}, {.now = kNow});
  Decide({}, state,
         AttemptFinished{state.attempt_ticket, AttemptOutcome::kTooLarge},
         {.now = kNow});
  EXPECT_EQ(PhaseName(state.phase), "backing_off");
  EXPECT_EQ(state.last_outcome, AttemptOutcome::kTooLarge);
}

TEST(DecideTest, DrainingFinishesWhatIsHalfDoneAndNoMore) {
  struct Case {
    std::vector<std::string> way;
    std::string last_event;
    std::string effects;
    std::string phase_after;
  };
  const std::vector<std::string> sending = {"lease",    "full cut", "committed",
                                            "full cut", "woken",    "drain"};
  const Case cases[] = {
      {sending, "200", "write on n-1 sealed: ack 1:110 x100", "acknowledging"},
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
    Queue queue;
    queue.TellAll(test.way);
    EXPECT_EQ(queue.Tell(test.last_event), test.effects);
    EXPECT_EQ(queue.phase(), test.phase_after);
    queue.Tell("lease");
    EXPECT_FALSE(queue.state().draining);
  }
}

// Hard case 4: even if nobody knows whether the write with the first ID
// happened, no other bytes go out under it.
TEST(DecideTest, AnIdOnceDrawnIsNotUsedAgain) {
  Queue queue;
  queue.TellAll({"lease", "cut", "unknown", "head"});
  EXPECT_EQ(queue.Tell("cut"), "write on old-8: seal n-2 1:12 x2");
  queue.TellAll({"refused", "head"});
  EXPECT_EQ(queue.Tell("cut"), "write on old-8: seal n-3 1:12 x2");
}

}  // namespace
}  // namespace causeway::push
