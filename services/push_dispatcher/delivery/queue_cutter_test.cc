#include "services/push_dispatcher/delivery/queue_cutter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/transaction_body.h"
#include "services/push_dispatcher/delivery/queue_reader.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/delivery/stored_queue.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::push {
namespace {

constexpr AppserviceUid kUid = StoredQueue::kUid;

class QueueCutterTest : public ::testing::Test {
 protected:
  ~QueueCutterTest() override {
    reader_.Stop();
    cutter_.Stop();
  }

  // Committed by this process: it may be sent without being read. `saturated_`:
  // while events come faster than they can be taken in.
  void PublishHere(int count, const std::string& source = "hs") {
    const IngestBatch batch = queue_.Publish(count, source);
    const SegmentKey segment = {batch.before.id, batch.before.end.position,
                                batch.segment->content_id};
    cache_.Insert(segment, batch.events);
    Offer(batch, segment);
  }

  void Offer(const IngestBatch& batch, const SegmentKey& segment) {
    cutter_.Offer(
        {.source_id = batch.before.id,
         .begin = batch.before.end.position,
         .end = batch.end.position,
         .entries = {{kUid,
                      {.segment = segment,
                       .last_position = batch.entries[0].last_position,
                       .events = batch.entries[0].events,
                       .segment_raw_bytes = batch.segment->raw_bytes,
                       .publish_time = absl::UnixEpoch()}}},
         .saturated = saturated_});
  }

  DeliveryEvent Load(LoadNext effect) {
    cutter_.Perform(kUid, std::move(effect));
    return AwaitAnswer();
  }
  DeliveryEvent AwaitAnswer() {
    absl::MutexLock lock(&mu_);
    auto answered = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return !answers_.empty();
    };
    mu_.Await(absl::Condition(&answered));
    DeliveryEvent answer = std::move(answers_.back());
    answers_.clear();
    return answer;
  }

  // The bodies of up to `cuts_max` transactions.
  std::vector<std::string> Bodies(const Cursors& after, int32_t events_max,
                                  int32_t cuts_max = 1,
                                  SourceId last_source = 0) {
    const DeliveryEvent answer = Load({.ticket = 1,
                                       .after = after,
                                       .last_source = last_source,
                                       .events_max = events_max,
                                       .body_bytes_max = body_bytes_max_,
                                       .cuts_max = cuts_max,
                                       .ephemeral = ephemeral_});
    std::vector<std::string> bodies;
    if (const auto* loaded = std::get_if<NextLoaded>(&answer)) {
      more_ = loaded->more;
      cuts_ = loaded->cuts;
      for (const Cut& cut : cuts_) bodies.push_back(*cut.body);
    } else {
      bodies.push_back("not loaded");
    }
    return bodies;
  }
  static std::string Body(int64_t first, int64_t last) {
    return StoredQueue::Body("hs", first, last);
  }

  StoredQueue queue_;
  SegmentCache cache_{1 << 20};
  int64_t body_bytes_max_ = kTransactionBytesMax;
  std::string ephemeral_;
  bool saturated_ = false;
  bool more_ = false;
  std::vector<Cut> cuts_;

  absl::Mutex mu_;
  std::vector<DeliveryEvent> answers_ ABSL_GUARDED_BY(mu_);
  QueueReader reader_{
      queue_.store(), cache_, {}, [](AppserviceUid, const DeliveryEvent&) {}};
  prometheus::Registry metrics_registry_;
  PushMetrics metrics_{metrics_registry_};
  FakeClock clock_;
  QueueCutter cutter_{
      {.window_entries_max = 64, .small_cuts_per_second_max = 1},
      reader_,
      cache_,
      clock_,
      metrics_,
      [this](AppserviceUid, DeliveryEvent event) {
        absl::MutexLock lock(&mu_);
        answers_.push_back(std::move(event));
      }};
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(QueueCutterTest, CutsWhatWasQueuedBefore) {
  queue_.Publish(3);
  queue_.Publish(2);
  EXPECT_THAT(Bodies(Cursors({1}), 100), ElementsAre(Body(2, 5)));
  EXPECT_EQ(cuts_[0].last_position, 5);
  EXPECT_EQ(cuts_[0].event_count, 4);
  EXPECT_FALSE(cuts_[0].full);
  EXPECT_FALSE(more_);
  EXPECT_THAT(Bodies(Cursors({5}), 100), IsEmpty());
}

TEST_F(QueueCutterTest, CutsWhatIsCommittedHereWithoutTheStore) {
  PublishHere(1);
  EXPECT_THAT(Bodies({}, 100), ElementsAre(Body(1, 1)));
  queue_.store().SetAway(true);
  EXPECT_THAT(Bodies(Cursors({1}), 100), IsEmpty());
  queue_.store().SetAway(false);
  PublishHere(2);
  queue_.store().SetAway(true);
  EXPECT_THAT(Bodies(Cursors({1}), 100), ElementsAre(Body(2, 3)));
}

TEST_F(QueueCutterTest, ToDeviceMessagesCountAsEvents) {
  EventSet to_device;
  to_device.Add(0);
  to_device.Add(2);
  queue_.Publish(4, "hs", to_device);
  EXPECT_THAT(Bodies({}, 2, 2),
              ElementsAre(R"({"events":[{"hs":2}],"to_device":[{"hs":1}],)"
                          R"("de.sorunome.msc2409.to_device":[{"hs":1}]})",
                          R"({"events":[{"hs":4}],"to_device":[{"hs":3}],)"
                          R"("de.sorunome.msc2409.to_device":[{"hs":3}]})"));
  EXPECT_EQ(cuts_[0].body_format, kBodyFormat);
  EXPECT_EQ(cuts_[0].last_position, 2);
  EXPECT_TRUE(cuts_[0].full);
}

TEST_F(QueueCutterTest, EphemeralDataRidesAlongInTheFirst) {
  queue_.Publish(2);
  ephemeral_ = R"({"x":1})";
  EXPECT_THAT(Bodies({}, 1, 2),
              ElementsAre(R"({"events":[{"hs":1}],"ephemeral":[{"x":1}],)"
                          R"("de.sorunome.msc2409.ephemeral":[{"x":1}]})",
                          Body(2, 2)));
  EXPECT_EQ(cuts_[0].ephemeral, ephemeral_);
  EXPECT_EQ(cuts_[0].body_format, kBodyFormat);
  EXPECT_EQ(cuts_[1].ephemeral, "");
  EXPECT_EQ(cuts_[1].body_format, kEventsBodyFormat);
  EXPECT_THAT(Bodies(Cursors({2}), 1), IsEmpty());
  // Events come first.
  body_bytes_max_ = static_cast<int64_t>(Body(1, 2).size());
  EXPECT_THAT(Bodies({}, 2), ElementsAre(Body(1, 2)));
  EXPECT_EQ(cuts_[0].ephemeral, "");
}

TEST_F(QueueCutterTest, ReadsWhatOthersCommitted) {
  PublishHere(1);
  EXPECT_THAT(Bodies({}, 100), ElementsAre(Body(1, 1)));
  queue_.Publish(1);
  cutter_.Lose(kUid);
  EXPECT_THAT(Bodies(Cursors({1}), 100), ElementsAre(Body(2, 2)));
}

// Though nobody said so: the gap in the positions does.
TEST_F(QueueCutterTest, ReadsWhatOthersCommittedInBetween) {
  PublishHere(1);
  EXPECT_THAT(Bodies({}, 100), ElementsAre(Body(1, 1)));
  queue_.Publish(1);
  PublishHere(1);
  EXPECT_THAT(Bodies(Cursors({1}), 100), ElementsAre(Body(2, 3)));
}

// It was, by another replica, and comes as far as what was undone did.
TEST_F(QueueCutterTest, ReadsWhatOthersCommittedInPlaceOfWhatWasUndone) {
  cutter_.Offer({.source_id = 1, .begin = 1, .end = 3, .entries = {}});
  cutter_.ForgetCommits();
  EXPECT_THAT(Bodies({}, 100), IsEmpty());
  queue_.Publish(2);
  PublishHere(1);
  EXPECT_THAT(Bodies({}, 100), ElementsAre(Body(1, 3)));
}

TEST_F(QueueCutterTest, EndsAtTheLimits) {
  queue_.Publish(10);
  EXPECT_THAT(Bodies({}, 4), ElementsAre(Body(1, 4)));
  EXPECT_TRUE(cuts_[0].full);
  body_bytes_max_ = static_cast<int64_t>(Body(1, 3).size());
  EXPECT_THAT(Bodies({}, 100), ElementsAre(Body(1, 3)));
  EXPECT_TRUE(cuts_[0].full);
}

TEST_F(QueueCutterTest, CutsSeveralAtOnce) {
  queue_.Publish(10);
  EXPECT_THAT(Bodies({}, 4, 10),
              ElementsAre(Body(1, 4), Body(5, 8), Body(9, 10)));
}

// After an outage the queue may hold a thousand batches of one event each.
TEST_F(QueueCutterTest, FillsATransactionFromManySmallBatches) {
  for (int i = 0; i < 250; ++i) queue_.Publish(1);
  EXPECT_THAT(Bodies({}, 100), ElementsAre(Body(1, 100)));
  EXPECT_THAT(Bodies(Cursors({100}), 100), ElementsAre(Body(101, 200)));
  EXPECT_THAT(Bodies(Cursors({200}), 100), ElementsAre(Body(201, 250)));
}

TEST_F(QueueCutterTest, GoesOnFromWhatFailed) {
  queue_.Publish(10);
  EXPECT_THAT(Bodies({}, 4), ElementsAre(Body(1, 4)));
  EXPECT_THAT(Bodies(Cursors({4}), 4), ElementsAre(Body(5, 8)));
  EXPECT_THAT(Bodies({}, 4), ElementsAre(Body(1, 4)));
  cutter_.Forget(kUid);
  EXPECT_THAT(Bodies(Cursors({4}), 4), ElementsAre(Body(5, 8)));
}

// What is remembered of the store was undone since: it has gone back, and has
// other segments at these positions.
TEST_F(QueueCutterTest, ReadsAnewWhatTheStoreHasOtherwise) {
  EXPECT_EQ(Bodies({}, 100), std::vector<std::string>());
  PublishHere(1);
  EXPECT_EQ(Bodies({}, 100), std::vector<std::string>{Body(1, 1)});
  const IngestBatch batch = queue_.Publish(2);
  const SegmentKey undone = {batch.before.id, batch.before.end.position,
                             batch.segment->content_id + 1};
  Offer(batch, undone);
  EXPECT_EQ(Bodies({}, 100), std::vector<std::string>{"not loaded"});
  EXPECT_EQ(Bodies({}, 100), std::vector<std::string>{Body(1, 3)});
}

TEST_F(QueueCutterTest, NeedsNoCache) {
  queue_.Publish(3);
  SegmentCache none(0);
  std::vector<DeliveryEvent> answers;
  absl::Notification answered;
  QueueCutter cutter({}, reader_, none, clock_, metrics_,
                     [&](AppserviceUid, DeliveryEvent event) {
                       answers.push_back(std::move(event));
                       answered.Notify();
                     });
  cutter.Perform(kUid, {.ticket = 1,
                        .after = {},
                        .events_max = 2,
                        .body_bytes_max = 1000,
                        .cuts_max = 1});
  answered.WaitForNotification();
  cutter.Stop();
  EXPECT_EQ(*std::get<NextLoaded>(answers[0]).cuts[0].body, Body(1, 2));
}

TEST_F(QueueCutterTest, TakesSourcesInTurn) {
  queue_.Publish(1, "a");
  queue_.Publish(1, "b");
  const std::string a = StoredQueue::Body("a", 1, 1);
  const std::string b = StoredQueue::Body("b", 1, 1);
  EXPECT_THAT(Bodies({}, 100, 1, 0), ElementsAre(a));
  EXPECT_THAT(Bodies({}, 100, 1, 1), ElementsAre(b));
  EXPECT_THAT(Bodies({}, 100, 1, 2), ElementsAre(a));
  EXPECT_THAT(Bodies(Cursors({1}), 100, 1, 2), ElementsAre(b));
  EXPECT_THAT(Bodies({}, 100, 5, 1), ElementsAre(b, a));
}

// A bridge is far behind with what one homeserver says, and something is
// replayed for it.
TEST_F(QueueCutterTest, ReadsNoLongSourceToItsEndForAShortOne) {
  for (int i = 0; i < 2000; ++i) queue_.Publish(1, "long");
  queue_.Publish(1, "short");
  for (int64_t taken = 0; taken < 500; taken += 100) {
    EXPECT_THAT(Bodies(Cursors({taken}), 100, 1, 2),
                ElementsAre(StoredQueue::Body("long", taken + 1, taken + 100)));
    for (int again = 0; again < 10; ++again) {
      EXPECT_THAT(Bodies(Cursors({taken + 100}), 100, 1, 1),
                  ElementsAre(StoredQueue::Body("short", 1, 1)));
      EXPECT_TRUE(more_);
    }
    // A read has 64 of a source.
    EXPECT_LE(queue_.store().entries_read(), taken + 100 + 3 * 64);
  }
}

class SaturatedQueueCutterTest : public QueueCutterTest {
 protected:
  // Events come faster than they can be taken in, one waits, and the turn of
  // this second is taken.
  SaturatedQueueCutterTest() {
    saturated_ = true;
    PublishHere(1);
    EXPECT_THAT(Bodies({}, 100), ElementsAre(Body(1, 1)));
    PublishHere(1);
    EXPECT_THAT(Bodies(Cursors({1}), 100), ElementsAre(Body(2, 2)));
    PublishHere(1);
    cutter_.Perform(kUid, {.ticket = 1,
                           .after = Cursors({2}),
                           .events_max = 4,
                           .body_bytes_max = kTransactionBytesMax,
                           .cuts_max = 1});
  }

  // The cutter has done what it was told so far: else it would see a time that
  // comes later.
  void AwaitAllDone() {
    cutter_.Perform(kUid + 1, {.ticket = 2,
                               .after = {},
                               .events_max = 4,
                               .body_bytes_max = kTransactionBytesMax,
                               .cuts_max = 1});
    const DeliveryEvent answer = AwaitAnswer();
    EXPECT_THAT(std::get<NextLoaded>(answer).cuts, IsEmpty());
  }

  std::string HeldBody() {
    const DeliveryEvent answer = AwaitAnswer();
    return *std::get<NextLoaded>(answer).cuts.at(0).body;
  }
};

TEST_F(SaturatedQueueCutterTest, WaitsUntilATransactionIsFull) {
  PublishHere(2);
  PublishHere(1);
  EXPECT_EQ(HeldBody(), Body(3, 6));
}

TEST_F(SaturatedQueueCutterTest, WaitsForItsTurn) {
  PublishHere(1);
  AwaitAllDone();
  for (int i = 0; i < 5; ++i) {
    clock_.AdvanceTime(absl::Milliseconds(200));
    cutter_.Offer({.source_id = 1,
                   .begin = 5,
                   .end = 5,
                   .entries = {},
                   .saturated = true});
  }
  EXPECT_EQ(HeldBody(), Body(3, 4));
}

TEST_F(SaturatedQueueCutterTest, WaitsUntilEventsComeSlowerAgain) {
  PublishHere(1);
  saturated_ = false;
  PublishHere(1);
  EXPECT_EQ(HeldBody(), Body(3, 5));
}

TEST_F(SaturatedQueueCutterTest, WaitsNotForLongIfNothingComesAnyMore) {
  PublishHere(1);
  AwaitAllDone();
  clock_.AdvanceTime(absl::Milliseconds(250));
  EXPECT_EQ(HeldBody(), Body(3, 4));
}

TEST_F(SaturatedQueueCutterTest, WaitsForNothingIfNothingIsThere) {
  EXPECT_THAT(Bodies(Cursors({3}), 100), IsEmpty());
}

TEST_F(QueueCutterTest, SaysWhenTheStoreIsAway) {
  queue_.store().SetAway(true);
  EXPECT_THAT(Bodies({}, 100), ElementsAre("not loaded"));
  queue_.store().SetAway(false);
  queue_.Publish(1);
  EXPECT_THAT(Bodies({}, 100), ElementsAre(Body(1, 1)));
}

}  // namespace
}  // namespace causeway::push
