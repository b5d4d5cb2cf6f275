#include "services/push_dispatcher/store/push_store_contract.h"

#include <gmock/gmock.h>

#include <vector>

#include "services/shared/matrix/token.h"

namespace causeway::push {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using enum absl::StatusCode;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PushStoreContract);

PushStoreContract::PushStoreContract()
    : stores_(GetParam()()),
      ingest_(*stores_.ingest),
      queues_(*stores_.queues),
      leases_(*stores_.leases),
      operators_(*stores_.operators) {
  EXPECT_TRUE(leases_.Enter(replica_).ok());
}

void PushStoreContract::Apply(int64_t revision,
                              std::initializer_list<AppserviceUid> uids) {
  std::vector<KnownAppservice> appservices;
  for (AppserviceUid uid : uids) {
    appservices.push_back({uid, "as" + std::to_string(uid), true});
  }
  const auto applied = ingest_.ApplyRegistry(revision, appservices);
  ASSERT_TRUE(applied.ok()) << applied.status();
}

IngestBatch PushStoreContract::Publish(
    size_t record_count, std::initializer_list<AppserviceUid> uids,
    std::initializer_list<size_t> indexes) {
  IngestBatch batch;
  batch.before = ingest_.OpenSource("hs").value();
  batch.end = batch.before.end;
  std::vector<absl::string_view> records(record_count, R"({"a":1})");
  for (absl::string_view record : records) {
    batch.end = NextPoint(batch.end, matrix::Sha256(record));
  }
  EventSet events;
  size_t last = 0;
  for (size_t index : indexes) {
    events.Add(index);
    last = std::max(last, index);
  }
  for (AppserviceUid uid : uids) {
    batch.entries.push_back({.uid = uid,
                             .last_position = batch.before.end.position +
                                              static_cast<int64_t>(last),
                             .events = events});
  }
  if (uids.size() > 0) batch.segment = EncodeSegment(records);
  const absl::Status committed = ingest_.Commit(batch);
  EXPECT_TRUE(committed.ok()) << committed;
  return batch;
}

AcquiredQueue PushStoreContract::Acquire(AppserviceUid uid) {
  const LeaseRound round = leases_.Renew(replica_, {}).value();
  for (const AcquiredQueue& queue : round.acquired) {
    if (queue.uid == uid) return queue;
  }
  ADD_FAILURE() << "queue not acquired: " << uid;
  return {};
}

QueueWrite PushStoreContract::Seal(const AcquiredQueue& queue,
                                   const std::string& txn_id,
                                   int64_t last_position) {
  QueueWrite write;
  write.epoch = queue.epoch;
  write.expected_txn_id = queue.head.txn_id;
  write.expected_sealed = queue.head.sealed.has_value();
  write.seal = {.txn_id = txn_id,
                .source_id = 1,
                .last_position = last_position,
                .event_count = 2,
                .body_sha256 = matrix::Sha256("body"),
                .body_format = 1};
  return write;
}

QueueWrite PushStoreContract::Acknowledge(const QueueWrite& write) {
  QueueWrite acknowledge;
  acknowledge.epoch = write.epoch;
  acknowledge.expected_txn_id = write.seal->txn_id;
  acknowledge.expected_sealed = true;
  acknowledge.acknowledgement = {.source_id = write.seal->source_id,
                                 .last_position = write.seal->last_position,
                                 .event_count = write.seal->event_count};
  return acknowledge;
}

bool PushStoreContract::Write(AppserviceUid uid, const QueueWrite& write) {
  const auto done = queues_.Write({{uid, write}});
  EXPECT_TRUE(done.ok()) << done.status();
  return done.ok() && done->at(0);
}

// --- Sources ----------------------------------------------------------------

TEST_P(PushStoreContract, ASourceBeginsAtPositionOne) {
  EXPECT_EQ(ingest_.FindSource("hs").status().code(), kNotFound);
  const SourceState opened = ingest_.OpenSource("hs").value();
  EXPECT_EQ(opened.end, ChainPoint());
  EXPECT_EQ(opened.incarnation, 1);
  EXPECT_EQ(ingest_.OpenSource("hs").value(), opened);
  EXPECT_EQ(ingest_.FindSource("hs").value(), opened);
  EXPECT_NE(ingest_.OpenSource("other").value().id, opened.id);
}

TEST_P(PushStoreContract, CommitMovesTheSource) {
  Apply(1, {7});
  const IngestBatch batch = Publish(3, {7}, {0, 2});
  EXPECT_EQ(ingest_.FindSource("hs").value().end, batch.end);
  Publish(2, {}, {});
  EXPECT_EQ(ingest_.FindSource("hs").value().end.position, 6);
}

TEST_P(PushStoreContract, CommitRefusesASourceThatHasMoved) {
  Apply(1, {7});
  const IngestBatch batch = Publish(3, {7}, {0});
  IngestBatch other_prefix = batch;
  other_prefix.before.end = batch.end;
  other_prefix.before.end.prefix_sha256 = matrix::Sha256("other");
  IngestBatch other_revision = batch;
  other_revision.before.end = batch.end;
  other_revision.before.registry_revision = 2;
  for (const IngestBatch* stale : std::initializer_list<const IngestBatch*>{
           &batch, &other_prefix, &other_revision}) {
    EXPECT_EQ(ingest_.Commit(*stale).code(), kAborted);
  }
  EXPECT_THAT(queues_.ReadEntries({{7, {}}}, 100).value()[0], SizeIs(1));
}

TEST_P(PushStoreContract, RemembersPointsThatWerePassed) {
  Apply(1, {7});
  const IngestBatch first = Publish(3, {7}, {0});
  const IngestBatch second = Publish(2, {7}, {0});
  Publish(2, {7}, {0});
  EXPECT_THAT(ingest_.ListPassedPoints(1, 2, 6).value(),
              ElementsAre(first.end, second.end));
}

TEST_P(PushStoreContract, KeepsMembersAndAliases) {
  IngestBatch batch;
  batch.before = ingest_.OpenSource("hs").value();
  batch.end = {2, matrix::Sha256("x")};
  const std::string odd = R"(@a"b\c,{é}:hs)";
  batch.member_changes = {{"!r:hs", odd, true}, {"!r:hs", "@b:hs", true}};
  batch.alias_changes = {{"!r:hs", "#a:hs", true}};
  ASSERT_TRUE(ingest_.Commit(batch).ok());
  auto rooms = ingest_.LoadRooms(1, {"!r:hs", "!s:hs"}).value();
  EXPECT_THAT(rooms["!r:hs"].joined_members,
              UnorderedElementsAre(odd, "@b:hs"));
  EXPECT_THAT(rooms["!r:hs"].aliases, ElementsAre("#a:hs"));
  EXPECT_THAT(rooms["!s:hs"].joined_members, IsEmpty());

  batch.before.end = batch.end;
  batch.end = {3, matrix::Sha256("y")};
  // Joining again and leaving twice change nothing more.
  batch.member_changes = {{"!r:hs", odd, false}, {"!r:hs", "@b:hs", true}};
  batch.alias_changes = {{"!r:hs", "#a:hs", false},
                         {"!r:hs", "#none:hs", false}};
  ASSERT_TRUE(ingest_.Commit(batch).ok());
  rooms = ingest_.LoadRooms(1, {"!r:hs"}).value();
  EXPECT_THAT(rooms["!r:hs"].joined_members, ElementsAre("@b:hs"));
  EXPECT_THAT(rooms["!r:hs"].aliases, IsEmpty());
}

// --- Registrations ----------------------------------------------------------

TEST_P(PushStoreContract, ApplyRegistryMakesAndDropsQueues) {
  const std::vector<KnownAppservice> first = {
      {1, "one", true}, {2, "two", false}, {3, "three", true}};
  AppliedRegistry applied = ingest_.ApplyRegistry(5, first).value();
  EXPECT_EQ(applied.revision, 5);
  EXPECT_THAT(applied.created, UnorderedElementsAre(1, 3));
  EXPECT_THAT(applied.dropped, IsEmpty());
  EXPECT_EQ(operators_.FindQueue("two").status().code(), kNotFound);

  // One gets a URL, one loses it, one is gone.
  applied =
      ingest_.ApplyRegistry(6, {{{1, "one", false}, {2, "2", true}}}).value();
  EXPECT_THAT(applied.created, ElementsAre(2));
  EXPECT_THAT(applied.dropped, UnorderedElementsAre(1, 3));
  EXPECT_EQ(operators_.FindQueue("2").value().uid, 2);
  const auto acts = operators_.ListActs(10).value();
  ASSERT_THAT(acts, SizeIs(2));
  EXPECT_EQ(acts[0].action, "queue_dropped");

  // A tombstone stays; losing the URL is no such thing.
  applied = ingest_
                .ApplyRegistry(
                    7, {{{1, "one", true}, {2, "2", true}, {3, "three", true}}})
                .value();
  EXPECT_THAT(applied.created, ElementsAre(1));
}

TEST_P(PushStoreContract, AnOlderRevisionIsNotApplied) {
  Apply(5, {1});
  for (int64_t revision : {4, 5}) {
    const AppliedRegistry applied =
        ingest_.ApplyRegistry(revision, {{{9, "nine", true}}}).value();
    EXPECT_EQ(applied.revision, 5);
    EXPECT_THAT(applied.created, IsEmpty());
    EXPECT_THAT(applied.dropped, IsEmpty());
  }
}

// Hard case 5.
TEST_P(PushStoreContract, SourcesFollowTheRevisionInForce) {
  EXPECT_EQ(ingest_.OpenSource("hs").value().registry_revision, 0);
  Apply(5, {1});
  EXPECT_EQ(ingest_.OpenSource("hs").value().registry_revision, 5);
  EXPECT_EQ(ingest_.OpenSource("new").value().registry_revision, 5);
}

TEST_P(PushStoreContract, AQueueMadeAgainBeginsBehindWhatWasDropped) {
  Apply(1, {7});
  Publish(3, {7}, {0, 1});
  ASSERT_TRUE(ingest_.ApplyRegistry(2, {{{7, "as7", false}}}).ok());
  ASSERT_TRUE(ingest_.ApplyRegistry(3, {{{7, "as7", true}}}).ok());
  EXPECT_EQ(operators_.FindQueue("as7").value().queued_events, 0);
  Publish(1, {7}, {0});
  EXPECT_EQ(operators_.FindQueue("as7").value().queued_events, 1);
}

// --- Queues -----------------------------------------------------------------

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
  EXPECT_THAT(queues_.ReadSegments({{1, 4}, {1, 1}}).value(),
              ElementsAre(*second.segment, *first.segment));
  EXPECT_EQ(queues_.ReadSegments({{1, 4}, {1, 99}}).status().code(), kDataLoss);
}

TEST_P(PushStoreContract, SealsAcknowledgesAndDoesBothAtOnce) {
  Apply(1, {7});
  Publish(10, {7}, {0, 1, 2, 3});
  const AcquiredQueue queue = Acquire(7);
  EXPECT_EQ(queue.head.txn_id, "");

  const QueueWrite seal = Seal(queue, "n-1", 2);
  ASSERT_TRUE(Write(7, seal));
  QueueHead head = *queues_.ReadHeads({{7, queue.epoch}}).value()[0];
  EXPECT_EQ(head.txn_id, "n-1");
  EXPECT_EQ(head.sealed, seal.seal);
  EXPECT_EQ(head.cursors.Get(1), 0);

  QueueWrite both = Acknowledge(seal);
  both.seal = Seal(queue, "n-2", 4).seal;
  ASSERT_TRUE(Write(7, both));
  head = *queues_.ReadHeads({{7, queue.epoch}}).value()[0];
  EXPECT_EQ(head.txn_id, "n-2");
  EXPECT_EQ(head.sealed, both.seal);
  EXPECT_EQ(head.cursors.Get(1), 2);

  ASSERT_TRUE(Write(7, Acknowledge(both)));
  head = *queues_.ReadHeads({{7, queue.epoch}}).value()[0];
  EXPECT_EQ(head.txn_id, "n-2");
  EXPECT_EQ(head.sealed, std::nullopt);
  EXPECT_EQ(head.cursors.Get(1), 4);

  const QueueSummary summary = operators_.FindQueue("as7").value();
  EXPECT_EQ(summary.delivered_transactions, 2);
  EXPECT_EQ(summary.delivered_events, 4);
  EXPECT_EQ(summary.queued_events, 0);
}

// P2 is order within a source: each has its own cursor.
TEST_P(PushStoreContract, CursorsOfSourcesAreSeparate) {
  Apply(1, {7});
  ASSERT_TRUE(ingest_.OpenSource("a").ok());
  ASSERT_TRUE(ingest_.OpenSource("b").ok());
  const SourceId third = ingest_.OpenSource("c").value().id;
  const AcquiredQueue queue = Acquire(7);
  QueueWrite seal = Seal(queue, "n-1", 5);
  seal.seal->source_id = third;
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(Write(7, Acknowledge(seal)));
  const Cursors cursors =
      queues_.ReadHeads({{7, queue.epoch}}).value()[0]->cursors;
  EXPECT_EQ(cursors.Get(third), 5);
  for (SourceId other = 1; other < third; ++other) {
    EXPECT_EQ(cursors.Get(other), 0);
  }
}

// P3: only the owner writes, and only on the head that it knows.
TEST_P(PushStoreContract, RefusesWritesOfAnotherEpochOrHead) {
  Apply(1, {7, 8});
  const AcquiredQueue queue = Acquire(7);
  QueueWrite other_epoch = Seal(queue, "n-1", 2);
  other_epoch.epoch += 1;
  QueueWrite other_head = Seal(queue, "n-1", 2);
  other_head.expected_txn_id = "m-1";
  QueueWrite other_state = Seal(queue, "n-1", 2);
  other_state.expected_sealed = true;
  for (const QueueWrite& write : {other_epoch, other_head, other_state}) {
    EXPECT_FALSE(Write(7, write));
  }
  EXPECT_FALSE(Write(99, Seal(queue, "n-1", 2)));
  // One that is refused doesn't keep others from being done.
  const QueueHead other = *queues_.ReadHeads({{8, 1}}).value()[0];
  const auto done = queues_.Write(
      {{7, other_epoch},
       {8, Seal({.uid = 8, .epoch = 1, .head = other}, "k-1", 2)}});
  EXPECT_THAT(done.value(), ElementsAre(false, true));
}

TEST_P(PushStoreContract, RetiringAnIdIsRecorded) {
  Apply(1, {7});
  const AcquiredQueue queue = Acquire(7);
  const QueueWrite seal = Seal(queue, "n-1", 4);
  ASSERT_TRUE(Write(7, seal));
  QueueWrite replace = Seal(queue, "n-2", 2);
  replace.expected_txn_id = "n-1";
  replace.expected_sealed = true;
  replace.retired_after_attempts = 3;
  ASSERT_TRUE(Write(7, replace));
  const QueueHead head = *queues_.ReadHeads({{7, queue.epoch}}).value()[0];
  EXPECT_EQ(head.txn_id, "n-2");
  EXPECT_EQ(head.cursors.Get(1), 0);
  const auto acts = operators_.ListActs(10).value();
  ASSERT_THAT(acts, SizeIs(1));
  EXPECT_EQ(acts[0].action, "transaction_retired");
  EXPECT_EQ(acts[0].appservice_id, "as7");
  EXPECT_THAT(acts[0].reason, ::testing::HasSubstr("n-1"));
}

// --- Leases -----------------------------------------------------------------

TEST_P(PushStoreContract, TakesWhatNobodyHasAndKeepsIt) {
  Apply(1, {7, 8});
  LeaseRound round = leases_.Renew(replica_, {}).value();
  EXPECT_THAT(round.acquired, SizeIs(2));
  EXPECT_EQ(round.acquired[0].epoch, 1);
  EXPECT_THAT(round.replicas, SizeIs(1));
  round = leases_.Renew(replica_, {}).value();
  EXPECT_THAT(round.acquired, IsEmpty());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "a");
}

TEST_P(PushStoreContract, TakesOverFromTheDeadOnly) {
  Apply(1, {7});
  Acquire(7);
  const ReplicaIdentity other = {"b", "9", "127.0.0.1:2"};
  ASSERT_TRUE(leases_.Enter(other).ok());
  EXPECT_THAT(leases_.Renew(other, {}).value().acquired, IsEmpty());
  const LeaseRound round = leases_.Renew(other, {.dead = {"a"}}).value();
  ASSERT_THAT(round.acquired, SizeIs(1));
  EXPECT_EQ(round.acquired[0].epoch, 2);
  EXPECT_THAT(round.replicas, SizeIs(2));
  EXPECT_EQ(queues_.ReadHeads({{7, 1}}).value()[0], std::nullopt);
  EXPECT_NE(queues_.ReadHeads({{7, 2}}).value()[0], std::nullopt);
}

TEST_P(PushStoreContract, TheNextIncarnationTakesOverAtOnce) {
  Apply(1, {7});
  Acquire(7);
  ReplicaIdentity restarted = replica_;
  restarted.incarnation = "2";
  ASSERT_TRUE(leases_.Enter(restarted).ok());
  const LeaseRound round = leases_.Renew(restarted, {}).value();
  ASSERT_THAT(round.acquired, SizeIs(1));
  EXPECT_EQ(round.acquired[0].epoch, 2);
  EXPECT_EQ(leases_.Renew(replica_, {}).status().code(), kFailedPrecondition);
}

TEST_P(PushStoreContract, TakesItsOwnAgainWhenAsked) {
  Apply(1, {7});
  Acquire(7);
  EXPECT_THAT(leases_.Renew(replica_, {.own = true}).value().acquired,
              SizeIs(1));
}

TEST_P(PushStoreContract, AcquiringTellsTheHead) {
  Apply(1, {7});
  const AcquiredQueue queue = Acquire(7);
  const QueueWrite seal = Seal(queue, "n-1", 2);
  ASSERT_TRUE(Write(7, seal));
  const LeaseRound round = leases_.Renew(replica_, {.own = true}).value();
  EXPECT_EQ(round.acquired[0].head.sealed, seal.seal);
}

TEST_P(PushStoreContract, ReleaseGivesBack) {
  Apply(1, {7});
  Acquire(7);
  ASSERT_TRUE(leases_.Release({"a", "another", ""}).ok());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "a");
  ASSERT_TRUE(leases_.Release(replica_).ok());
  EXPECT_EQ(operators_.FindQueue("as7").value().owner, "");
}

TEST_P(PushStoreContract, ARoundTellsWhereSourcesEnd) {
  ASSERT_TRUE(ingest_.OpenSource("other").ok());
  Publish(3, {}, {});
  EXPECT_THAT(leases_.Renew(replica_, {}).value().source_ends,
              UnorderedElementsAre(1, 4));
}

// --- What operators see
// -------------------------------------------------------

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
  ASSERT_TRUE(Write(7, Acknowledge(seal)));
  EXPECT_EQ(operators_.FindQueue("as7").value().queued_events, 3);
}

TEST_P(PushStoreContract, SweepsOnlyWhatNobodyNeeds) {
  Apply(1, {7, 8});
  Publish(3, {7, 8}, {0, 2});
  Publish(2, {7}, {1});
  const AcquiredQueue queue = Acquire(7);
  Swept swept = operators_.Sweep({}, 100, 100).value();
  EXPECT_EQ(swept.entry_count, 0);
  EXPECT_EQ(swept.segment_count, 0);

  const QueueWrite seal = Seal(queue, "n-1", 5);
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(Write(7, Acknowledge(seal)));
  swept = operators_.Sweep({}, 100, 100).value();
  EXPECT_EQ(swept.entry_count, 2);
  EXPECT_EQ(swept.segment_count, 1);  // The first is queued for 8.
  EXPECT_EQ(swept.next, SegmentKey());
  EXPECT_THAT(queues_.ReadEntries({{8, {}}}, 100).value()[0], SizeIs(1));
  EXPECT_TRUE(queues_.ReadSegments({{1, 1}}).ok());
  EXPECT_EQ(queues_.ReadSegments({{1, 4}}).status().code(), kDataLoss);

  Apply(2, {7});  // 8 is gone.
  swept = operators_.Sweep({}, 100, 100).value();
  EXPECT_EQ(swept.entry_count, 1);
  EXPECT_EQ(swept.segment_count, 1);
}

TEST_P(PushStoreContract, SweepGoesOnWhereItStopped) {
  Apply(1, {7});
  for (int i = 0; i < 3; ++i) Publish(1, {7}, {0});
  const Swept first = operators_.Sweep({}, 100, 2).value();
  EXPECT_EQ(first.next, (SegmentKey{1, 2}));
  EXPECT_EQ(operators_.Sweep(first.next, 100, 2).value().next, SegmentKey());
}

}  // namespace causeway::push
