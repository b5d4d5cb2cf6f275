#include "services/ctl/bridge_lag.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "google/protobuf/util/time_util.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;
using google::protobuf::util::TimeUtil;

constexpr int64_t kNowSeconds = 1421416883;

pb::Queue MakeQueue(pb::Queue::State state, int64_t age_seconds) {
  pb::Queue queue;
  queue.set_appservice_id("irc");
  queue.set_owner("a");
  queue.set_state(state);
  queue.set_queued_events(3);
  *queue.mutable_oldest_event_time() =
      TimeUtil::SecondsToTimestamp(kNowSeconds - age_seconds);
  return queue;
}

std::optional<BridgeLag> Lag(const pb::Queue& queue) {
  return LagOf(queue, absl::FromUnixSeconds(kNowSeconds));
}

TEST(BridgeLagTest, WhatIsOnItsWayIsNotBehindAtOnce) {
  EXPECT_FALSE(Lag(MakeQueue(pb::Queue::SENDING, 9)).has_value());
  const std::optional<BridgeLag> lag = Lag(MakeQueue(pb::Queue::SENDING, 10));
  ASSERT_TRUE(lag.has_value());
  EXPECT_EQ(lag->why, "it takes less than there is");
  EXPECT_EQ(lag->age, absl::Seconds(10));
  EXPECT_EQ(lag->queued_events, 3);
}

TEST(BridgeLagTest, WhatIsHeldUpIs) {
  for (pb::Queue::State state :
       {pb::Queue::PAUSED, pb::Queue::BLOCKED, pb::Queue::QUARANTINING,
        pb::Queue::BACKING_OFF}) {
    EXPECT_TRUE(Lag(MakeQueue(state, 0)).has_value()) << state;
    pb::Queue empty = MakeQueue(state, 0);
    empty.set_queued_events(0);
    EXPECT_FALSE(Lag(empty).has_value()) << state;
  }
}

TEST(BridgeLagTest, TellsTheLastErrorAndTheNextAttempt) {
  pb::Queue queue = MakeQueue(pb::Queue::BACKING_OFF, 100);
  queue.set_last_error("HTTP 503");
  queue.set_attempts(4);
  *queue.mutable_next_attempt_time() =
      TimeUtil::SecondsToTimestamp(kNowSeconds + 90);
  EXPECT_EQ(Lag(queue)->why, "HTTP 503; attempts so far: 4, the next in 1m30s");
  queue.set_state(pb::Queue::BLOCKED);
  queue.clear_next_attempt_time();
  EXPECT_EQ(Lag(queue)->why,
            "it refuses what it is sent: HTTP 503; attempts so far: 4");
  EXPECT_EQ(Lag(queue)->state, "blocked");
}

TEST(BridgeLagTest, TellsWhyNobodyKnows) {
  pb::Queue queue = MakeQueue(pb::Queue::UNKNOWN, 60);
  queue.set_owner_error("no replica holds it");
  EXPECT_EQ(Lag(queue)->why, "no replica holds it");
}

// Whatever comes will wait.
TEST(BridgeLagTest, WhatCannotBeReadIsBehind) {
  pb::Queue queue;
  queue.set_state(pb::Queue::UNKNOWN);
  queue.set_owner_error("what is stored of it can't be read");
  ASSERT_TRUE(Lag(queue).has_value());
  EXPECT_EQ(Lag(queue)->why, "what is stored of it can't be read");
}

TEST(BridgeLagTest, DurationsHaveNoFractions) {
  EXPECT_EQ(SecondsText(absl::Milliseconds(3'723'900)), "1h2m3s");
}

}  // namespace
}  // namespace causeway::ctl
