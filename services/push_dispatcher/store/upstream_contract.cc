#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/push_store_contract.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using enum absl::StatusCode;

UpstreamRecord Record(const std::string& txn_id, const std::string& body) {
  return {.txn_id = txn_id,
          .body_sha256 = matrix::Sha256(body),
          .first_position = 1,
          .event_keys = {std::string(kEventKeyBytes, 'a'),
                         std::string("\0b", 2) + std::string(14, 'c')}};
}

// One record of source "up", behind where it stands.
IngestBatch Batch(const SourceState& before, const UpstreamRecord& record) {
  IngestBatch batch;
  batch.before = before;
  batch.end = NextPoint(before.end, matrix::Sha256(record.body_sha256));
  batch.upstream = record;
  batch.upstream->first_position = before.end.position;
  return batch;
}

TEST_P(PushStoreContract, KeepsTransactionsOfUpstreamHomeservers) {
  const SourceState fresh = ingest_.OpenSource("up").value();
  EXPECT_FALSE(fresh.upstream);
  EXPECT_THAT(ingest_.ListUpstreamRecords(fresh.id, "t1").value(), IsEmpty());
  const IngestBatch first = Batch(fresh, Record("t1", "x"));
  ASSERT_TRUE(ingest_.Commit(first).ok());
  const SourceState second = ingest_.OpenSource("up").value();
  EXPECT_TRUE(second.upstream);
  EXPECT_EQ(second.end, first.end);
  EXPECT_THAT(ingest_.ListUpstreamRecords(fresh.id, "t1").value(),
              ElementsAre(*first.upstream));

  // Another body under the same ID, the newest first; of others nothing.
  IngestBatch other = Batch(second, Record("t1", "y"));
  other.upstream_known = {*first.upstream};
  ASSERT_TRUE(ingest_.Commit(other).ok());
  EXPECT_THAT(ingest_.ListUpstreamRecords(fresh.id, "t1").value(),
              ElementsAre(*other.upstream, *first.upstream));
  EXPECT_THAT(ingest_.ListUpstreamRecords(fresh.id, "t2").value(), IsEmpty());
  EXPECT_THAT(ingest_.ListUpstreamRecords(fresh.id + 1, "t1").value(),
              IsEmpty());
}

// Two replicas were given the same transaction.
TEST_P(PushStoreContract, OneOfTwoTakesAnUpstreamTransaction) {
  const SourceState fresh = ingest_.OpenSource("up").value();
  IngestBatch batch = Batch(fresh, Record("t1", "x"));
  batch.acts = {{.action = "a", .reason = "b"}};
  ASSERT_TRUE(ingest_.Commit(batch).ok());
  EXPECT_EQ(ingest_.Commit(batch).code(), kAborted);
  EXPECT_THAT(ingest_.ListUpstreamRecords(fresh.id, "t1").value(), SizeIs(1));
  EXPECT_THAT(Acts(), SizeIs(1));
}

// One remembers where the source stood before the store went back, looks at
// what is kept then, and commits when another has brought it there again.
TEST_P(PushStoreContract, AnUpstreamTransactionWasJudgedByWhatIsKept) {
  const SourceState fresh = ingest_.OpenSource("up").value();
  const IngestBatch first = Batch(fresh, Record("t1", "x"));
  ASSERT_TRUE(ingest_.Commit(first).ok());
  IngestBatch other =
      Batch(ingest_.OpenSource("up").value(), Record("t1", "x and y"));
  other.acts = {{.action = "a", .reason = "b"}};
  EXPECT_EQ(ingest_.Commit(other).code(), kAborted);
  EXPECT_EQ(ingest_.OpenSource("up")->end, first.end);
  EXPECT_THAT(ingest_.ListUpstreamRecords(fresh.id, "t1").value(), SizeIs(1));
  EXPECT_THAT(Acts(), IsEmpty());

  other.upstream_known = {*first.upstream};
  EXPECT_TRUE(ingest_.Commit(other).ok());
}

TEST_P(PushStoreContract, ForgetsTheOldestUpstreamTransactions) {
  for (const char* txn_id : {"t1", "t2", "t3"}) {
    IngestBatch batch =
        Batch(ingest_.OpenSource("up").value(), Record(txn_id, "x"));
    batch.upstream_records_max = 2;
    ASSERT_TRUE(ingest_.Commit(batch).ok());
  }
  const SourceState source = ingest_.OpenSource("up").value();
  EXPECT_TRUE(source.upstream);
  EXPECT_THAT(ingest_.ListUpstreamRecords(source.id, "t1").value(), IsEmpty());
  EXPECT_THAT(ingest_.ListUpstreamRecords(source.id, "t2").value(), SizeIs(1));
  EXPECT_THAT(ingest_.ListUpstreamRecords(source.id, "t3").value(), SizeIs(1));
}

TEST_P(PushStoreContract, RecordsWhatWasDoneToASource) {
  IngestBatch batch =
      Batch(ingest_.OpenSource("up").value(), Record("t1", "x"));
  batch.acts = {{.action = "events_refused", .detail = "d", .reason = "r"}};
  ASSERT_TRUE(ingest_.Commit(batch).ok());
  ASSERT_THAT(Acts(), SizeIs(1));
  const AuditRecord act = Acts()[0];
  EXPECT_EQ(act.actor, kDispatcherActor);
  EXPECT_EQ(act.action, "events_refused");
  EXPECT_EQ(act.detail, "d");
  EXPECT_EQ(act.reason, "r");
  EXPECT_EQ(act.appservice_id, "");
}

}  // namespace
}  // namespace causeway::push
