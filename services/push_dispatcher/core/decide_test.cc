// Goal: in every situation every event does what it should, and nothing else.
// Method: one table of all transitions; each pair of situation and event that
// the table doesn't name must change nothing. Stories that one transition can't
// tell are in decide_stories_test.cc.
#include "services/push_dispatcher/core/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/push_dispatcher/core/decided_queue.h"

namespace causeway::push {
namespace {

struct Situation {
  std::vector<std::string> way;  // How a queue gets into it.
  std::string phase;
};

const std::map<std::string, Situation>& Situations() {
  static const auto* const kSituations = new std::map<std::string, Situation>{
      {"unowned", {{}, "unowned"}},
      {"reading", {{"lease", "cut", "unknown"}, "reading"}},
      {"idle", {{"lease", "no cut"}, "idle"}},
      {"loading", {{"lease"}, "loading"}},
      {"sealing", {{"lease", "cut"}, "committing"}},
      {"rebuilding", {{"lease, sealed", "no cut"}, "rebuilding"}},
      {"awaiting stray",
       {{"lease", "cut", "committed", "lease, sealed", "no cut", "rebuilt"},
        "awaiting_stray"}},
      {"sending", {{"lease", "cut", "committed"}, "sending"}},
      {"taken, cut on its way",
       {{"lease", "cut", "committed", "woken", "200"}, "loading"}},
      {"acknowledging", {{"lease", "cut", "committed", "200"}, "committing"}},
      {"splitting", {{"lease", "cut", "committed", "413"}, "splitting"}},
      {"replacing",
       {{"lease", "cut", "committed", "413", "split"}, "splitting"}},
      {"backing off", {{"lease", "cut", "committed", "500"}, "backing_off"}},
      {"sending ephemeral",
       {{"lease", "no cut", "typing"}, "sending_ephemeral"}},
      {"blocked",
       {{"lease, sealed", "no cut", "not reproduced", "head, sealed"},
        "blocked"}},
  };
  return *kSituations;
}

struct Transition {
  std::string situation;  // "*": any but those that have a row of their own.
  std::string event;
  std::string phase_after;
  std::string effects;
};

constexpr char kRebuildAndLoad[] = "rebuild old-9; load 1 behind [14]";
constexpr char kReplace[] =
    "write on n-1/1: retire n-1 after 1, [10] sealed {n-2 1:11 x1, n-3 1:12 "
    "x1}";

const std::vector<Transition>& Transitions() {
  static const auto* const kTransitions = new std::vector<Transition>{
      {"*", "lease", "loading", "load 1 behind [10]"},
      {"*", "lease, sealed", "rebuilding", kRebuildAndLoad},
      // What an attempt has sent can't be taken back: its end is waited for.
      {"sending", "lease", "loading", "cancel; load 1 behind [10]"},
      {"sending", "lease, sealed", "awaiting_stray",
       "cancel; rebuild old-9; load 1 behind [14]"},
      {"sending", "lease lost", "unowned", "cancel"},
      {"awaiting stray", "lease, sealed", "awaiting_stray", kRebuildAndLoad},
      {"*", "lease lost", "unowned", ""},
      {"sending ephemeral", "lease", "loading", "cancel; load 1 behind [10]"},
      {"sending ephemeral", "lease, sealed", "awaiting_stray",
       "cancel; rebuild old-9; load 1 behind [14]"},
      {"sending ephemeral", "lease lost", "unowned", "cancel"},

      {"*", "drain", "unowned", ""},
      {"sealing", "drain", "committing", ""},
      {"sending", "drain", "sending", ""},
      {"taken, cut on its way", "drain", "committing",
       "write on n-1/1: ack n-1, [12] sealed {}"},
      {"acknowledging", "drain", "committing", ""},
      {"replacing", "drain", "splitting", ""},
      {"sending ephemeral", "drain", "sending_ephemeral", "cancel"},

      {"idle", "woken", "loading", "load 1 behind [10]"},
      // It isn't stopped for what isn't there yet.
      {"sending ephemeral", "woken", "loading", "load 1 behind [10]"},
      {"rebuilding", "woken", "rebuilding", "load 1 behind [14]"},
      {"awaiting stray", "woken", "awaiting_stray", "load 1 behind [14]"},
      {"sealing", "woken", "committing", "load 1 behind [12]"},
      {"sending", "woken", "sending", "load 1 behind [12]"},
      {"acknowledging", "woken", "committing", "load 1 behind [12]"},

      {"loading", "cut", "committing",
       "write on old-8/0: [10] sealed {n-1 1:12 x2}"},
      {"loading", "full cut", "committing",
       "write on old-8/0: [10] sealed {n-1 1:110 x100}; load 1 behind [110]"},
      {"loading", "two cuts", "committing",
       "write on old-8/0: [10] sealed {n-1 1:110 x100}"},
      {"loading", "no cut", "idle", ""},
      {"loading", "cut failed", "loading", "timer 1m41s"},

      {"sealing", "committed", "sending", "send n-1, attempt 1"},
      {"sealing", "refused", "reading", "read head"},
      {"sealing", "unknown", "reading", "read head"},

      {"reading", "head", "loading", "load 1 behind [10]"},
      {"reading", "head, sealed", "rebuilding", kRebuildAndLoad},
      {"reading", "head of another", "unowned", ""},
      {"reading", "head failed", "reading", "timer 1m41s"},

      {"rebuilding", "rebuilt", "sending", "send old-9, attempt 1"},
      // Perhaps it is the memory of it that is wrong.
      {"rebuilding", "not reproduced", "reading", "read head"},
      {"rebuilding", "rebuild failed", "rebuilding", "timer 1m41s"},

      {"sending", "200", "committing",
       "write on n-1/1: ack n-1, [12] sealed {}"},
      {"sending", "413", "splitting", "split n-1 at 20 bytes"},
      {"sending", "400", "backing_off", "timer 1m41s"},
      {"sending", "403", "backing_off", "timer 1m41s"},
      {"sending", "500", "backing_off", "timer 1m41s"},
      {"sending", "timeout", "backing_off", "timer 1m41s"},
      {"sending", "cancelled", "backing_off", "timer 1m41s"},

      // What became of an attempt of another lease doesn't count.
      {"awaiting stray", "200", "sending", "send old-9, attempt 1"},
      {"awaiting stray", "413", "sending", "send old-9, attempt 1"},
      {"awaiting stray", "400", "sending", "send old-9, attempt 1"},
      {"awaiting stray", "403", "sending", "send old-9, attempt 1"},
      {"awaiting stray", "500", "sending", "send old-9, attempt 1"},
      {"awaiting stray", "timeout", "sending", "send old-9, attempt 1"},
      {"awaiting stray", "cancelled", "sending", "send old-9, attempt 1"},

      {"taken, cut on its way", "cut", "committing",
       "write on n-1/1: ack n-1, [12] sealed {n-2 1:14 x2}"},
      {"taken, cut on its way", "full cut", "committing",
       "write on n-1/1: ack n-1, [12] sealed {n-2 1:112 x100}; load 1 behind "
       "[112]"},
      {"taken, cut on its way", "two cuts", "committing",
       "write on n-1/1: ack n-1, [12] sealed {n-2 1:112 x100}"},
      {"taken, cut on its way", "no cut", "committing",
       "write on n-1/1: ack n-1, [12] sealed {}"},
      {"taken, cut on its way", "cut failed", "committing",
       "write on n-1/1: ack n-1, [12] sealed {}; timer 1m41s"},

      {"acknowledging", "committed", "idle", ""},
      {"acknowledging", "refused", "reading", "read head"},
      {"acknowledging", "unknown", "reading", "read head"},

      {"idle", "typing", "sending_ephemeral",
       R"(send n-1 {"events":[],"ephemeral":[{"t":1}],)"
       R"("de.sorunome.msc2409.ephemeral":[{"t":1}]})"},
      {"sending ephemeral", "200", "idle", ""},
      {"sending ephemeral", "413", "idle", ""},
      {"sending ephemeral", "400", "idle", ""},
      {"sending ephemeral", "403", "idle", ""},
      {"sending ephemeral", "500", "idle", ""},
      {"sending ephemeral", "timeout", "idle", ""},
      {"sending ephemeral", "cancelled", "idle", ""},

      {"splitting", "split", "splitting", kReplace},
      {"splitting", "split into one", "splitting",
       "write on n-1/1: retire n-1 after 1, [10] sealed {n-2 1:12 x2}"},
      {"splitting", "split failed", "backing_off", "timer 1m41s"},
      {"replacing", "committed", "sending",
       "send n-2, attempt 1; load 1 behind [12], at most 20 bytes"},
      {"replacing", "refused", "reading", "read head"},
      {"replacing", "unknown", "reading", "read head"},

      {"backing off", "retry now", "rebuilding",
       "rebuild n-1; load 1 behind [12]"},
      {"backing off", "sign of life", "rebuilding",
       "rebuild n-1; load 1 behind [12]"},
      {"backing off", "timer", "backing_off", "timer 1m41s"},  // Too early.
      // It looks again now and then: what can't be made today may be tomorrow.
      {"blocked", "retry now", "rebuilding", kRebuildAndLoad},
      {"blocked", "sign of life", "blocked", "rebuild old-9"},
      {"blocked", "timer", "blocked", "timer 1m41s"},
  };
  return *kTransitions;
}

const Transition* Find(const std::string& situation, const std::string& event) {
  for (const std::string& name : {situation, std::string("*")}) {
    for (const Transition& row : Transitions()) {
      if (row.situation == name && row.event == event) return &row;
    }
  }
  return nullptr;
}

TEST(DecideTest, EverySituationTakesEveryEventAsTheTableSays) {
  std::set<const Transition*> used;
  for (const auto& [name, situation] : Situations()) {
    for (const std::string& event : DecidedQueue::EventNames()) {
      SCOPED_TRACE(name + " <- " + event);
      DecidedQueue queue;
      queue.TellAll(situation.way);
      ASSERT_EQ(queue.phase(), situation.phase);
      const Transition* row = Find(name, event);
      const std::string effects = queue.Tell(event);
      EXPECT_EQ(queue.phase(),
                row == nullptr ? situation.phase : row->phase_after);
      EXPECT_EQ(effects, row == nullptr ? "" : row->effects);
      if (row != nullptr) used.insert(row);
    }
  }
  // No row is misspelt.
  EXPECT_EQ(used.size(), Transitions().size());
}

}  // namespace
}  // namespace causeway::push
