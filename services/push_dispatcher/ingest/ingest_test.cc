#include "services/push_dispatcher/ingest/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/clock/clock.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using Kind = namespaces::NamespaceKind;
using Fault = FakePushStore::Fault;

constexpr char kRoom[] = "!irc_a:hs";
constexpr char kAlice[] = "@alice:hs";

// A Publish whose answer can be waited for.
class Answer {
 public:
  Ingest::Callback Callback() {
    return [this](absl::StatusOr<PublishResult> result) {
      result_ = std::move(result);
      answered_.Notify();
    };
  }
  const absl::StatusOr<PublishResult>& Wait() {
    answered_.WaitForNotification();
    return result_;
  }

 private:
  absl::Notification answered_;
  absl::StatusOr<PublishResult> result_;
};

class IngestTest : public ::testing::Test {
 protected:
  explicit IngestTest(Ingest::Options options = {
                          .registry_wait = absl::Milliseconds(20)}) {
    registry_.Add({.uid = "7",
                   .id = "irc",
                   .url = "http://a",
                   .namespaces = {{Kind::kRooms, "!irc_.*", true},
                                  {Kind::kUsers, "@ghost_.*", true}}});
    MakeIngest(options);
  }

  void MakeIngest(Ingest::Options options) { MakeIngest(options, clock_); }
  void MakeIngest(Ingest::Options options, const Clock& clock) {
    // The one before has subscribed to the registry it was given.
    ingest_.reset();
    latest_.emplace();
    applied_.emplace();
    ingest_ = std::make_unique<Ingest>(
        options, store_, *latest_, *applied_, clock, metrics_,
        Ingest::Listeners{
            .committed = [this](const IngestBatch& batch,
                                bool) { committed_.push_back(batch); },
            .commit_failed = [this] { ++failed_commits_; },
            .registry_applied = [](const AppliedRegistry&, bool) {}});
  }

  void SetRegistry() {
    auto snapshot = registry_.Build();
    const int64_t revision = snapshot->revision();
    latest_->Set(std::move(snapshot));
    ASSERT_TRUE(applied_->AwaitRevision(revision, absl::Seconds(30)).ok());
  }

  absl::StatusOr<PublishResult> Publish(PublishBatch batch) {
    Answer answer;
    ingest_->Publish(std::move(batch), answer.Callback());
    return answer.Wait();
  }

  void ExpectAccepted(PublishBatch batch) {
    const int64_t end =
        batch.begin.position + static_cast<int64_t>(batch.records.size());
    const absl::StatusOr<PublishResult> result = Publish(std::move(batch));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->outcome, ChainOutcome::kContinues);
    EXPECT_EQ(result->next_position, end);
  }

  int64_t QueuedEvents() {
    return store_.FindQueue("irc").value().queued_events;
  }

  registry_watch::SnapshotBuilder registry_{"hs"};
  prometheus::Registry metrics_registry_;
  PushMetrics metrics_{metrics_registry_};
  RealClock clock_;
  FakeClock fake_clock_;
  FakePushStore store_;
  std::optional<registry_watch::LatestSnapshot> latest_;
  std::optional<registry_watch::LatestSnapshot> applied_;
  // Read when ingest is at rest.
  std::vector<IngestBatch> committed_;
  int failed_commits_ = 0;
  TestSource source_;
  std::unique_ptr<Ingest> ingest_;
};

class PatientIngestTest : public IngestTest {
 protected:
  PatientIngestTest() : IngestTest({.early_wait = absl::Hours(1)}) {}
};

// A source that doesn't wait for answers: its calls are read on several
// threads.
TEST_F(PatientIngestTest, ABatchThatIsAheadWaitsForThoseBeforeIt) {
  SetRegistry();
  source_.Message(kRoom, kAlice, "1");
  PublishBatch first = source_.Take();
  source_.Message(kRoom, kAlice, "2");
  Answer second;
  ingest_->Publish(source_.Take(), second.Callback());
  ExpectAccepted(std::move(first));
  const absl::StatusOr<PublishResult>& result = second.Wait();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->outcome, ChainOutcome::kContinues);
  EXPECT_EQ(result->next_position, 3);
}

// With much to take in, it has waited long for its turn.
TEST_F(IngestTest, ABatchThatIsAheadWaitsFromItsTurnOn) {
  const Ingest::Options options = {.registry_wait = absl::Seconds(30),
                                   .early_wait = absl::Hours(1)};
  MakeIngest(options, fake_clock_);
  SetRegistry();
  // The thread waits for the registry in the first.
  ASSERT_TRUE(store_.ApplyRegistry(2, {{{7, "irc", true}}}).ok());
  Answer first, third;
  source_.Message(kRoom, kAlice, "1");
  ingest_->Publish(source_.Take(), first.Callback());
  source_.Message(kRoom, kAlice, "2");
  PublishBatch second = source_.Take();
  source_.Message(kRoom, kAlice, "3");
  ingest_->Publish(source_.Take(), third.Callback());
  fake_clock_.AdvanceTime(options.early_wait);
  latest_->Set(registry_.Build());
  EXPECT_EQ(first.Wait()->next_position, 2);
  ExpectAccepted(std::move(second));
  EXPECT_EQ(third.Wait()->outcome, ChainOutcome::kContinues);
}

TEST_F(IngestTest, ABatchThatIsAheadDoesNotWaitForEver) {
  SetRegistry();
  source_.Message(kRoom, kAlice, "1");
  source_.Take();
  source_.Message(kRoom, kAlice, "2");
  const absl::StatusOr<PublishResult> result = Publish(source_.Take());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->outcome, ChainOutcome::kGap);
  EXPECT_EQ(result->next_position, 1);
}

TEST_F(IngestTest, TakesInWhatContinues) {
  SetRegistry();
  source_.Message(kRoom, kAlice, "1");
  source_.Message("!plain:hs", kAlice, "2");
  ExpectAccepted(source_.Take());
  source_.Message(kRoom, kAlice, "3");
  ExpectAccepted(source_.Take());
  EXPECT_EQ(QueuedEvents(), 2);
  EXPECT_EQ(store_.FindSource("hs").value().end, source_.end());
  EXPECT_THAT(committed_, SizeIs(2));
}

// A source whose database was restored, and which then went on otherwise.
class OtherHistoryIngestTest : public IngestTest {
 protected:
  // A ghost joins and a message comes, in which both histories agree. Then the
  // first one has the ghost leave.
  void SetUp() override {
    SetRegistry();
    ExpectAccepted(Beginning(source_));
    ASSERT_TRUE(
        store_.Sweep({.source_point_interval = absl::ZeroDuration()}).ok());
    common_ = source_.end();
    source_.Member(kPlainRoom, kGhost, "leave");
    source_.Message(kPlainRoom, kAlice, "lost");
    ExpectAccepted(source_.Take());
    EXPECT_EQ(QueuedEvents(), 3);
  }

  static PublishBatch Beginning(TestSource& source) {
    source.Member(kPlainRoom, kGhost, "join");
    source.Message(kPlainRoom, kAlice, "1");
    return source.Take();
  }

  static constexpr char kPlainRoom[] = "!plain:hs";
  static constexpr char kGhost[] = "@ghost_a:hs";
  ChainPoint common_;
  TestSource restored_;
};

TEST_F(OtherHistoryIngestTest, IsRefusedUntilItBeginsAnew) {
  Beginning(restored_);
  restored_.Message(kPlainRoom, kAlice, "other");
  restored_.Message(kPlainRoom, kAlice, "other");
  restored_.Message(kPlainRoom, kAlice, "other");
  EXPECT_EQ(Publish(restored_.Take())->outcome, ChainOutcome::kDiverged);
  EXPECT_EQ(ingest_->RestartSource("hs", 2, common_).code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(QueuedEvents(), 3);
}

// What was told before is not delivered again, but tells who is in the room.
TEST_F(OtherHistoryIngestTest, TellsAllAndIsDeliveredWhereItIsNew) {
  ASSERT_TRUE(ingest_->RestartSource("hs", 1, common_).ok());
  ExpectAccepted(Beginning(restored_));
  EXPECT_EQ(QueuedEvents(), 3);
  restored_.Message(kPlainRoom, kAlice, "other");
  const PublishBatch news = restored_.Take();
  ExpectAccepted(news);
  ExpectAccepted(news);
  EXPECT_EQ(QueuedEvents(), 4);
  // Behind all that the first one told.
  EXPECT_EQ(committed_.back().before.end.position, 7);
  EXPECT_THAT(committed_.back().entries, SizeIs(1));
}

// By another replica: this one has to notice by itself.
TEST_F(OtherHistoryIngestTest, IsTakenByThoseThatRememberTheFirst) {
  ASSERT_TRUE(store_.RestartSource("hs", 1, common_).ok());
  ExpectAccepted(Beginning(restored_));
  restored_.Message(kPlainRoom, kAlice, "other");
  ExpectAccepted(restored_.Take());
  EXPECT_EQ(QueuedEvents(), 4);
}

// It would be delivered from too late a place on.
TEST_F(OtherHistoryIngestTest, HasToComeByWhereItIsSaidToBeNew) {
  ASSERT_TRUE(ingest_->RestartSource("hs", 1, common_).ok());
  restored_.Message(kPlainRoom, kAlice, "differs before");
  ExpectAccepted(restored_.Take());
  restored_.Message(kPlainRoom, kAlice, "other");
  restored_.Message(kPlainRoom, kAlice, "other");
  EXPECT_EQ(Publish(restored_.Take())->outcome, ChainOutcome::kDiverged);
}

TEST_F(IngestTest, RefusesBeforeTheRegistryIsKnown) {
  source_.Message(kRoom, kAlice, "1");
  const ChainPoint begin = source_.end();
  EXPECT_EQ(Publish(source_.Take()).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_FALSE(ingest_->RegistryStatus().ok());
  SetRegistry();
  source_.GoBack(begin);
  source_.Message(kRoom, kAlice, "1");
  EXPECT_TRUE(Publish(source_.Take()).ok());
  EXPECT_TRUE(ingest_->RegistryStatus().ok());
}

TEST_F(IngestTest, ARepeatChangesNothing) {
  SetRegistry();
  source_.Message(kRoom, kAlice, "1");
  source_.Message(kRoom, kAlice, "2");
  const PublishBatch batch = source_.Take();
  for (int i = 0; i < 3; ++i) {
    ExpectAccepted(batch);
  }
  EXPECT_EQ(QueuedEvents(), 2);
  EXPECT_THAT(committed_, SizeIs(1));
}

TEST_F(IngestTest, TrimsWhatItHas) {
  SetRegistry();
  source_.Message(kRoom, kAlice, "1");
  PublishBatch longer = source_.Take();
  ASSERT_TRUE(Publish(longer).ok());
  source_.Message(kRoom, kAlice, "2");
  for (PublishedRecord& record : source_.Take().records) {
    longer.records.push_back(record);
  }
  ExpectAccepted(longer);
  EXPECT_EQ(QueuedEvents(), 2);
}

TEST_F(IngestTest, RefusesGapsAndOtherHistories) {
  SetRegistry();
  source_.Message(kRoom, kAlice, "1");
  ASSERT_TRUE(Publish(source_.Take()).ok());
  const ChainPoint here = source_.end();

  source_.GoBack({.position = 9, .prefix_sha256 = here.prefix_sha256});
  source_.Message(kRoom, kAlice, "gap");
  EXPECT_EQ(Publish(source_.Take()).value(),
            (PublishResult{ChainOutcome::kGap, 2}));

  source_.GoBack({.position = 2, .prefix_sha256 = std::string(32, 'y')});
  source_.Message(kRoom, kAlice, "other");
  EXPECT_EQ(Publish(source_.Take()).value(),
            (PublishResult{ChainOutcome::kDiverged, 2}));
  EXPECT_EQ(QueuedEvents(), 1);
}

// All of the old batch lies before the end: segments' beginnings tell.
TEST_F(IngestTest, NoticesAnotherHistoryInAnOldBatch) {
  SetRegistry();
  for (int i = 0; i < 3; ++i) {
    source_.Message(kRoom, kAlice, "1");
    ASSERT_TRUE(Publish(source_.Take()).ok());
  }
  TestSource other;
  other.Message(kRoom, kAlice, "different");
  EXPECT_EQ(Publish(other.Take()).value(),
            (PublishResult{ChainOutcome::kDiverged, 4}));
}

TEST_F(IngestTest, WhatComesTogetherIsCommittedTogether) {
  SetRegistry();
  // The thread waits for the registry in the first while the others come.
  ASSERT_TRUE(store_.ApplyRegistry(2, {{{7, "irc", true}}}).ok());
  Answer first, second, third;
  source_.Message(kRoom, kAlice, "1");
  ingest_->Publish(source_.Take(), first.Callback());
  source_.Message(kRoom, kAlice, "2");
  ingest_->Publish(source_.Take(), second.Callback());
  TestSource gap;
  gap.GoBack({.position = 50, .prefix_sha256 = std::string(32, 'x')});
  gap.Message(kRoom, kAlice, "3");
  ingest_->Publish(gap.Take(), third.Callback());
  latest_->Set(registry_.Build());
  EXPECT_EQ(first.Wait()->next_position, 2);
  EXPECT_EQ(second.Wait()->next_position, 3);
  // One that is refused doesn't take the others with it.
  EXPECT_EQ(third.Wait()->outcome, ChainOutcome::kGap);
}

// Hard case 3: nobody knows whether the commit took place.
TEST_F(IngestTest, ACommitOfUnknownOutcomeIsResolved) {
  SetRegistry();
  for (Fault fault : {Fault::kDone, Fault::kNotDone}) {
    source_.Message(kRoom, kAlice, "x");
    store_.FailNextWrite(fault);
    ExpectAccepted(source_.Take());
  }
  EXPECT_EQ(QueuedEvents(), 2);
}

// Another replica has taken in what the source sent there.
TEST_F(IngestTest, ForgetsWhatItRemembersWhenTheSourceWasMoved) {
  SetRegistry();
  source_.Message("!plain:hs", kAlice, "1");
  ASSERT_TRUE(Publish(source_.Take()).ok());

  IngestBatch elsewhere;
  elsewhere.before = store_.FindSource("hs").value();
  source_.Member("!plain:hs", "@ghost_a:hs", "join");
  source_.Take();
  elsewhere.end = source_.end();
  elsewhere.member_changes = {{"!plain:hs", "@ghost_a:hs", true}};
  ASSERT_TRUE(store_.Commit(elsewhere).ok());

  source_.Message("!plain:hs", kAlice, "2");
  ExpectAccepted(source_.Take());
  EXPECT_EQ(QueuedEvents(), 1);  // The ghost's join is known here now.
}

// Hard case 5: the registrations in force decide, not those known here.
TEST_F(IngestTest, WaitsForRegistrationsThatAreInForce) {
  SetRegistry();
  ASSERT_TRUE(store_.ApplyRegistry(2, {{{7, "irc", true}}}).ok());
  source_.Message(kRoom, kAlice, "1");
  const ChainPoint begin = source_.end();
  EXPECT_EQ(Publish(source_.Take()).status().code(),
            absl::StatusCode::kUnavailable);
  SetRegistry();  // Revision 2 comes at last.
  source_.GoBack(begin);
  source_.Message(kRoom, kAlice, "1");
  ExpectAccepted(source_.Take());
}

// As after a fail-over to a standby that had all of ours but the last moment.
TEST_F(IngestTest, PutsInForceAgainWhatTheStoreHasLost) {
  SetRegistry();
  source_.Message(kRoom, kAlice, "1");
  ExpectAccepted(source_.Take());
  SetRegistry();
  store_.GoBackTo(1);
  source_.Message(kRoom, kAlice, "2");
  ExpectAccepted(source_.Take());
  EXPECT_EQ(store_.FindSource("hs").value().registry_revision, 2);
}

TEST_F(IngestTest, ANewRegistrationFindsItsRooms) {
  SetRegistry();
  source_.Member("!plain:hs", "@bot:hs", "join");
  source_.Message("!plain:hs", kAlice, "1");
  ASSERT_TRUE(Publish(source_.Take()).ok());
  registry_.Add({.uid = "8", .id = "bot", .url = "http://b"});
  SetRegistry();
  source_.Message("!plain:hs", kAlice, "2");
  ASSERT_TRUE(Publish(source_.Take()).ok());
  EXPECT_EQ(store_.FindQueue("bot").value().queued_events, 1);
}

TEST_F(IngestTest, RefusesWhatIsTooMuchToWait) {
  MakeIngest({.waiting_records_max = 1});
  source_.Message(kRoom, kAlice, "1");
  source_.Message(kRoom, kAlice, "2");
  EXPECT_EQ(Publish(source_.Take()).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(IngestTest, StoreThatIsAwayIsToldAndComesBack) {
  SetRegistry();
  source_.Message(kRoom, kAlice, "1");
  ExpectAccepted(source_.Take());
  store_.SetAway(true);
  source_.Message(kRoom, kAlice, "2");
  const PublishBatch batch = source_.Take();
  EXPECT_EQ(Publish(batch).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_GE(failed_commits_, 1);
  store_.SetAway(false);
  ExpectAccepted(batch);
}

TEST_F(IngestTest, SourcesDoNotMix) {
  SetRegistry();
  TestSource other("other");
  other.Message(kRoom, kAlice, "1");
  source_.Message(kRoom, kAlice, "1");
  source_.Message(kRoom, kAlice, "2");
  ExpectAccepted(other.Take());
  ExpectAccepted(source_.Take());
  EXPECT_EQ(QueuedEvents(), 3);
}

}  // namespace
}  // namespace causeway::push
