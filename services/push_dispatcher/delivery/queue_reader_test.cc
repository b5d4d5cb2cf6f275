#include "services/push_dispatcher/delivery/queue_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/synchronization/notification.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/transaction_body.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/delivery/stored_queue.h"
#include "services/push_dispatcher/store/lease_store.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr AppserviceUid kUid = StoredQueue::kUid;

SealedTransaction Sealed(int64_t first, int64_t last) {
  return {.txn_id = "n-1",
          .source_id = 1,
          .last_position = last,
          .event_count = static_cast<int32_t>(last - first + 1),
          .body_sha256 = matrix::Sha256(StoredQueue::Body("hs", first, last)),
          .body_format = kEventsBodyFormat,
          .publish_time = absl::UnixEpoch()};
}

class QueueReaderTest : public ::testing::Test {
 protected:
  // Performs one effect and waits for the answer.
  template <typename Effect>
  DeliveryEvent Perform(const Effect& effect) {
    absl::Notification answered;
    DeliveryEvent answer;
    QueueReader reader(queue_.store(), cache_, {},
                       [&](AppserviceUid uid, DeliveryEvent event) {
                         EXPECT_EQ(uid, kUid);
                         answer = std::move(event);
                         answered.Notify();
                       });
    reader.Perform(kUid, effect);
    answered.WaitForNotification();
    return answer;
  }

  QueueReader::Fetched Fetch(QueueReader::FetchRequest request) {
    absl::Notification answered;
    QueueReader::Fetched answer;
    QueueReader reader(queue_.store(), cache_, {},
                       [](AppserviceUid, const DeliveryEvent&) {});
    reader.Fetch(kUid, std::move(request), [&](QueueReader::Fetched fetched) {
      answer = std::move(fetched);
      answered.Notify();
    });
    answered.WaitForNotification();
    return answer;
  }

  StoredQueue queue_;
  SegmentCache cache_{1 << 20};
};

TEST_F(QueueReaderTest, FetchesEntriesWithTheirFirstSegments) {
  queue_.Publish(3);
  queue_.Publish(2);
  const QueueReader::Fetched all =
      Fetch({.after = Cursors({1}), .segments = {}});
  ASSERT_TRUE(all.status.ok());
  ASSERT_EQ(all.entries.size(), 2);
  EXPECT_THAT(all.with_more, IsEmpty());
  EXPECT_EQ(all.segments.size(), 2);
  for (int i = 0; i < 100; ++i) queue_.Publish(1);
  EXPECT_THAT(Fetch({.after = Cursors({1}), .segments = {}}).with_more,
              ElementsAre(1));
}

TEST_F(QueueReaderTest, FetchesSegmentsAlone) {
  const IngestBatch batch = queue_.Publish(3);
  const QueueReader::Fetched found =
      Fetch({.after = std::nullopt,
             .segments = {{.source_id = 1,
                           .first_position = 1,
                           .content_id = batch.segment->content_id}}});
  ASSERT_TRUE(found.status.ok());
  EXPECT_EQ(found.segments.begin()->second->record(2), "{\"hs\":3}");
  EXPECT_TRUE(absl::IsDataLoss(
      Fetch({.after = std::nullopt,
             .segments = {{.source_id = 1, .first_position = 99}}})
          .status));
}

TEST_F(QueueReaderTest, MakesSealedBytesAgain) {
  for (int i = 0; i < 30; ++i) queue_.Publish(1);
  const SealedTransaction good = Sealed(3, 25);
  DeliveryEvent answer = Perform(
      RebuildSealed{.ticket = 1, .sealed = good, .after = Cursors({2})});
  ASSERT_TRUE(std::holds_alternative<SealedRebuilt>(answer));
  EXPECT_EQ(*std::get<SealedRebuilt>(answer).body,
            StoredQueue::Body("hs", 3, 25));

  struct Case {
    const char* name;
    SealedTransaction sealed;
    Cursors after;
  };
  std::vector<Case> cases(5, {"", good, Cursors({2})});
  cases[0].name = "other bytes";
  cases[0].sealed.body_sha256 = matrix::Sha256("other");
  cases[1].name = "a format of the future";
  cases[1].sealed.body_format = kBodyFormat + 1;
  cases[2].name = "fewer events than there were";
  cases[2].sealed.last_position = 35;
  cases[3].name = "more events than there were";
  cases[3].sealed.event_count = 22;
  cases[4].name = "a source that isn't there";
  cases[4].sealed.source_id = 2;
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    answer = Perform(
        RebuildSealed{.ticket = 1, .sealed = test.sealed, .after = test.after});
    EXPECT_TRUE(std::holds_alternative<SealedNotReproduced>(answer));
  }
}

// A backlog lies behind it.
TEST_F(QueueReaderTest, ReadsNoMoreThanASealedTransactionReachesInto) {
  for (int i = 0; i < 1000; ++i) queue_.Publish(1);
  const DeliveryEvent answer = Perform(RebuildSealed{
      .ticket = 1, .sealed = Sealed(3, 25), .after = Cursors({2})});
  EXPECT_TRUE(std::holds_alternative<SealedRebuilt>(answer));
  EXPECT_LE(queue_.store().entries_read(), 16 + 1 + 23);
}

// All of a body, or nothing of it.
TEST_F(QueueReaderTest, MakesMixedBodiesAgain) {
  EventSet to_device;
  to_device.Add(1);
  queue_.Publish(3, "hs", to_device);
  SealedTransaction sealed = Sealed(1, 3);
  sealed.body_format = kBodyFormat;
  sealed.ephemeral = R"({"x":1},{"x":2})";
  const std::string body =
      R"({"events":[{"hs":1},{"hs":3}],"ephemeral":[{"x":1},{"x":2}],)"
      R"("de.sorunome.msc2409.ephemeral":[{"x":1},{"x":2}],)"
      R"("to_device":[{"hs":2}],"de.sorunome.msc2409.to_device":[{"hs":2}]})";
  sealed.body_sha256 = matrix::Sha256(body);
  DeliveryEvent answer =
      Perform(RebuildSealed{.ticket = 1, .sealed = sealed, .after = {}});
  ASSERT_TRUE(std::holds_alternative<SealedRebuilt>(answer));
  EXPECT_EQ(*std::get<SealedRebuilt>(answer).body, body);

  answer = Perform(SplitSealed{
      .ticket = 1, .sealed = sealed, .after = {}, .body_bytes_max = 1000});
  ASSERT_TRUE(std::holds_alternative<SealedSplit>(answer));
  const std::vector<Cut>& pieces = std::get<SealedSplit>(answer).pieces;
  ASSERT_EQ(pieces.size(), 1);
  EXPECT_EQ(pieces[0].event_count, 3);
  EXPECT_EQ(pieces[0].ephemeral, "");

  sealed.ephemeral = R"({"x":1})";
  EXPECT_TRUE(std::holds_alternative<SealedNotReproduced>(
      Perform(RebuildSealed{.ticket = 1, .sealed = sealed, .after = {}})));
}

TEST_F(QueueReaderTest, SplitsIntoPiecesOfTheSameEvents) {
  for (int i = 0; i < 30; ++i) queue_.Publish(1);
  const DeliveryEvent answer =
      Perform(SplitSealed{.ticket = 1,
                          .sealed = Sealed(3, 25),
                          .after = Cursors({2}),
                          .body_bytes_max = static_cast<int64_t>(
                              StoredQueue::Body("hs", 10, 19).size())});
  ASSERT_TRUE(std::holds_alternative<SealedSplit>(answer));
  const std::vector<Cut>& pieces = std::get<SealedSplit>(answer).pieces;
  ASSERT_EQ(pieces.size(), 3);
  EXPECT_EQ(*pieces[0].body, StoredQueue::Body("hs", 3, 12));
  EXPECT_EQ(*pieces[1].body, StoredQueue::Body("hs", 13, 22));
  EXPECT_EQ(*pieces[2].body, StoredQueue::Body("hs", 23, 25));
}

TEST_F(QueueReaderTest, SaysWhenTheStoreIsAway) {
  queue_.store().SetAway(true);
  EXPECT_FALSE(Fetch({.after = Cursors({1}), .segments = {}}).status.ok());
  EXPECT_TRUE(std::holds_alternative<SealedNotLoaded>(
      Perform(RebuildSealed{.ticket = 1, .sealed = {}, .after = {}})));
  EXPECT_TRUE(std::holds_alternative<SealedNotLoaded>(
      Perform(SplitSealed{.ticket = 1, .sealed = Sealed(1, 2), .after = {}})));
  EXPECT_TRUE(std::holds_alternative<HeadNotRead>(
      Perform(ReadHead{.ticket = 1, .epoch = 1, .nonce = "n"})));
}

TEST_F(QueueReaderTest, ReadsHeadsOfItsEpochOnly) {
  const ReplicaIdentity replica = {"a", "1", ""};
  ASSERT_TRUE(queue_.store().Enter(replica).ok());
  const LeaseRound round = queue_.store().Renew(replica, {}).value();
  ASSERT_EQ(round.acquired.size(), 1);
  const std::string& nonce = round.acquired[0].nonce;
  const auto read = [&](Epoch epoch) {
    return std::get<HeadRead>(
        Perform(ReadHead{.ticket = 1, .epoch = epoch, .nonce = nonce}));
  };
  EXPECT_EQ(read(2).head, std::nullopt);
  const HeadRead raised = read(1);
  EXPECT_NE(raised.head, std::nullopt);
  EXPECT_EQ(raised.epoch, 2);
}

}  // namespace
}  // namespace causeway::push
