#include "services/push_dispatcher/core/lease_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace causeway::push {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

auto LastSeen(const std::string& name, int64_t heartbeat) {
  return AllOf(Field(&ReplicaHeartbeat::name, name),
               Field(&ReplicaHeartbeat::heartbeat, heartbeat));
}

TEST(LeaseWatchTest, DeadWhenTheHeartbeatStandsStillForLongEnough) {
  LeaseWatch watch(absl::Seconds(5));
  watch.Observe({{"a", "1", 10}, {"b", "1", 7}}, absl::Seconds(100));
  watch.Observe({{"a", "1", 10}, {"b", "1", 7}}, absl::Seconds(102));
  watch.Observe({{"a", "1", 11}, {"b", "1", 7}}, absl::Seconds(104));
  EXPECT_THAT(watch.Dead(absl::Seconds(104.9)), IsEmpty());
  EXPECT_THAT(watch.Dead(absl::Seconds(105)), ElementsAre(LastSeen("b", 7)));
  watch.Observe({{"a", "1", 11}, {"b", "1", 8}}, absl::Seconds(106));
  watch.Observe({{"a", "1", 11}, {"b", "1", 9}}, absl::Seconds(108));
  EXPECT_THAT(watch.Dead(absl::Seconds(109)), ElementsAre(LastSeen("a", 11)));
}

TEST(LeaseWatchTest, TellsWhoHasStoodStillForLonger) {
  LeaseWatch watch(absl::Seconds(5));
  for (int second = 0; second <= 20; ++second) {
    watch.Observe({{"a", "1", 10}, {"b", "1", second < 10 ? second : 10}},
                  absl::Seconds(second));
  }
  EXPECT_THAT(watch.Dead(absl::Seconds(20)),
              ElementsAre(LastSeen("a", 10), LastSeen("b", 10)));
  EXPECT_THAT(watch.StoodStill(absl::Seconds(20), absl::Seconds(20)),
              ElementsAre(LastSeen("a", 10)));
  EXPECT_THAT(watch.StoodStill(absl::Seconds(20), absl::Seconds(21)),
              IsEmpty());
}

TEST(LeaseWatchTest, LivelyIsWhoHasJustMoved) {
  LeaseWatch watch(absl::Seconds(5));
  watch.Observe({{"a", "1", 10}, {"b", "1", 7}}, absl::Seconds(100));
  EXPECT_THAT(watch.Lively(absl::Seconds(100)), IsEmpty());
  watch.Observe({{"a", "1", 11}, {"b", "1", 7}}, absl::Seconds(101));
  EXPECT_THAT(watch.Lively(absl::Seconds(101)), ElementsAre(LastSeen("a", 11)));
  watch.Observe({{"a", "1", 11}, {"b", "2", 7}}, absl::Seconds(103));
  EXPECT_THAT(watch.Lively(absl::Seconds(103)),
              ElementsAre(LastSeen("a", 11), LastSeen("b", 7)));
  EXPECT_THAT(watch.Lively(absl::Seconds(103.5)),
              ElementsAre(LastSeen("b", 7)));
  // Nobody looked.
  EXPECT_THAT(watch.Lively(absl::Seconds(105.6)), IsEmpty());
}

// A taker that has just started knows nothing of the past.
TEST(LeaseWatchTest, GivesAReplicaSeenForTheFirstTimeTheWholeTime) {
  LeaseWatch watch(absl::Seconds(5));
  watch.Observe({{"a", "1", 10}}, absl::Seconds(1000));
  watch.Observe({{"a", "1", 10}}, absl::Seconds(1002));
  EXPECT_THAT(watch.Dead(absl::Seconds(1004)), IsEmpty());
}

TEST(LeaseWatchTest, AnotherIncarnationIsAnotherReplica) {
  LeaseWatch watch(absl::Seconds(5));
  watch.Observe({{"a", "1", 10}}, absl::Seconds(0));
  watch.Observe({{"a", "1", 10}}, absl::Seconds(2));
  watch.Observe({{"a", "2", 10}}, absl::Seconds(4));
  watch.Observe({{"a", "2", 10}}, absl::Seconds(6));
  EXPECT_THAT(watch.Dead(absl::Seconds(6)), IsEmpty());
  watch.Observe({{"a", "2", 10}}, absl::Seconds(8));
  EXPECT_THAT(watch.Dead(absl::Seconds(9)), ElementsAre(LastSeen("a", 10)));
}

// The store was away: nobody could count up, and nobody could look.
TEST(LeaseWatchTest, WhatItDidNotSeeDoesNotCount) {
  LeaseWatch watch(absl::Seconds(5));
  watch.Observe({{"a", "1", 10}}, absl::Seconds(0));
  watch.Observe({{"a", "1", 10}}, absl::Seconds(1));
  EXPECT_THAT(watch.Dead(absl::Seconds(7)), IsEmpty());
  for (int second = 7; second < 12; ++second) {
    watch.Observe({{"a", "1", 10}}, absl::Seconds(second));
    EXPECT_THAT(watch.Dead(absl::Seconds(second)), IsEmpty());
  }
  EXPECT_THAT(watch.Dead(absl::Seconds(12)), ElementsAre(LastSeen("a", 10)));
}

TEST(LeaseWatchTest, ForgetsWhoIsNoLongerListed) {
  LeaseWatch watch(absl::Seconds(5));
  watch.Observe({{"a", "1", 10}}, absl::Seconds(0));
  watch.Observe({{"a", "1", 10}}, absl::Seconds(2));
  watch.Observe({}, absl::Seconds(4));
  EXPECT_THAT(watch.Dead(absl::Seconds(6)), IsEmpty());
}

}  // namespace
}  // namespace causeway::push
