#include "services/homeserver/stream/stream_publisher.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/stream/push_client.h"
#include "services/homeserver/stream/stream_source.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::homeserver {
namespace {

using StepResult = StreamPublisher::StepResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Prefix(absl::string_view history, int64_t position) {
  return absl::StrCat(history, "@", position);
}

// A stream of numbered events; its prefix hashes name the history and place.
class FakeStream final : public StreamSource {
 public:
  absl::StatusOr<StreamPage> ReadFrom(int64_t position, size_t records_max,
                                      size_t) override {
    if (!available) return absl::UnavailableError("database is away");
    StreamPage page;
    for (; position <= length && page.records.size() < records_max;
         ++position) {
      StreamRecord& record = page.records.emplace_back();
      record.position = position;
      record.event_json = absl::StrCat("{", position, "}");
      record.prefix_sha256_after = PrefixAt(position + 1);
      record.commit_time = commit_time;
      page.rest_count = length - position;
    }
    return page;
  }
  absl::StatusOr<std::string> PrefixBefore(int64_t position) override {
    if (position > length + 1) return absl::OutOfRangeError("too far");
    return PrefixAt(position);
  }

  int64_t length = 0;
  bool available = true;
  std::string history = "a";
  int64_t parted_at = 1;  // Before this, it is the history "a".
  absl::Time commit_time = absl::UnixEpoch();

 private:
  std::string PrefixAt(int64_t position) const {
    if (position == 1) return "";
    return Prefix(position <= parted_at ? "a" : history, position);
  }
};

// push_dispatcher's side of the contract: trims repeats, refuses gaps and
// other histories.
class FakePush final : public PushClient {
 public:
  absl::StatusOr<PushPosition> GetPosition() override {
    if (!available) return absl::UnavailableError("push is away");
    return PushPosition{.next_position = next,
                        .prefix_sha256 = prefix,
                        .incarnation = incarnation};
  }
  absl::StatusOr<PushHistory> GetHistory() override {
    if (another_restarts) ++incarnation;
    return known;
  }
  absl::Status Restart(int64_t ended, const PushPosition& common) override {
    if (ended != incarnation) return absl::AbortedError("over");
    ++incarnation;
    new_from = common.next_position;
    std::erase_if(known.passed, [&](const PushPosition& point) {
      return point.next_position > common.next_position;
    });
    next = 1;
    prefix = "";
    return absl::OkStatus();
  }
  absl::StatusOr<PublishResult> Publish(
      absl::Span<const StreamRecord> records,
      const std::string& prefix_sha256) override {
    if (!available) return absl::UnavailableError("push is away");
    const int64_t first = records.front().position;
    if (first > next) return Result(PublishResult::Outcome::kGap);
    if (refuses || (first == next && prefix_sha256 != prefix)) {
      return Result(PublishResult::Outcome::kDiverged);
    }
    for (const StreamRecord& record : records) {
      if (record.position < next) continue;
      if (record.position >= new_from) taken.push_back(record.event_json);
      next = record.position + 1;
      prefix = record.prefix_sha256_after;
    }
    if (lose_next_answer) {
      lose_next_answer = false;
      return absl::UnavailableError("connection lost");
    }
    return Result(PublishResult::Outcome::kAccepted);
  }

  int64_t next = 1;
  std::string prefix;
  bool available = true;
  bool lose_next_answer = false;
  bool refuses = false;  // Says that the histories differ.
  std::vector<std::string> taken;
  PushHistory known;
  int64_t incarnation = 1;
  bool another_restarts = false;  // Whenever it is looked at the history.
  int64_t new_from = 1;

 private:
  PublishResult Result(PublishResult::Outcome outcome) const {
    return {.outcome = outcome, .next_position = next};
  }
};

class StreamPublisherTest : public ::testing::Test {
 protected:
  FakeStream stream_;
  FakePush push_;
  FakeClock clock_;
  StreamPublisher publisher_{{.records_max = 2}, stream_, push_, clock_};
};

TEST_F(StreamPublisherTest, PublishesInBatchesUntilTheEnd) {
  stream_.length = 3;
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_EQ(publisher_.Step(), StepResult::kIdle);
  EXPECT_THAT(push_.taken, ElementsAre("{1}", "{2}", "{3}"));
  EXPECT_EQ(publisher_.progress().published_records, 3);
  EXPECT_EQ(publisher_.progress().unpublished_records, 0);
  EXPECT_TRUE(publisher_.health().ok());
}

TEST_F(StreamPublisherTest, StartsWherePushStands) {
  stream_.length = 3;
  push_.next = 3;
  push_.prefix = Prefix("a", 3);
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_THAT(push_.taken, ElementsAre("{3}"));
}

TEST_F(StreamPublisherTest, LostAnswerRepeatsNothing) {
  stream_.length = 3;
  push_.lose_next_answer = true;
  EXPECT_EQ(publisher_.Step(), StepResult::kFailed);
  EXPECT_THAT(publisher_.health().message(), HasSubstr("connection lost"));
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_THAT(push_.taken, ElementsAre("{1}", "{2}", "{3}"));
}

TEST_F(StreamPublisherTest, OutageOfPushDelaysOnly) {
  stream_.length = 1;
  push_.available = false;
  EXPECT_EQ(publisher_.Step(), StepResult::kFailed);
  push_.available = true;
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_THAT(push_.taken, ElementsAre("{1}"));
}

TEST_F(StreamPublisherTest, OutageOfTheDatabaseDelaysOnly) {
  stream_.length = 1;
  stream_.available = false;
  EXPECT_EQ(publisher_.Step(), StepResult::kFailed);
  stream_.available = true;
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
}

// push_dispatcher's database came back from a backup: it asks for more again.
TEST_F(StreamPublisherTest, GoesBackWhenPushHasLostCommits) {
  stream_.length = 2;
  ASSERT_EQ(publisher_.Step(), StepResult::kPublished);
  push_.next = 2;
  push_.prefix = Prefix("a", 2);
  push_.taken.clear();
  stream_.length = 3;
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);  // Learns of the gap.
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_THAT(push_.taken, ElementsAre("{2}", "{3}"));
}

TEST_F(StreamPublisherTest, NoticesLostCommitsThoughNothingIsNew) {
  stream_.length = 2;
  ASSERT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_EQ(publisher_.Step(), StepResult::kIdle);
  push_.next = 2;
  push_.prefix = Prefix("a", 2);
  push_.taken.clear();
  clock_.AdvanceTime(absl::Seconds(9));
  EXPECT_EQ(publisher_.Step(), StepResult::kIdle);
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);  // Learns of it.
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_THAT(push_.taken, ElementsAre("{2}"));
}

// Goal: two replicas at work repeat nothing. Method: another one publishes
// what this one was about to.
TEST_F(StreamPublisherTest, AnotherReplicaAheadIsHarmless) {
  stream_.length = 1;
  ASSERT_EQ(publisher_.Step(), StepResult::kPublished);
  stream_.length = 4;
  StreamPublisher other({.records_max = 2}, stream_, push_, clock_);
  ASSERT_EQ(other.Step(), StepResult::kPublished);
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_THAT(push_.taken, ElementsAre("{1}", "{2}", "{3}", "{4}"));
}

TEST_F(StreamPublisherTest, OtherHistorySendsNothing) {
  stream_.length = 3;
  push_.next = 2;
  push_.prefix = Prefix("b", 2);
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_TRUE(absl::IsFailedPrecondition(publisher_.health()));
  EXPECT_TRUE(push_.taken.empty());
}

// The homeserver's own database came back from a backup.
TEST_F(StreamPublisherTest, StreamShorterThanPushSendsNothing) {
  stream_.length = 1;
  push_.next = 5;
  push_.prefix = Prefix("a", 5);
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_TRUE(push_.taken.empty());
}

// The homeserver's database came back from a backup, and went on otherwise.
class OtherHistoryTest : public StreamPublisherTest {
 protected:
  OtherHistoryTest() {
    push_.next = 6;
    push_.prefix = Prefix("a", 6);
    push_.known.passed = {{5, Prefix("a", 5)},
                          {4, Prefix("a", 4)},
                          {3, Prefix("a", 3)},
                          {2, Prefix("a", 2)},
                          {1, ""}};
    stream_.length = 5;
    stream_.parted_at = 3;
    stream_.history = "b";
  }
  void PublishAll() {
    StepResult result = StepResult::kPublished;
    while (result == StepResult::kPublished) result = publisher_.Step();
    EXPECT_EQ(result, StepResult::kIdle);
  }
};

TEST_F(OtherHistoryTest, TakesThePlaceOfTheFirstIfThatDoesNotGoOn) {
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  PublishAll();
  EXPECT_EQ(push_.incarnation, 2);
  EXPECT_EQ(push_.new_from, 3);
  EXPECT_THAT(push_.taken, ElementsAre("{3}", "{4}", "{5}"));
  EXPECT_EQ(push_.prefix, Prefix("b", 6));
  EXPECT_TRUE(publisher_.health().ok());
}

TEST_F(OtherHistoryTest, IsShorter) {
  stream_.length = 3;
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  PublishAll();
  EXPECT_THAT(push_.taken, ElementsAre("{3}"));
}

TEST_F(OtherHistoryTest, FromTheFirstEventOn) {
  stream_.parted_at = 1;
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  PublishAll();
  EXPECT_EQ(push_.new_from, 1);
}

TEST_F(OtherHistoryTest, WaitsWhileSomebodyElsePublishes) {
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  push_.next = 7;
  push_.prefix = Prefix("a", 7);
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_EQ(push_.incarnation, 1);
}

// It has been told by a Publish, since another replica began anew meanwhile.
TEST_F(OtherHistoryTest, IsToldByAPublish) {
  stream_.parted_at = 6;
  stream_.length = 7;
  push_.refuses = true;
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_EQ(push_.incarnation, 2);
}

// It ends the incarnation that it has seen to differ, no later one: what
// another replica has just begun is its own history.
TEST_F(OtherHistoryTest, EndsNoIncarnationThatAnotherReplicaBegan) {
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  push_.another_restarts = true;
  EXPECT_EQ(publisher_.Step(), StepResult::kFailed);
  EXPECT_EQ(push_.incarnation, 2);
  EXPECT_EQ(push_.next, 6);
}

// Another backup is restored before all was told again: what it has told since
// would count as delivered.
TEST_F(OtherHistoryTest, IsAnotherOneWhileItTellsAllAgain) {
  stream_.parted_at = 5;
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  ASSERT_EQ(publisher_.Step(), StepResult::kPublished);
  ASSERT_EQ(push_.new_from, 5);
  stream_.parted_at = 3;
  stream_.length = 4;
  stream_.history = "c";
  StreamPublisher restored({.records_max = 2}, stream_, push_, clock_);
  EXPECT_EQ(restored.Step(), StepResult::kDiverged);
  while (restored.Step() == StepResult::kPublished) {
  }
  EXPECT_EQ(push_.incarnation, 3);
  EXPECT_THAT(push_.taken, ElementsAre("{3}", "{4}"));
}

TEST_F(OtherHistoryTest, WaitsForAnOperatorIfNothingIsInCommon) {
  push_.known.passed = {{5, Prefix("a", 5)}, {4, Prefix("a", 4)}};
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_THAT(publisher_.health().message(), HasSubstr("too old"));
  EXPECT_EQ(push_.incarnation, 1);
}

// Two that take turns would repeat their events again and again.
TEST_F(OtherHistoryTest, WaitsForAnOperatorIfItWasLeftForAnother) {
  push_.known.left = {{4, Prefix("b", 4)}};
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_THAT(publisher_.health().message(), HasSubstr("of this name"));
  EXPECT_EQ(push_.incarnation, 1);
}

TEST_F(OtherHistoryTest, AnEmptyDatabaseTakesNobodysPlace) {
  stream_.length = 0;
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_EQ(publisher_.Step(), StepResult::kDiverged);
  EXPECT_EQ(push_.incarnation, 1);
}

TEST_F(StreamPublisherTest, ReportsLag) {
  stream_.length = 5;
  stream_.commit_time = clock_.Now() - absl::Seconds(7);
  push_.available = false;
  ASSERT_EQ(publisher_.Step(), StepResult::kFailed);
  push_.available = true;
  ASSERT_EQ(publisher_.Step(), StepResult::kPublished);
  EXPECT_EQ(publisher_.progress().unpublished_records, 5);
  EXPECT_EQ(publisher_.progress().lag, absl::Seconds(7));
}

}  // namespace
}  // namespace causeway::homeserver
