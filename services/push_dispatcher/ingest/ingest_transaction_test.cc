// Transactions of upstream homeservers, from the call to the commit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "services/push_dispatcher/ingest/ingest.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::SizeIs;
using Kind = namespaces::NamespaceKind;
using Fault = FakePushStore::Fault;

constexpr char kRoom[] = "!irc_a:up";
constexpr char kAlice[] = "@alice:up";

class IngestTransactionTest : public ::testing::Test {
 protected:
  IngestTransactionTest() {
    latest_.Set(registry_watch::SnapshotBuilder("up")
                    .Add({.uid = "7",
                          .id = "irc",
                          .url = "http://a",
                          .namespaces = {{Kind::kRooms, "!irc_.*", true},
                                         {Kind::kAliases, "#irc_.*", true}}})
                    .Build());
  }

  // A process of its own on the same store.
  class Replica {
   public:
    explicit Replica(IngestTransactionTest& test)
        : ingest_({}, test.store_, test.latest_, applied_, test.clock_,
                  test.metrics_,
                  {.committed = [](const IngestBatch&, bool) {},
                   .commit_failed = [] {},
                   .registry_applied = [](const AppliedRegistry&, bool) {}}) {
      EXPECT_TRUE(applied_.AwaitRevision(1, absl::Seconds(30)).ok());
    }

    absl::StatusOr<PublishResult> Publish(PublishBatch batch) {
      absl::Notification answered;
      absl::StatusOr<PublishResult> answer;
      ingest_.Publish(std::move(batch),
                      [&](absl::StatusOr<PublishResult> result) {
                        answer = std::move(result);
                        answered.Notify();
                      });
      answered.WaitForNotification();
      return answer;
    }

   private:
    registry_watch::LatestSnapshot applied_;
    Ingest ingest_;
  };

  // Messages with these texts, which are their keys too; the body is `body`.
  PublishBatch Transaction(const std::string& txn_id, const std::string& body,
                           const std::vector<std::string>& texts) {
    TestSource& source =
        *sources_.emplace_back(std::make_unique<TestSource>("up"));
    for (const std::string& text : texts) source.Message(kRoom, kAlice, text);
    PublishBatch batch = source.Take();
    batch.upstream = UpstreamTransaction{.txn_id = txn_id,
                                         .body_sha256 = matrix::Sha256(body),
                                         .event_keys = texts};
    return batch;
  }

  int64_t QueuedEvents() {
    return store_.FindQueue("irc").value().queued_events;
  }
  std::vector<AuditRecord> Acts() {
    return store_.ListAuditRecords("", kNewest, 9).value();
  }

  prometheus::Registry metrics_registry_;
  PushMetrics metrics_{metrics_registry_};
  RealClock clock_;
  FakePushStore store_;
  registry_watch::LatestSnapshot latest_;
  std::vector<std::unique_ptr<TestSource>> sources_;
};

TEST_F(IngestTransactionTest, GivesEventsTheirPositions) {
  Replica replica(*this);
  auto result = replica.Publish(Transaction("t1", "x", {"1", "2"}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, (PublishResult{ChainOutcome::kContinues, 3, 2}));
  // Without any, it takes one.
  result = replica.Publish(Transaction("t2", "y", {}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, (PublishResult{ChainOutcome::kContinues, 4, 0}));
  result = replica.Publish(Transaction("t3", "z", {"3"}));
  EXPECT_EQ(result->next_position, 5);
  EXPECT_EQ(QueuedEvents(), 3);
  TestSource chain;
  chain.Message(kRoom, kAlice, "1");
  chain.Message(kRoom, kAlice, "2");
  chain.Take();
  ChainPoint end = NextPoint(chain.end(), SkippedRecord().sha256);
  end = NextPoint(end,
                  matrix::Sha256(TestSource::MessageJson(kRoom, kAlice, "3")));
  EXPECT_EQ(store_.FindSource("up")->end, end);
}

// Also after a restart, and by another replica that remembers where the source
// stood before.
TEST_F(IngestTransactionTest, ARepeatChangesNothing) {
  Replica first(*this);
  Replica second(*this);
  ASSERT_TRUE(second.Publish(Transaction("t0", "w", {"0"})).ok());
  ASSERT_TRUE(first.Publish(Transaction("t1", "x", {"1", "2"})).ok());
  const SourceState source = store_.FindSource("up").value();
  Replica restarted(*this);
  for (Replica* replica : {&first, &second, &restarted}) {
    const auto result = replica->Publish(Transaction("t1", "x", {"1", "2"}));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->taken_count, 2);
  }
  EXPECT_EQ(store_.FindSource("up").value(), source);
  EXPECT_EQ(QueuedEvents(), 3);
}

TEST_F(IngestTransactionTest, ReplicasTakeTurns) {
  Replica first(*this);
  Replica second(*this);
  for (int i = 0; i < 3; ++i) {
    for (Replica* replica : {&first, &second}) {
      const std::string n = std::to_string(i) + (replica == &first ? "a" : "b");
      ASSERT_TRUE(replica->Publish(Transaction("t" + n, n, {n})).ok());
    }
  }
  EXPECT_EQ(store_.FindSource("up")->end.position, 7);
  EXPECT_EQ(QueuedEvents(), 6);
}

// Hard case 3: nobody knows whether the commit took place.
TEST_F(IngestTransactionTest, ACommitOfUnknownOutcomeIsResolved) {
  Replica replica(*this);
  for (Fault fault : {Fault::kDone, Fault::kNotDone}) {
    const std::string n = std::to_string(static_cast<int>(fault));
    store_.FailNextWrite(fault);
    const auto result = replica.Publish(Transaction("t" + n, n, {n}));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->taken_count, 1);
  }
  EXPECT_EQ(store_.FindSource("up")->end.position, 3);
  EXPECT_EQ(QueuedEvents(), 2);
}

TEST_F(IngestTransactionTest, AStoreThatIsAwayIsToldAndARepeatIsTaken) {
  Replica replica(*this);
  store_.SetAway(true);
  EXPECT_EQ(replica.Publish(Transaction("t1", "x", {"1"})).status().code(),
            absl::StatusCode::kUnavailable);
  store_.SetAway(false);
  EXPECT_TRUE(replica.Publish(Transaction("t1", "x", {"1"})).ok());
  EXPECT_EQ(QueuedEvents(), 1);
}

TEST_F(IngestTransactionTest, AnotherBodyBringsWhatIsNewAndIsRecorded) {
  Replica replica(*this);
  ASSERT_TRUE(replica.Publish(Transaction("t1", "x", {"1", "2"})).ok());
  const auto result = replica.Publish(Transaction("t1", "y", {"2", "3"}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, (PublishResult{ChainOutcome::kContinues, 4, 1}));
  EXPECT_EQ(QueuedEvents(), 3);
  ASSERT_THAT(Acts(), SizeIs(1));
  EXPECT_EQ(Acts()[0].action, "transaction_changed");
  // Both are known now.
  EXPECT_EQ(replica.Publish(Transaction("t1", "y", {"2", "3"}))->taken_count,
            1);
  EXPECT_EQ(replica.Publish(Transaction("t1", "x", {"1", "2"}))->taken_count,
            2);
  EXPECT_EQ(QueuedEvents(), 3);
  EXPECT_THAT(Acts(), SizeIs(1));
}

TEST_F(IngestTransactionTest, ASourceIsOfOneKind) {
  Replica replica(*this);
  ASSERT_TRUE(replica.Publish(Transaction("t1", "x", {"1"})).ok());
  PublishBatch publish = Transaction("t1", "x", {"1"});
  publish.upstream.reset();
  EXPECT_EQ(replica.Publish(publish).status().code(),
            absl::StatusCode::kFailedPrecondition);
  publish.source = "hs";
  ASSERT_TRUE(replica.Publish(publish).ok());
  PublishBatch transaction = Transaction("t1", "x", {"1"});
  transaction.source = "hs";
  EXPECT_EQ(replica.Publish(transaction).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(IngestTransactionTest, ARoomsAliasesAreThoseThatItTells) {
  Replica replica(*this);
  auto tell = [&](const std::string& txn_id,
                  const std::vector<std::string>& aliases) {
    PublishBatch batch = Transaction(txn_id, txn_id, {txn_id});
    batch.records[0].room_id = "!plain:up";
    batch.records[0].all_aliases = aliases;
    ASSERT_TRUE(replica.Publish(std::move(batch)).ok());
  };
  auto message = [&](const std::string& txn_id) {
    PublishBatch batch = Transaction(txn_id, txn_id, {txn_id});
    batch.records[0].room_id = "!plain:up";
    ASSERT_TRUE(replica.Publish(std::move(batch)).ok());
  };
  message("1");
  EXPECT_EQ(QueuedEvents(), 0);
  tell("2", {"#x:up", "#irc_a:up"});  // By the alias that it brings.
  message("3");
  EXPECT_EQ(QueuedEvents(), 2);
  tell("4", {"#x:up"});  // By the alias that it takes away.
  message("5");
  EXPECT_EQ(QueuedEvents(), 3);
  const SourceId source_id = store_.FindSource("up")->id;
  EXPECT_THAT(
      store_.LoadRooms(source_id, {"!plain:up"}).value()["!plain:up"].aliases,
      ::testing::ElementsAre("#x:up"));
}

}  // namespace
}  // namespace causeway::push
