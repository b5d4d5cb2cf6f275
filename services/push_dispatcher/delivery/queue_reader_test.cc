#include "services/push_dispatcher/delivery/queue_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

constexpr AppserviceUid kUid = 7;

class QueueReaderTest : public ::testing::Test {
 protected:
  QueueReaderTest() {
    EXPECT_TRUE(store_.ApplyRegistry(1, {{{kUid, "irc", true}}}).ok());
  }

  // Commits `count` events, of which the queue gets all, to a source.
  void Publish(int count, const std::string& source = "hs") {
    IngestBatch batch;
    batch.before = store_.OpenSource(source).value();
    std::vector<std::string> records;
    EventSet events;
    for (int i = 0; i < count; ++i) {
      records.push_back(Event(source, batch.before.end.position + i));
      events.Add(static_cast<size_t>(i));
    }
    batch.end = {.position = batch.before.end.position + count,
                 .prefix_sha256 = batch.before.end.prefix_sha256};
    batch.segment = EncodeSegment(
        std::vector<absl::string_view>(records.begin(), records.end()));
    batch.entries = {{.uid = kUid,
                      .last_position = batch.end.position - 1,
                      .events = events}};
    ASSERT_TRUE(store_.Commit(batch).ok());
  }

  static std::string Event(const std::string& source, int64_t position) {
    return absl::StrCat("{\"", source, "\":", position, "}");
  }
  // The body of the events first..last.
  static std::string Body(const std::string& source, int64_t first,
                          int64_t last) {
    std::vector<std::string> events;
    for (int64_t i = first; i <= last; ++i) events.push_back(Event(source, i));
    return absl::StrCat("{\"events\":[", absl::StrJoin(events, ","), "]}");
  }

  // Performs one effect and waits for the answer.
  template <typename Effect>
  DeliveryEvent Perform(const Effect& effect) {
    absl::Notification answered;
    DeliveryEvent answer;
    QueueReader reader(store_, cache_, limits_,
                       [&](AppserviceUid uid, DeliveryEvent event) {
                         EXPECT_EQ(uid, kUid);
                         answer = std::move(event);
                         answered.Notify();
                       });
    reader.Perform(kUid, effect);
    answered.WaitForNotification();
    return answer;
  }

  std::optional<Cut> Load(const Cursors& after, int32_t events_max,
                          SourceId last_source = 0) {
    const DeliveryEvent answer = Perform(LoadNext{.ticket = 1,
                                                  .after = after,
                                                  .last_source = last_source,
                                                  .events_max = events_max});
    EXPECT_TRUE(std::holds_alternative<NextLoaded>(answer));
    return std::get<NextLoaded>(answer).cut;
  }

  FakePushStore store_;
  SegmentCache cache_{1 << 20};
  TransactionLimits limits_;
};

TEST_F(QueueReaderTest, CutsWhatFollows) {
  Publish(3);
  Publish(2);
  const std::optional<Cut> cut = Load(Cursors({1}), 100);
  ASSERT_TRUE(cut.has_value());
  EXPECT_EQ(*cut->body, Body("hs", 2, 5));
  EXPECT_EQ(cut->body_sha256, matrix::Sha256(*cut->body));
  EXPECT_EQ(cut->last_position, 5);
  EXPECT_EQ(cut->event_count, 4);
  EXPECT_FALSE(cut->full);
  EXPECT_EQ(Load(Cursors({5}), 100), std::nullopt);
}

TEST_F(QueueReaderTest, EndsAtTheLimits) {
  Publish(10);
  std::optional<Cut> cut = Load({}, 4);
  EXPECT_EQ(*cut->body, Body("hs", 1, 4));
  EXPECT_TRUE(cut->full);
  limits_.body_bytes_max = static_cast<int64_t>(Body("hs", 1, 3).size());
  cut = Load({}, 100);
  EXPECT_EQ(*cut->body, Body("hs", 1, 3));
  EXPECT_TRUE(cut->full);
}

// After an outage the queue may hold a thousand batches of one event each.
TEST_F(QueueReaderTest, FillsATransactionFromManySmallBatches) {
  for (int i = 0; i < 150; ++i) Publish(1);
  const std::optional<Cut> cut = Load({}, 100);
  EXPECT_EQ(*cut->body, Body("hs", 1, 100));
  EXPECT_TRUE(cut->full);
}

TEST_F(QueueReaderTest, TakesSourcesInTurn) {
  Publish(1, "a");
  Publish(1, "b");
  EXPECT_EQ(*Load({}, 100, 0)->body, Body("a", 1, 1));
  EXPECT_EQ(*Load({}, 100, 1)->body, Body("b", 1, 1));
  EXPECT_EQ(*Load({}, 100, 2)->body, Body("a", 1, 1));
  EXPECT_EQ(*Load(Cursors({1}), 100, 2)->body, Body("b", 1, 1));
}

TEST_F(QueueReaderTest, MakesSealedBytesAgain) {
  for (int i = 0; i < 30; ++i) Publish(1);
  const SealedTransaction good = {
      .txn_id = "n-1",
      .source_id = 1,
      .last_position = 25,
      .event_count = 23,
      .body_sha256 = matrix::Sha256(Body("hs", 3, 25)),
      .body_format = kBodyFormat};
  DeliveryEvent answer = Perform(
      RebuildSealed{.ticket = 1, .sealed = good, .after = Cursors({2})});
  ASSERT_TRUE(std::holds_alternative<SealedRebuilt>(answer));
  EXPECT_EQ(*std::get<SealedRebuilt>(answer).body, Body("hs", 3, 25));

  struct Case {
    const char* name;
    SealedTransaction sealed;
    Cursors after;
  };
  std::vector<Case> cases(5, {"", good, Cursors({2})});
  cases[0].name = "other bytes";
  cases[0].sealed.body_sha256 = matrix::Sha256("other");
  cases[1].name = "a format of the future";
  cases[1].sealed.body_format = 2;
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

TEST_F(QueueReaderTest, SaysWhenTheStoreIsAway) {
  store_.SetAway(true);
  EXPECT_TRUE(std::holds_alternative<NextNotLoaded>(
      Perform(LoadNext{.ticket = 1, .after = {}, .events_max = 1})));
  EXPECT_TRUE(std::holds_alternative<SealedNotLoaded>(
      Perform(RebuildSealed{.ticket = 1, .sealed = {}, .after = {}})));
  EXPECT_TRUE(std::holds_alternative<HeadNotRead>(
      Perform(ReadHead{.ticket = 1, .epoch = 1})));
}

TEST_F(QueueReaderTest, ReadsHeadsOfItsEpochOnly) {
  const ReplicaIdentity replica = {"a", "1", ""};
  ASSERT_TRUE(store_.Enter(replica).ok());
  ASSERT_TRUE(store_.Renew(replica, {}).ok());
  EXPECT_NE(std::get<HeadRead>(Perform(ReadHead{.ticket = 1, .epoch = 1})).head,
            std::nullopt);
  EXPECT_EQ(std::get<HeadRead>(Perform(ReadHead{.ticket = 1, .epoch = 2})).head,
            std::nullopt);
}

}  // namespace
}  // namespace causeway::push
