#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/core/transaction_body.h"
#include "services/push_dispatcher/store/push_store_contract.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using enum absl::StatusCode;

OperatorAct Because(const QueueAct& act) {
  return {.appservice_id = "as7", .reason = "because", .act = act};
}

constexpr char kBody[] = R"({"events":[{"a":1},{"b":2}]})";

// The one mechanism: whatever the act, the owner's writes are refused from now
// on, and it takes the queue again in its next round.
TEST_P(PushStoreContract, EveryActTakesTheQueueFromItsOwnerForOneRound) {
  Apply(1, {7});
  Publish(20, {}, {});
  AcquiredQueue queue = Acquire(7);
  const ReplicaIdentity other = {"b", "9", "127.0.0.1:2"};
  ASSERT_TRUE(leases_.Enter(other).ok());
  for (const QueueAct& act :
       std::initializer_list<QueueAct>{PauseQueue(), ResumeQueue(), SetPolicy(),
                                       RetryHead(), MoveToNow()}) {
    SCOPED_TRACE(act.index());
    const auto done = operators_.Act(Because(act));
    ASSERT_TRUE(done.ok()) << done.status();
    EXPECT_EQ(done->uid, 7);
    EXPECT_FALSE(Write(7, Seal(queue, "n-1", 2)));
    EXPECT_EQ(operators_.FindQueue("as7")->owner, "a");
    EXPECT_THAT(leases_.Renew(other, {}).value().acquired, IsEmpty());
    // Its owner, who believes it is still as it was, takes it again.
    const LeaseRound round =
        leases_
            .Renew(replica_,
                   {.dead = {}, .held = {{7, queue.epoch, queue.nonce}}})
            .value();
    ASSERT_THAT(round.acquired, SizeIs(1));
    EXPECT_EQ(round.acquired[0].epoch, queue.epoch + 2);
    queue = round.acquired[0];
    const AuditRecord record = Acts().at(0);
    EXPECT_EQ(record.actor, "operator");
    EXPECT_EQ(record.reason, "because");
    EXPECT_EQ(record.appservice_id, "as7");
  }
  EXPECT_THAT(Acts(), SizeIs(5));
}

TEST_P(PushStoreContract, AnActOnAQueueThatNobodyOwns) {
  Apply(1, {7});
  ASSERT_TRUE(operators_.Act(Because(PauseQueue())).ok());
  const AcquiredQueue queue = Acquire(7);
  EXPECT_TRUE(queue.settings.paused);
  EXPECT_EQ(queue.epoch, 2);
  EXPECT_EQ(operators_.Act({.appservice_id = "none", .reason = "x", .act = {}})
                .status()
                .code(),
            kNotFound);
}

TEST_P(PushStoreContract, PolicyIsSetWithoutResuming) {
  Apply(1, {7});
  Publish(20, {}, {});
  QueueWrite write = Seal(Acquire(7), "n-1", 2);
  write.retired = {.txn_id = "n-0", .body_bytes_max_learned = 77};
  ASSERT_TRUE(Write(7, write));
  ASSERT_TRUE(operators_.Act(Because(PauseQueue())).ok());
  EXPECT_EQ(Acts()[0].action, "queue_paused");
  QueueSettings settings = {.remembers_every_id = true,
                            .on_rejection = OnRejection::kQuarantine,
                            .rejections_max = 3,
                            .on_expiry = OnExpiry::kDrop,
                            .event_age_max = absl::Hours(1)};
  ASSERT_TRUE(operators_.Act(Because(SetPolicy{settings})).ok());
  EXPECT_EQ(Acts()[0].action, "policy_set");
  EXPECT_THAT(Acts()[0].detail, HasSubstr("on_rejection=quarantine"));
  settings.paused = true;
  EXPECT_EQ(operators_.FindQueue("as7")->settings, settings);
  EXPECT_EQ(Acquire(7).settings, settings);
  EXPECT_EQ(Acquire(7, {}).head, write.after);

  ASSERT_TRUE(operators_.Act(Because(ResumeQueue())).ok());
  EXPECT_EQ(Acts()[0].action, "queue_resumed");
  settings = {.on_rejection = OnRejection::kSkip,
              .rejections_max = 1000,
              .on_expiry = OnExpiry::kQuarantine};
  ASSERT_TRUE(operators_.Act(Because(SetPolicy{settings})).ok());
  EXPECT_EQ(Acquire(7).settings, settings);
}

TEST_P(PushStoreContract, AQueueThatIsMadeAgainKeepsItsSettings) {
  Apply(1, {7});
  QueueSettings settings = {.on_rejection = OnRejection::kSkip,
                            .event_age_max = absl::Seconds(90)};
  ASSERT_TRUE(operators_.Act(Because(SetPolicy{settings})).ok());
  ASSERT_TRUE(operators_.Act(Because(PauseQueue())).ok());
  settings.paused = true;
  Apply(2, {7});
  EXPECT_EQ(operators_.FindQueue("as7")->settings, settings);
  // It loses its URL and gets one again.
  ASSERT_TRUE(ingest_.ApplyRegistry(3, {{{7, "as7", false}}}).ok());
  Apply(4, {7});
  EXPECT_EQ(operators_.FindQueue("as7")->settings, settings);
  // Whoever registers anew begins anew.
  Apply(5, {8});
  EXPECT_EQ(operators_.FindQueue("as8")->settings, QueueSettings());
}

TEST_P(PushStoreContract, SkipsTheFirstSealedAlone) {
  Apply(1, {7});
  Publish(20, {}, {});
  QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  AddSeal("n-2", 5, seal);
  ASSERT_TRUE(Write(7, seal));
  for (const char* txn_id : {"n-2", "n-3"}) {
    EXPECT_EQ(operators_.Act(Because(SkipTransaction{txn_id})).status().code(),
              kFailedPrecondition);
  }
  EXPECT_THAT(Acts(), IsEmpty());
  const auto done = operators_.Act(Because(SkipTransaction{"n-1"}));
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->event_count, 2);
  const AcquiredQueue queue = Acquire(7);
  EXPECT_THAT(queue.head.sealed, ElementsAre(seal.after.sealed[1]));
  EXPECT_EQ(queue.head.cursors.Get(1), 2);
  const auto kept = operators_.ListSetAside(7, kNewest, 9).value();
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].kind, Settlement::Kind::kSkipped);
  EXPECT_EQ(kept[0].reason, "because");
  EXPECT_EQ(kept[0].sealed.txn_id, "n-1");
  EXPECT_EQ(kept[0].after_position, 0);
  EXPECT_EQ(Acts()[0].action, "transaction_skipped");
  EXPECT_THAT(Acts()[0].detail, HasSubstr("n-1"));
  EXPECT_EQ(operators_.FindQueue("as7")->delivered_transactions, 0);
}

TEST_P(PushStoreContract, MovesToNow) {
  Apply(1, {7, 8});
  Publish(20, {7, 8}, {0, 5, 17});
  ASSERT_TRUE(ingest_.OpenSource("other").ok());
  Publish(3, {7}, {1, 2});
  QueueWrite seal = Seal(Acquire(7), "n-1", 1);
  AddSeal("n-2", 6, seal);
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(Write(7, Settle(seal)));  // The first event is taken.
  const auto done = operators_.Act(Because(MoveToNow()));
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->event_count, 4);
  EXPECT_EQ(Acts()[0].action, "moved_to_now");
  EXPECT_THAT(Acts()[0].detail, HasSubstr("given up: 4"));
  const AcquiredQueue queue = Acquire(7);
  EXPECT_THAT(queue.head.sealed, IsEmpty());
  EXPECT_EQ(queue.head.txn_id, "n-2");
  EXPECT_EQ(operators_.FindQueue("as7")->queued_events, 0);
  EXPECT_EQ(operators_.FindQueue("as8")->queued_events, 3);
  Publish(1, {7}, {0});
  EXPECT_EQ(operators_.FindQueue("as7")->queued_events, 1);
}

TEST_P(PushStoreContract, ReplaysWhatWasQuarantinedOnce) {
  Apply(1, {7, 8});
  Publish(4, {7, 8}, {0, 1});
  QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  AddSeal("n-2", 3, seal);
  ASSERT_TRUE(Write(7, seal));
  QueueWrite settle =
      Settle(seal, {.kind = Settlement::Kind::kQuarantined,
                    .reason = "refused",
                    .body = std::make_shared<std::string>(kBody)});
  AddSettlement({.kind = Settlement::Kind::kSkipped, .reason = "x"}, settle);
  ASSERT_TRUE(Write(7, settle));

  EXPECT_EQ(operators_.Act(Because(ReplayTransaction{"n-9"})).status().code(),
            kNotFound);
  EXPECT_EQ(operators_.Act(Because(ReplayTransaction{"n-2"})).status().code(),
            kFailedPrecondition);
  const auto done = operators_.Act(Because(ReplayTransaction{"n-1"}));
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->event_count, 2);
  EXPECT_EQ(operators_.Act(Because(ReplayTransaction{"n-1"})).status().code(),
            kFailedPrecondition);
  EXPECT_EQ(Acts()[0].action, "transaction_replayed");
  const auto kept = operators_.ListSetAside(7, kNewest, 9).value();
  EXPECT_NE(kept.at(1).replay_time, std::nullopt);
  EXPECT_EQ(operators_.FindQueue("as7")->set_aside_transactions, 1);

  // A batch like any other, for this queue alone.
  const SourceState source = ingest_.FindSource(kReplaySource).value();
  EXPECT_EQ(source.end, NextPoint(NextPoint({}, matrix::Sha256(R"({"a":1})")),
                                  matrix::Sha256(R"({"b":2})")));
  EXPECT_EQ(source.registry_revision, 1);
  const AcquiredQueue queue = Acquire(7);
  const auto entries =
      queues_.ReadEntries({{7, queue.head.cursors}, {8, {}}}, 9).value();
  ASSERT_THAT(entries[0], SizeIs(1));
  const SegmentKey key = entries[0][0].segment;
  EXPECT_EQ(key.source_id, source.id);
  EXPECT_EQ(key.first_position, 1);
  EXPECT_EQ(entries[0][0].events.count(), 2);
  EXPECT_EQ(entries[0][0].last_position, 2);
  const auto segment = Segment::Decode(queues_.ReadSegments({key}).value()[0]);
  EXPECT_EQ(segment->record(0), R"({"a":1})");
  EXPECT_EQ(segment->record(1), R"({"b":2})");
  ASSERT_THAT(entries[1], SizeIs(1));
  EXPECT_EQ(entries[1][0].segment.source_id, 1);
  EXPECT_EQ(operators_.ListSourceNames().value().at(source.id), kReplaySource);
}

TEST_P(PushStoreContract, QuarantinedBytesAreNotKeptForEver) {
  Apply(1, {7});
  Publish(20, {}, {});
  QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  AddSeal("n-2", 3, seal);
  ASSERT_TRUE(Write(7, seal));
  QueueWrite settle =
      Settle(seal, {.kind = Settlement::Kind::kQuarantined,
                    .reason = "refused",
                    .body = std::make_shared<std::string>(kBody)});
  AddSettlement({.kind = Settlement::Kind::kSkipped, .reason = "x"}, settle);
  ASSERT_TRUE(Write(7, settle));
  const size_t act_count = Acts().size();

  ASSERT_TRUE(operators_.Sweep({.set_aside_retention = absl::Hours(1)}).ok());
  EXPECT_EQ(operators_.ListSetAside(7, kNewest, 9)->at(1).expire_time,
            std::nullopt);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(
        operators_.Sweep({.set_aside_retention = absl::ZeroDuration()}).ok());
  }
  const auto kept = operators_.ListSetAside(7, kNewest, 9).value();
  EXPECT_EQ(kept.at(0).expire_time, std::nullopt);  // It had none.
  EXPECT_NE(kept.at(1).expire_time, std::nullopt);
  const auto replayed = operators_.Act(Because(ReplayTransaction{"n-1"}));
  EXPECT_EQ(replayed.status().code(), kFailedPrecondition);
  EXPECT_THAT(replayed.status().message(), HasSubstr("were dropped"));
  ASSERT_THAT(Acts(), SizeIs(act_count + 1));
  EXPECT_EQ(Acts()[0].action, "transaction_expired");
  EXPECT_EQ(Acts()[0].actor, "push_dispatcher");
  EXPECT_THAT(Acts()[0].detail, HasSubstr("n-1"));
}

// What still has its bytes can be replayed, and stays.
TEST_P(PushStoreContract, RecordsAreNotKeptForEver) {
  Apply(1, {7});
  Publish(3, {7}, {1, 2});
  QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  AddSeal("n-2", 3, seal);
  ASSERT_TRUE(Write(7, seal));
  QueueWrite settle =
      Settle(seal, {.kind = Settlement::Kind::kQuarantined,
                    .reason = "refused",
                    .body = std::make_shared<std::string>(kBody)});
  AddSettlement({.kind = Settlement::Kind::kSkipped, .reason = "x"}, settle);
  ASSERT_TRUE(Write(7, settle));
  const int64_t act_count = static_cast<int64_t>(Acts().size());

  using Counts = std::pair<int64_t, int64_t>;
  auto sweep = [&](const SweepOptions& options) {
    const absl::StatusOr<Swept> swept = operators_.Sweep(options);
    EXPECT_TRUE(swept.ok()) << swept.status();
    return Counts(swept->set_aside_count, swept->audit_record_count);
  };
  EXPECT_EQ(sweep({.record_retention = absl::Hours(1)}), Counts(0, 0));
  EXPECT_EQ(sweep({.record_retention = absl::ZeroDuration()}),
            Counts(1, act_count));
  const auto kept = operators_.ListSetAside(7, kNewest, 9).value();
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].sealed.txn_id, "n-1");
  EXPECT_THAT(Acts(), IsEmpty());
  ASSERT_TRUE(operators_.Act(Because(ReplayTransaction{"n-1"})).ok());

  EXPECT_EQ(sweep({.set_aside_retention = absl::ZeroDuration(),
                   .record_retention = absl::ZeroDuration()}),
            Counts(1, 2));  // The replay, and the end of the bytes.
  EXPECT_THAT(operators_.ListSetAside(7, kNewest, 9).value(), IsEmpty());
}

TEST_P(PushStoreContract, ReplayedMessagesStayMessages) {
  Apply(1, {7});
  Publish(20, {}, {});
  QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  seal.after.sealed[0].body_format = kBodyFormat;
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(Write(
      7, Settle(seal, {.kind = Settlement::Kind::kQuarantined,
                       .reason = "x",
                       .body = std::make_shared<std::string>(
                           R"({"events":[{"e":1}],"ephemeral":[{}],)"
                           R"("de.sorunome.msc2409.ephemeral":[{}],)"
                           R"("to_device":[{"d":1}],)"
                           R"("de.sorunome.msc2409.to_device":[{"d":1}]})")})));
  const auto done = operators_.Act(Because(ReplayTransaction{"n-1"}));
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->event_count, 2);
  const SourceState source = ingest_.FindSource(kReplaySource).value();
  const auto stored = operators_.ListSegments(source.id, kNewest, 9, 1000);
  const auto segment = Segment::Decode(stored.value()[0].encoded);
  EXPECT_EQ(segment->record(0), R"({"e":1})");
  EXPECT_FALSE(segment->is_to_device(0));
  EXPECT_EQ(segment->record(1), R"({"d":1})");
  EXPECT_TRUE(segment->is_to_device(1));
}

TEST_P(PushStoreContract, ReplaysEventsForOneQueueAlone) {
  Apply(1, {7, 8});
  Acquire(7);
  for (int i = 1; i <= 2; ++i) {
    const auto done = operators_.Act(
        Because(ReplayEvents{"hs 1..9", {R"({"a":1})", R"({"b":2})"}}));
    ASSERT_TRUE(done.ok()) << done.status();
    EXPECT_EQ(done->event_count, 2);
    EXPECT_EQ(operators_.FindQueue("as7")->queued_events, 2 * i);
  }
  EXPECT_EQ(operators_.FindQueue("as8")->queued_events, 0);
  EXPECT_EQ(Acts()[0].action, "range_replayed");
  EXPECT_EQ(Acts()[0].detail, "hs 1..9");
  EXPECT_EQ(Acts()[0].reason, "because");
  const SourceState source = ingest_.FindSource(kReplaySource).value();
  EXPECT_EQ(source.end.position, 5);
  const auto entries = queues_.ReadEntries({{7, {}}}, 9).value();
  ASSERT_THAT(entries[0], SizeIs(2));
  EXPECT_EQ(entries[0][1].segment.source_id, source.id);
  EXPECT_EQ(entries[0][1].segment.first_position, 3);

  ReplayEvents with_message = {"hs 1..9", {R"({"a":1})", R"({"b":2})"}};
  with_message.to_device.Add(1);
  ASSERT_TRUE(operators_.Act(Because(with_message)).ok());
  const auto stored = operators_.ListSegments(source.id, kNewest, 1, 1000);
  const auto segment = Segment::Decode(stored.value()[0].encoded);
  EXPECT_FALSE(segment->is_to_device(0));
  EXPECT_TRUE(segment->is_to_device(1));
  // As any act does.
  EXPECT_EQ(Acquire(7).epoch, 5);
}

// What one says can't be read changes nothing.
TEST_P(PushStoreContract, AReplayThatCantBeReadChangesNothing) {
  Apply(1, {7});
  Publish(20, {}, {});
  const QueueWrite seal = Seal(Acquire(7), "n-1", 2);
  ASSERT_TRUE(Write(7, seal));
  ASSERT_TRUE(Write(
      7, Settle(seal, {.kind = Settlement::Kind::kQuarantined,
                       .reason = "x",
                       .body = std::make_shared<std::string>("no body")})));
  EXPECT_EQ(operators_.Act(Because(ReplayTransaction{"n-1"})).status().code(),
            kDataLoss);
  EXPECT_EQ(operators_.ListSetAside(7, kNewest, 9)->at(0).replay_time,
            std::nullopt);
  // Nor is it taken from its owner.
  EXPECT_THAT(
      leases_
          .Renew(replica_, {.dead = {}, .held = {{7, seal.epoch, seal.nonce}}})
          .value()
          .acquired,
      IsEmpty());
}

TEST_P(PushStoreContract, AuditRecordsAreListedByService) {
  Apply(1, {7, 8});
  ASSERT_TRUE(operators_.Act(Because(PauseQueue())).ok());
  OperatorAct other = Because(PauseQueue());
  other.appservice_id = "as8";
  ASSERT_TRUE(operators_.Act(other).ok());
  ASSERT_TRUE(operators_.Act(Because(ResumeQueue())).ok());
  EXPECT_THAT(Acts(), SizeIs(3));
  const auto acts = operators_.ListAuditRecords("as7", kNewest, 9).value();
  ASSERT_THAT(acts, SizeIs(2));
  EXPECT_EQ(acts[0].action, "queue_resumed");
  EXPECT_EQ(acts[1].action, "queue_paused");
  EXPECT_THAT(operators_.ListAuditRecords("as7", kNewest, 1).value(),
              SizeIs(1));
  EXPECT_THAT(operators_.ListAuditRecords("as7", acts[0].id, 9).value(),
              ElementsAre(acts[1]));
}

}  // namespace
}  // namespace causeway::push
