#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/push_dispatcher/store/push_store_contract.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using enum absl::StatusCode;

TEST_P(PushStoreContract, ListsQueuesById) {
  ASSERT_TRUE(
      ingest_
          .ApplyRegistry(1, {{{1, "b", true}, {2, "a", true}, {3, "C", true}}})
          .ok());
  auto ids = [](const absl::StatusOr<std::vector<QueueSummary>>& summaries) {
    std::vector<std::string> result;
    for (const QueueSummary& s : summaries.value()) {
      result.push_back(s.appservice_id);
    }
    return result;
  };
  EXPECT_THAT(ids(operators_.ListQueues("", 2)), ElementsAre("C", "a"));
  EXPECT_THAT(ids(operators_.ListQueues("a", 2)), ElementsAre("b"));
  EXPECT_THAT(ids(operators_.ListQueuesOf({})), IsEmpty());
  std::vector<AppserviceUid> uids = {12345};  // There is no such queue.
  const auto all = operators_.ListQueues("", 100).value();
  for (const QueueSummary& queue : all) {
    if (queue.appservice_id != "a") uids.push_back(queue.uid);
  }
  EXPECT_THAT(ids(operators_.ListQueuesOf(uids)), ElementsAre("C", "b"));
  EXPECT_EQ(operators_.FindQueue("none").status().code(), kNotFound);
}

TEST_P(PushStoreContract, CountsWhatIsNotAcknowledged) {
  Apply(1, {7});
  EXPECT_EQ(operators_.FindQueue("as7").value().oldest_time, std::nullopt);
  Publish(20, {7}, {0, 5, 17});
  Publish(3, {7}, {1, 2});
  const AcquiredQueue queue = Acquire(7);
  QueueSummary summary = operators_.FindQueue("as7").value();
  EXPECT_EQ(summary.queued_events, 5);
  EXPECT_NE(summary.oldest_time, std::nullopt);
  const QueueWrite seal = Seal(queue, "n-1", 6);
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(Write(7, Settle(seal)));
  EXPECT_EQ(operators_.FindQueue("as7").value().queued_events, 3);
}

TEST_P(PushStoreContract, ListsSegmentsTheNewestFirst) {
  Apply(1, {7});
  for (int i = 0; i < 3; ++i) Publish(1, {7}, {0});
  Publish(1, {}, {});  // Nobody wants it.
  auto positions = [&](int64_t before, int32_t count_max, int64_t bytes_max) {
    std::vector<int64_t> result;
    const auto segments =
        operators_.ListSegments(1, before, count_max, bytes_max);
    EXPECT_TRUE(segments.ok()) << segments.status();
    for (const StoredSegment& segment : *segments) {
      EXPECT_EQ(Segment::Decode(segment.encoded)->record(0), R"({"a":1})");
      result.push_back(segment.first_position);
    }
    return result;
  };
  const int64_t bytes = 11;  // Of each: seven, and four for the length.
  EXPECT_THAT(positions(kNewest, 2, 1000), ElementsAre(3, 2));
  EXPECT_THAT(positions(2, 9, 1000), ElementsAre(1));
  EXPECT_THAT(positions(1, 9, 1000), IsEmpty());
  EXPECT_THAT(positions(kNewest, 9, 2 * bytes), ElementsAre(3, 2));
  EXPECT_THAT(positions(kNewest, 9, 1), ElementsAre(3));
  EXPECT_THAT(operators_.ListSegments(2, kNewest, 9, 1000).value(), IsEmpty());
}

TEST_P(PushStoreContract, ListsSegmentsInARangeTheOldestFirst) {
  Apply(1, {7});
  Publish(3, {7}, {0});  // 1 to 3.
  Publish(2, {}, {});    // Nobody wants it.
  Publish(2, {7}, {0});  // 6 and 7.
  Publish(1, {7}, {0});  // 8.
  auto positions = [&](int64_t first, int64_t last, int32_t count_max,
                       int64_t bytes_max) {
    std::vector<int64_t> result;
    const auto segments =
        operators_.ListSegmentsInRange(1, first, last, count_max, bytes_max);
    EXPECT_TRUE(segments.ok()) << segments.status();
    for (const StoredSegment& segment : *segments) {
      EXPECT_EQ(Segment::Decode(segment.encoded)->record(0), R"({"a":1})");
      result.push_back(segment.first_position);
    }
    return result;
  };
  EXPECT_THAT(positions(1, 100, 9, 1000), ElementsAre(1, 6, 8));
  EXPECT_THAT(positions(3, 6, 9, 1000), ElementsAre(1, 6));
  EXPECT_THAT(positions(4, 5, 9, 1000), IsEmpty());
  EXPECT_THAT(positions(5, 7, 9, 1000), ElementsAre(6));
  EXPECT_THAT(positions(7, 7, 9, 1000), ElementsAre(6));
  EXPECT_THAT(positions(9, 100, 9, 1000), IsEmpty());
  EXPECT_THAT(positions(1, 100, 2, 1000), ElementsAre(1, 6));
  EXPECT_THAT(positions(2, 100, 9, 1), ElementsAre(1));
  EXPECT_THAT(operators_.ListSegmentsInRange(2, 1, 100, 9, 1000).value(),
              IsEmpty());
}

TEST_P(PushStoreContract, SweepsOnlyWhatNobodyNeeds) {
  Apply(1, {7, 8});
  const IngestBatch first = Publish(3, {7, 8}, {0, 2});
  const IngestBatch second = Publish(2, {7}, {1});
  const SegmentKey at_1 = {1, 1, first.segment->content_id};
  const SegmentKey at_4 = {1, 4, second.segment->content_id};
  const AcquiredQueue queue = Acquire(7);
  SweepAll();
  EXPECT_THAT(queues_.ReadEntries({{7, {}}, {8, {}}}, 100).value(),
              ElementsAre(SizeIs(2), SizeIs(1)));
  EXPECT_TRUE(queues_.ReadSegments({at_1, at_4}).ok());

  const QueueWrite seal = Seal(queue, "n-1", 5);
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(Write(7, Settle(seal)));
  SweepAll();
  EXPECT_THAT(queues_.ReadEntries({{7, {}}, {8, {}}}, 100).value(),
              ElementsAre(IsEmpty(), SizeIs(1)));
  EXPECT_TRUE(queues_.ReadSegments({at_1}).ok());
  EXPECT_EQ(queues_.ReadSegments({at_4}).status().code(), kDataLoss);

  Apply(2, {7});  // 8 is gone.
  SweepAll();
  EXPECT_THAT(queues_.ReadEntries({{8, {}}}, 100).value()[0], IsEmpty());
  EXPECT_EQ(queues_.ReadSegments({at_1}).status().code(), kDataLoss);
}

// What waits longer than all around it is moved, and stays whole and in order.
TEST_P(PushStoreContract, SweepKeepsWhatADeadQueueNeeds) {
  Apply(1, {7, 8});
  const AcquiredQueue live = Acquire(7);
  QueueHead head = live.head;
  std::vector<int64_t> expected;
  for (int i = 0; i < 40; ++i) {
    const bool for_both = i % 10 == 3;
    const IngestBatch batch =
        for_both ? Publish(2, {7, 8}, {1}) : Publish(2, {7}, {0, 1});
    if (for_both) expected.push_back(batch.before.end.position + 1);
    QueueWrite done = NoChange(live.epoch, live.nonce, head);
    done.after.cursors.Set(1, batch.end.position - 1);
    ASSERT_TRUE(Write(7, done));
    head = done.after;
    ASSERT_TRUE(operators_.Sweep(kTinyGenerations).ok());
  }
  SweepAll();
  const auto entries = queues_.ReadEntries({{7, {}}, {8, {}}}, 100).value();
  EXPECT_THAT(entries[0], IsEmpty());
  std::vector<int64_t> found;
  for (const QueueEntry& entry : entries[1]) {
    found.push_back(entry.last_position);
    EXPECT_TRUE(entry.events.Contains(1));
    EXPECT_GT(entry.segment_raw_bytes, 0);
    EXPECT_TRUE(queues_.ReadSegments({entry.segment}).ok());
  }
  EXPECT_EQ(found, expected);
  // In pieces, too.
  EXPECT_EQ(queues_.ReadEntries({{8, Cursors({expected[1]})}}, 1)
                .value()[0]
                .at(0)
                .last_position,
            expected[2]);
  EXPECT_EQ(operators_.FindQueue("as8").value().queued_events, 4);
}

}  // namespace
}  // namespace causeway::push
