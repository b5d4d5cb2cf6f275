#include "services/push_dispatcher/ingest/upstream_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// With an event a key, whose room tells which it is.
PublishBatch Batch(const std::string& body,
                   const std::vector<std::string>& keys) {
  PublishBatch batch;
  batch.source = "up";
  batch.upstream = UpstreamTransaction{
      .txn_id = "t1", .body_sha256 = matrix::Sha256(body), .event_keys = keys};
  for (const std::string& key : keys) {
    PublishedRecord record;
    record.kind = PublishedRecord::Kind::kEvent;
    record.room_id = key;
    batch.records.push_back(record);
  }
  return batch;
}

UpstreamRecord Known(const std::string& body,
                     const std::vector<std::string>& keys) {
  return {.txn_id = "t1",
          .body_sha256 = matrix::Sha256(body),
          .first_position = 1,
          .event_keys = keys};
}

std::vector<std::string> Rooms(const UpstreamPlan& plan) {
  std::vector<std::string> rooms;
  for (const PublishedRecord& record : plan.records) {
    rooms.push_back(record.room_id);
  }
  return rooms;
}

TEST(UpstreamPlanTest, TakesAllOfWhatIsNew) {
  const UpstreamPlan plan = PlanUpstream(Batch("x", {"a", "b"}), {}, 7);
  EXPECT_FALSE(plan.repeat);
  EXPECT_EQ(plan.taken_count, 2);
  EXPECT_THAT(Rooms(plan), ElementsAre("a", "b"));
  EXPECT_EQ(plan.record.txn_id, "t1");
  EXPECT_EQ(plan.record.body_sha256, matrix::Sha256("x"));
  EXPECT_EQ(plan.record.first_position, 7);
  EXPECT_THAT(plan.record.event_keys, ElementsAre("a", "b"));
  EXPECT_THAT(plan.acts, IsEmpty());
}

TEST(UpstreamPlanTest, ARepeatTakesNothing) {
  const UpstreamPlan plan = PlanUpstream(
      Batch("x", {"a", "b"}), {Known("y", {"c"}), Known("x", {"a", "b"})}, 7);
  EXPECT_TRUE(plan.repeat);
  EXPECT_EQ(plan.taken_count, 2);
  EXPECT_THAT(plan.acts, IsEmpty());
}

TEST(UpstreamPlanTest, AnotherBodyBringsWhatDidNotComeBefore) {
  const UpstreamPlan plan =
      PlanUpstream(Batch("z", {"c", "a", "d"}),
                   {Known("y", {"c"}), Known("x", {"a", "b"})}, 7);
  EXPECT_FALSE(plan.repeat);
  EXPECT_EQ(plan.taken_count, 1);
  EXPECT_THAT(Rooms(plan), ElementsAre("d"));
  EXPECT_THAT(plan.record.event_keys, ElementsAre("d"));
  ASSERT_THAT(plan.acts, SizeIs(1));
  EXPECT_EQ(plan.acts[0].action, "transaction_changed");
  EXPECT_EQ(plan.acts[0].detail,
            "source up, transaction t1, events that came before: 2, others: 1");
}

// It moves its source all the same.
TEST(UpstreamPlanTest, WhatHasNothingToTellTakesOnePosition) {
  for (const UpstreamPlan& plan :
       {PlanUpstream(Batch("x", {}), {}, 7),
        PlanUpstream(Batch("x", {"a"}), {Known("y", {"a"})}, 7)}) {
    EXPECT_FALSE(plan.repeat);
    EXPECT_EQ(plan.taken_count, 0);
    ASSERT_THAT(plan.records, SizeIs(1));
    EXPECT_EQ(plan.records[0].kind, PublishedRecord::Kind::kSkipped);
    EXPECT_THAT(plan.record.event_keys, IsEmpty());
  }
}

TEST(UpstreamPlanTest, WhatCantBeReadIsRecorded) {
  PublishBatch batch = Batch("x", {"a"});
  batch.upstream->refused_count = 3;
  batch.upstream->refused_reason = std::string(5000, 'e');
  const UpstreamPlan plan = PlanUpstream(batch, {}, 7);
  ASSERT_THAT(plan.acts, SizeIs(1));
  EXPECT_EQ(plan.acts[0].action, "events_refused");
  EXPECT_THAT(plan.acts[0].detail, HasSubstr("transaction t1, events: 3"));
  EXPECT_THAT(plan.acts[0].reason, SizeIs(kReasonBytesMax));
}

TEST(UpstreamPlanTest, ASourceIsOfOneKind) {
  const PublishBatch transaction = Batch("x", {});
  PublishBatch publish = transaction;
  publish.upstream.reset();
  const SourceState fresh;
  SourceState published = fresh;
  published.end.position = 2;
  SourceState upstream = published;
  upstream.upstream = true;
  EXPECT_TRUE(CheckSourceKind(fresh, publish).ok());
  EXPECT_TRUE(CheckSourceKind(fresh, transaction).ok());
  EXPECT_TRUE(CheckSourceKind(published, publish).ok());
  EXPECT_TRUE(CheckSourceKind(upstream, transaction).ok());
  EXPECT_TRUE(
      absl::IsFailedPrecondition(CheckSourceKind(published, transaction)));
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckSourceKind(upstream, publish)));
}

}  // namespace
}  // namespace causeway::push
