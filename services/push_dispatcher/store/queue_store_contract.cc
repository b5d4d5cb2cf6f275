#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/store/push_store_contract.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using enum absl::StatusCode;

TEST_P(PushStoreContract, ReadsEntriesBehindTheCursors) {
  Apply(1, {7, 8});
  Publish(3, {7, 8}, {0, 2});
  Publish(2, {8}, {1});
  Publish(20, {7}, {9, 19});
  const auto results =
      queues_
          .ReadEntries({{7, Cursors({2})}, {8, Cursors({5})}, {7, {}}, {9, {}}},
                       100)
          .value();
  ASSERT_THAT(results, SizeIs(4));
  ASSERT_THAT(results[0], SizeIs(2));  // Position 3 is still to come.
  EXPECT_EQ(results[0][0].segment.first_position, 1);
  EXPECT_EQ(results[0][0].last_position, 3);
  EXPECT_EQ(results[0][0].events.Next(1), 2u);
  EXPECT_GT(results[0][0].segment_raw_bytes, 0);
  EXPECT_EQ(results[0][1].last_position, 25);
  EXPECT_EQ(results[0][1].position(9), 15);
  EXPECT_THAT(results[1], IsEmpty());
  EXPECT_THAT(results[2], SizeIs(2));
  EXPECT_THAT(results[3], IsEmpty());
  EXPECT_THAT(queues_.ReadEntries({{7, {}}}, 1).value()[0], SizeIs(1));
}

TEST_P(PushStoreContract, ReadsSegmentsInTheOrderAsked) {
  Apply(1, {7});
  const IngestBatch first = Publish(3, {7}, {0});
  const IngestBatch second = Publish(2, {7}, {0});
  const SegmentKey at_1 = {1, 1, first.segment->content_id};
  const SegmentKey at_4 = {1, 4, second.segment->content_id};
  EXPECT_THAT(queues_.ReadSegments({at_4, at_1}).value(),
              ElementsAre(*second.segment, *first.segment));
  EXPECT_EQ(queues_.ReadEntries({{7, {}}}, 100).value()[0][1].segment, at_4);
  EXPECT_EQ(queues_.ReadSegments({at_4, {1, 99}}).status().code(), kDataLoss);
  // There is one, but of other content.
  EXPECT_EQ(
      queues_.ReadSegments({at_4, {1, 1, at_4.content_id}}).status().code(),
      kDataLoss);
}

// An event's age counts from the commit that Publish answered for.
TEST_P(PushStoreContract, EntriesTellWhenTheyWerePublished) {
  Apply(1, {7});
  Publish(3, {7}, {0, 2});
  const QueueEntry entry = queues_.ReadEntries({{7, {}}}, 100).value()[0][0];
  EXPECT_LT(absl::AbsDuration(*operators_.FindQueue("as7")->oldest_time -
                              entry.publish_time),
            absl::Milliseconds(1));
  EXPECT_EQ(absl::FromUnixMillis(absl::ToUnixMillis(entry.publish_time)),
            entry.publish_time);
}

TEST_P(PushStoreContract, SealsSettlesAndDoesBothAtOnce) {
  Apply(1, {7});
  Publish(10, {7}, {0, 1, 2, 3});
  const AcquiredQueue queue = Acquire(7);
  EXPECT_EQ(queue.head.txn_id, "");

  const QueueWrite seal = Seal(queue, "n-1", 2);
  ASSERT_TRUE(Write(7, seal));
  EXPECT_EQ(Head(7, queue.epoch), seal.after);

  QueueWrite both = Settle(seal);
  AddSeal("n-2", 4, both);
  ASSERT_TRUE(Write(7, both));
  EXPECT_EQ(Head(7, queue.epoch), both.after);
  EXPECT_EQ(Head(7, queue.epoch).cursors.Get(1), 2);

  ASSERT_TRUE(Write(7, Settle(both)));
  const QueueHead head = Head(7, queue.epoch);
  EXPECT_EQ(head.txn_id, "n-2");
  EXPECT_THAT(head.sealed, IsEmpty());
  EXPECT_EQ(head.cursors.Get(1), 4);

  const QueueSummary summary = operators_.FindQueue("as7").value();
  EXPECT_EQ(summary.delivered_transactions, 2);
  EXPECT_EQ(summary.delivered_events, 4);
  EXPECT_EQ(summary.queued_events, 0);
  EXPECT_THAT(Acts(), IsEmpty());
}

TEST_P(PushStoreContract, SealsSeveralAheadInOrder) {
  Apply(1, {7});
  Publish(20, {}, {});
  const AcquiredQueue queue = Acquire(7);
  QueueWrite seal = Seal(queue, "n-1", 2);
  // What replaced n-1 would stand before it, whatever its ID.
  for (int i = 9; i > 1; --i) AddSeal("n-" + std::to_string(i), 20 - i, seal);
  ASSERT_TRUE(Write(7, seal));
  EXPECT_EQ(Head(7, queue.epoch), seal.after);

  QueueWrite settle = Settle(seal);
  AddSettlement({}, settle);
  AddSettlement({}, settle);
  ASSERT_TRUE(Write(7, settle));
  EXPECT_EQ(Head(7, queue.epoch), settle.after);
  EXPECT_EQ(operators_.FindQueue("as7")->delivered_transactions, 3);
  EXPECT_EQ(operators_.FindQueue("as7")->delivered_events, 6);
}

// P2 is order within a source: each has its own cursor.
// Byte for byte: other bytes than were sealed can't be sent (P3).
TEST_P(PushStoreContract, KeepsWhatRidesAlongWithTheSeal) {
  Apply(1, {7});
  Publish(20, {}, {});
  QueueWrite seal = Seal(Acquire(7), "n-1", 4);
  seal.after.sealed[0].ephemeral =
      R"({ "b":1.0,"a":"\u0000é\\" },{"b":{},"b":'",{}})";
  ASSERT_TRUE(Write(7, seal));
  EXPECT_EQ(Head(7, seal.epoch).sealed, seal.after.sealed);
}

TEST_P(PushStoreContract, SegmentsTellWhatIsAMessage) {
  Apply(1, {7});
  IngestBatch batch;
  batch.before = ingest_.OpenSource("hs").value();
  batch.end = {.position = batch.before.end.position + 2,
               .prefix_sha256 = std::string(32, 'x')};
  EventSet to_device;
  to_device.Add(1);
  batch.segment =
      Segment::Of({"{}", "{}"}, to_device).Encode(batch.end.prefix_sha256);
  batch.entries = {{.uid = 7, .last_position = 2, .events = to_device}};
  ASSERT_TRUE(ingest_.Commit(batch).ok());
  const SegmentKey key = {1, 1, batch.segment->content_id};
  const auto segment = Segment::Decode(queues_.ReadSegments({key}).value()[0]);
  ASSERT_TRUE(segment.ok()) << segment.status();
  EXPECT_FALSE(segment->is_to_device(0));
  EXPECT_TRUE(segment->is_to_device(1));
}

TEST_P(PushStoreContract, CursorsOfSourcesAreSeparate) {
  Apply(1, {7});
  ASSERT_TRUE(ingest_.OpenSource("a").ok());
  ASSERT_TRUE(ingest_.OpenSource("b").ok());
  IngestBatch batch;
  batch.before = ingest_.OpenSource("c").value();
  batch.end = {.position = 6, .prefix_sha256 = std::string(32, 'x')};
  ASSERT_TRUE(ingest_.Commit(batch).ok());
  const SourceId third = batch.before.id;
  const AcquiredQueue queue = Acquire(7);
  QueueWrite seal = Seal(queue, "n-1", 5);
  seal.after.sealed[0].source_id = third;
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(Write(7, Settle(seal)));
  const Cursors cursors = Head(7, queue.epoch).cursors;
  EXPECT_EQ(cursors.Get(third), 5);
  for (SourceId other = 1; other < third; ++other) {
    EXPECT_EQ(cursors.Get(other), 0);
  }
}

// A store that has gone back to before a source was opened doesn't know it.
TEST_P(PushStoreContract, RefusesToSealWhatNoSourceHas) {
  Apply(1, {7});
  Publish(4, {}, {});
  const AcquiredQueue queue = Acquire(7);
  EXPECT_FALSE(Write(7, Seal(queue, "n-1", 5)));
  QueueWrite of_no_source = Seal(queue, "n-1", 4);
  of_no_source.after.sealed[0].source_id = 2;
  EXPECT_FALSE(Write(7, of_no_source));
  EXPECT_TRUE(Write(7, Seal(queue, "n-1", 4)));
}

// P3: only the owner writes, and only on the head that it knows.
TEST_P(PushStoreContract, RefusesWritesOfAnotherEpochOrHead) {
  Apply(1, {7, 8});
  Publish(20, {}, {});
  Acquire(8);
  const AcquiredQueue queue = Acquire(7, {});
  QueueWrite other_epoch = Seal(queue, "n-1", 2);
  other_epoch.epoch += 1;
  QueueWrite other_head = Seal(queue, "n-1", 2);
  other_head.expected_txn_id = "m-1";
  QueueWrite other_count = Seal(queue, "n-1", 2);
  other_count.expected_sealed_count = 1;
  for (const QueueWrite& write : {other_epoch, other_head, other_count}) {
    EXPECT_FALSE(Write(7, write));
  }
  EXPECT_FALSE(Write(99, Seal(queue, "n-1", 2)));
  // One that is refused doesn't keep others from being done.
  const AcquiredQueue other = Acquire(8, {});
  const auto done =
      queues_.Write({{7, other_epoch}, {8, Seal(other, "k-1", 2)}});
  EXPECT_THAT(done.value(), ElementsAre(false, true));
}

// Hard case 4: whoever seals that remembers what a restore has undone.
TEST_P(PushStoreContract, RefusesToSealWhatTheSourceDoesNotHave) {
  Apply(1, {7});
  Publish(3, {7}, {0, 2});
  const AcquiredQueue queue = Acquire(7);
  EXPECT_FALSE(Write(7, Seal(queue, "n-1", 4)));
  QueueWrite ahead = Seal(queue, "n-1", 3);
  AddSeal("n-2", 4, ahead);
  EXPECT_FALSE(Write(7, ahead));
  EXPECT_TRUE(Write(7, Seal(queue, "n-1", 3)));
}

TEST_P(PushStoreContract, AWriteIsDoneOnce) {
  Apply(1, {7});
  Publish(20, {}, {});
  const QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  ASSERT_TRUE(Write(7, seal));
  EXPECT_FALSE(Write(7, seal));
  const QueueWrite settle = Settle(seal);
  ASSERT_TRUE(Write(7, settle));
  EXPECT_FALSE(Write(7, settle));
  EXPECT_EQ(operators_.FindQueue("as7")->delivered_transactions, 1);
}

// P6.
TEST_P(PushStoreContract, WhatWasNotTakenIsSetAsideAndRecorded) {
  Apply(1, {7});
  Publish(20, {}, {});
  const AcquiredQueue queue = Acquire(7);
  QueueWrite seal = Seal(queue, "n-1", 2);
  AddSeal("n-2", 5, seal);
  AddSeal("n-3", 6, seal);
  AddSeal("n-4", 8, seal);
  ASSERT_TRUE(Write(7, seal));
  QueueWrite settle = Settle(seal);
  const LastAttempt last_attempt = {
      .attempts = 3,
      .time = absl::FromUnixSeconds(1421416883),
      .http_status = 400,
      .error = "HTTP 400",
      .answer_excerpt = "{\"errcode\":\"M_BAD_JSON\"}"};
  AddSettlement({.kind = Settlement::Kind::kQuarantined,
                 .reason = "refused",
                 .body = std::make_shared<std::string>("bytes"),
                 .last_attempt = last_attempt},
                settle);
  AddSettlement({.kind = Settlement::Kind::kSkipped, .reason = "too often"},
                settle);
  AddSettlement({.kind = Settlement::Kind::kDropped, .reason = "too old"},
                settle);
  ASSERT_TRUE(Write(7, settle));
  EXPECT_EQ(Head(7, queue.epoch).cursors.Get(1), 8);

  const auto kept = operators_.ListSetAside(7, kNewest, 100).value();
  ASSERT_THAT(kept, SizeIs(3));
  EXPECT_EQ(kept[0].kind, Settlement::Kind::kDropped);
  EXPECT_EQ(kept[1].kind, Settlement::Kind::kSkipped);
  const SetAsideTransaction& quarantined = kept[2];
  EXPECT_EQ(quarantined.kind, Settlement::Kind::kQuarantined);
  EXPECT_EQ(quarantined.reason, "refused");
  EXPECT_EQ(quarantined.sealed.txn_id, "n-2");
  EXPECT_EQ(quarantined.sealed.source_id, 1);
  EXPECT_EQ(quarantined.after_position, 2);
  EXPECT_EQ(quarantined.sealed.last_position, 5);
  EXPECT_EQ(quarantined.sealed.event_count, 2);
  EXPECT_EQ(quarantined.replay_time, std::nullopt);
  EXPECT_EQ(quarantined.last_attempt, last_attempt);
  EXPECT_EQ(kept[0].last_attempt.attempts, 0);
  EXPECT_THAT(operators_.ListSetAside(7, kept[1].id, 100).value(), SizeIs(1));
  EXPECT_THAT(operators_.ListSetAside(7, kNewest, 2).value(), SizeIs(2));
  EXPECT_THAT(operators_.ListSetAside(8, kNewest, 2).value(), IsEmpty());

  const auto acts = Acts();
  ASSERT_THAT(acts, SizeIs(3));
  EXPECT_EQ(acts[2].action, "transaction_quarantined");
  EXPECT_EQ(acts[2].actor, "push_dispatcher");
  EXPECT_EQ(acts[2].appservice_id, "as7");
  EXPECT_THAT(acts[2].detail, HasSubstr("n-2"));
  EXPECT_EQ(acts[2].reason, "refused");

  const QueueSummary summary = operators_.FindQueue("as7").value();
  EXPECT_EQ(summary.delivered_transactions, 1);  // n-1 alone.
  EXPECT_EQ(summary.delivered_events, 2);
  EXPECT_EQ(summary.set_aside_transactions, 3);
}

// Text of an application service's making must not be what keeps its queue from
// moving on.
TEST_P(PushStoreContract, AnyReasonCanBeKept) {
  Apply(1, {7});
  Publish(20, {}, {});
  const QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(
      Write(7, Settle(seal, {.kind = Settlement::Kind::kSkipped,
                             .reason = std::string(2000, '\xff') + '\0'})));
  EXPECT_THAT(operators_.ListSetAside(7, kNewest, 1).value(), SizeIs(1));
}

TEST_P(PushStoreContract, ARefusedWriteLeavesNoRecord) {
  Apply(1, {7});
  Publish(20, {}, {});
  const QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  ASSERT_TRUE(Write(7, seal));
  QueueWrite settle =
      Settle(seal, {.kind = Settlement::Kind::kSkipped, .reason = "too often"});
  settle.epoch += 1;
  ASSERT_FALSE(Write(7, settle));
  EXPECT_THAT(operators_.ListSetAside(7, kNewest, 1).value(), IsEmpty());
  EXPECT_THAT(Acts(), IsEmpty());
}

// Hard case 10.
TEST_P(PushStoreContract, RetiringAnIdIsRecordedAndTeachesTheLimit) {
  Apply(1, {7});
  Publish(20, {}, {});
  const AcquiredQueue queue = Acquire(7);
  const QueueWrite seal = Seal(queue, "n-1", 4);
  ASSERT_TRUE(Write(7, seal));
  QueueWrite replace = NoChange(queue.epoch, queue.nonce, seal.after);
  replace.after.sealed.clear();
  AddSeal("n-2", 2, replace);
  AddSeal("n-3", 4, replace);
  replace.retired = {.txn_id = "n-1",
                     .attempts = 3,
                     .possibly_taken = true,
                     .body_bytes_max_learned = 5000};
  ASSERT_TRUE(Write(7, replace));
  EXPECT_EQ(Head(7, queue.epoch), replace.after);
  EXPECT_EQ(operators_.FindQueue("as7")->settings.body_bytes_max_learned, 5000);
  const auto acts = Acts();
  ASSERT_THAT(acts, SizeIs(1));
  EXPECT_EQ(acts[0].action, "transaction_retired");
  EXPECT_EQ(acts[0].appservice_id, "as7");
  EXPECT_THAT(acts[0].detail, HasSubstr("n-1"));
  EXPECT_THAT(acts[0].reason,
              HasSubstr("possibly taken, so its events may be a repeat"));

  // What was learnt stays.
  ASSERT_TRUE(Write(7, Settle(replace)));
  EXPECT_EQ(operators_.FindQueue("as7")->settings.body_bytes_max_learned, 5000);
}

}  // namespace
}  // namespace causeway::push
