// What is judged while a commit is under way, which then succeeds or fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/ingest/ingest.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/testing/forwarding_ingest_store.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/clock/clock.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;

using Kind = namespaces::NamespaceKind;
using Fault = FakePushStore::Fault;

constexpr char kAlice[] = "@alice:hs";
constexpr char kGhost[] = "@ghost_a:hs";

// A fake whose next commit can be made to wait.
class SlowStore : public ForwardingIngestStore {
 public:
  absl::Status Commit(const IngestBatch& batch) override {
    if (std::exchange(hold_next_, false)) {
      began.Notify();
      goes_on.WaitForNotification();
    }
    return fake.Commit(batch);
  }
  void ForgetAll() override { forgotten.Notify(); }

  // Before any commit that is to wait.
  void HoldNext() { hold_next_ = true; }

  absl::Notification began;
  absl::Notification goes_on;
  absl::Notification forgotten;

 private:
  bool hold_next_ = false;
};

class IngestTurnsTest : public ::testing::Test {
 protected:
  IngestTurnsTest() {
    registry_.Add({.uid = "7",
                   .id = "irc",
                   .url = "http://a",
                   .namespaces = {{Kind::kUsers, "@ghost_.*", true}}});
    MakeIngest(real_clock_);
    auto snapshot = registry_.Build();
    const int64_t revision = snapshot->revision();
    latest_.Set(std::move(snapshot));
    EXPECT_TRUE(applied_.AwaitRevision(revision, absl::Seconds(30)).ok());
  }

  void MakeIngest(const Clock& clock) {
    ingest_.reset();
    ingest_ = std::make_unique<Ingest>(
        // Room for one room, so that they are read again and again.
        Ingest::Options{.room_members_cached_max = 1}, store_, latest_,
        applied_, clock, metrics_,
        Ingest::Listeners{
            .committed =
                [this](const IngestBatch& batch, bool saturated) {
                  ends_.push_back(batch.end.position);
                  saturated_.push_back(saturated);
                },
            .commit_failed = [] {},
            .registry_applied = [](const AppliedRegistry&, bool) {}});
  }

  // As a source does: it goes on where the last answer says.
  void PublishAll(const std::vector<PublishBatch>& batches) {
    size_t taken_count = 0;
    while (taken_count < batches.size()) {
      const size_t count = std::min<size_t>(8, batches.size() - taken_count);
      std::vector<absl::StatusOr<PublishResult>> results(count);
      absl::Mutex mu;
      size_t answered_count = 0;
      for (size_t i = 0; i < count; ++i) {
        ingest_->Publish(batches[taken_count + i],
                         [&, i](absl::StatusOr<PublishResult> result) {
                           absl::MutexLock lock(&mu);
                           results[i] = std::move(result);
                           ++answered_count;
                         });
      }
      auto all_answered = [&] { return answered_count == count; };
      mu.LockWhen(absl::Condition(&all_answered));
      mu.Unlock();
      for (const auto& result : results) {
        if (result.ok()) next_position_ = result->next_position;
      }
      while (taken_count < batches.size() &&
             End(batches[taken_count]) <= next_position_) {
        ++taken_count;
      }
    }
  }

  static int64_t End(const PublishBatch& batch) {
    return batch.begin.position + static_cast<int64_t>(batch.records.size());
  }

  // A ghost's join, and while that is committed a message that concerns it.
  void ExpectBothTaken() {
    source_.Member("!r:hs", kGhost, "join");
    const PublishBatch join = source_.Take();
    source_.Message("!r:hs", kAlice, "1");
    const PublishBatch message = source_.Take();
    store_.HoldNext();
    absl::BlockingCounter answered(2);
    for (const PublishBatch* batch : {&join, &message}) {
      ingest_->Publish(*batch, [&](absl::StatusOr<PublishResult> result) {
        EXPECT_TRUE(result.ok()) << result.status();
        answered.DecrementCount();
      });
      store_.began.WaitForNotification();
    }
    store_.goes_on.Notify();
    answered.Wait();
    EXPECT_EQ(store_.fake.FindSource("hs").value().end, source_.end());
    EXPECT_EQ(QueuedEvents(), 2);
  }

  int64_t QueuedEvents() {
    return store_.fake.FindQueue("irc").value().queued_events;
  }

  registry_watch::SnapshotBuilder registry_{"hs"};
  prometheus::Registry metrics_registry_;
  PushMetrics metrics_{metrics_registry_};
  const RealClock real_clock_;
  SlowStore store_;
  registry_watch::LatestSnapshot latest_;
  registry_watch::LatestSnapshot applied_;
  // Of commits. Read when ingest is at rest.
  std::vector<int64_t> ends_;
  std::vector<bool> saturated_;
  TestSource source_;
  int64_t next_position_ = 0;
  std::unique_ptr<Ingest> ingest_;
};

// The second is judged by a membership that the first brings.
TEST_F(IngestTurnsTest, WhatComesDuringACommitIsTakenBehindIt) {
  ExpectBothTaken();
}

TEST_F(IngestTurnsTest, WhatComesDuringACommitThatFailsIsTakenBehindIt) {
  store_.fake.FailNextWrite(Fault::kNotDone);
  ExpectBothTaken();
}

// Nothing of the second is new, if the first is committed; which it isn't.
TEST_F(IngestTurnsTest, ARepeatOfWhatFailsIsNotTakenEither) {
  source_.Message("!r:hs", kAlice, "1");
  const PublishBatch batch = source_.Take();
  store_.HoldNext();
  absl::BlockingCounter answered(2);
  for (int i = 0; i < 2; ++i) {
    ingest_->Publish(batch, [&](absl::StatusOr<PublishResult> result) {
      EXPECT_TRUE(absl::IsUnavailable(result.status())) << result.status();
      answered.DecrementCount();
    });
    store_.began.WaitForNotification();
  }
  store_.fake.SetAway(true);
  store_.goes_on.Notify();
  answered.Wait();
}

// Goal: ingest says when it is taking in all the time. Method: a commit lasts
// as long as is looked back, and then as long a pause follows.
TEST_F(IngestTurnsTest, TellsWhenEventsComeAsFastAsTheyCanBeTakenIn) {
  FakeClock clock;
  MakeIngest(clock);
  auto publish_one = [&](absl::Duration pause_before) {
    clock.AdvanceTime(pause_before);
    source_.Message("!r:hs", kAlice, "1");
    absl::Notification answered;
    ingest_->Publish(source_.Take(), [&](const auto&) { answered.Notify(); });
    answered.WaitForNotification();
  };
  store_.HoldNext();
  std::thread while_it_lasts([&] {
    store_.began.WaitForNotification();
    clock.AdvanceTime(absl::Seconds(1));
    store_.goes_on.Notify();
  });
  publish_one(absl::ZeroDuration());
  while_it_lasts.join();
  publish_one(absl::ZeroDuration());
  publish_one(absl::Seconds(1));
  EXPECT_THAT(saturated_, ElementsAre(true, true, false));
  ingest_.reset();  // It uses the clock.
}

// It has a memory of its own.
TEST_F(IngestTurnsTest, AStoreThatWentBackIsToldSo) {
  ingest_->ForgetAll();
  EXPECT_TRUE(
      store_.forgotten.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

// Goal: whatever fails and whoever comes meanwhile, each event is queued once,
// by the members that the room had. Method: many batches, several under way,
// and each second time a commit that fails or whose outcome nobody learns.
TEST_F(IngestTurnsTest, FailedCommitsLeaveNothingBehind) {
  std::mt19937 random(17);
  std::vector<PublishBatch> batches;
  std::set<int> joined_rooms;
  int64_t expected_count = 0;
  for (int i = 0; i < 2000; ++i) {
    const int record_count = 1 + static_cast<int>(random() % 3);
    for (int j = 0; j < record_count; ++j) {
      const int room = static_cast<int>(random() % 4);
      const std::string room_id = absl::StrCat("!r", room, ":hs");
      const bool was_joined = joined_rooms.contains(room);
      if (random() % 3 == 0) {
        source_.Member(room_id, kGhost, was_joined ? "leave" : "join");
        was_joined ? (void)joined_rooms.erase(room)
                   : (void)joined_rooms.insert(room);
        ++expected_count;
      } else {
        source_.Message(room_id, kAlice, absl::StrCat(i, "/", j));
        if (was_joined) ++expected_count;
      }
    }
    batches.push_back(source_.Take());
  }
  for (size_t i = 0; i < batches.size(); i += 20) {
    if (random() % 2 == 0) {
      store_.fake.FailNextWrite(random() % 2 == 0 ? Fault::kDone
                                                  : Fault::kNotDone);
    }
    PublishAll({batches.begin() + static_cast<ptrdiff_t>(i),
                batches.begin() + static_cast<ptrdiff_t>(i + 20)});
  }
  EXPECT_EQ(store_.fake.FindSource("hs").value().end, source_.end());
  EXPECT_EQ(QueuedEvents(), expected_count);
  EXPECT_TRUE(std::is_sorted(ends_.begin(), ends_.end()));
}

}  // namespace
}  // namespace causeway::push
