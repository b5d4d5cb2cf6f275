// Where sources have been, and what becomes of one with another history.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/push_store_contract.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using enum absl::StatusCode;

constexpr SweepOptions kEachTime = {.source_point_interval =
                                        absl::ZeroDuration()};

TEST_P(PushStoreContract, NotesWhereASourceIs) {
  EXPECT_EQ(ingest_.GetSourceHistory("hs").status().code(), kNotFound);
  Apply(1, {7});
  const ChainPoint first = Publish(3, {7}, {0}).end;
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  Publish(2, {7}, {0});
  ASSERT_TRUE(operators_.Sweep({}).ok());  // It isn't a minute.
  const ChainPoint third = Publish(1, {7}, {0}).end;
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  const SourceHistory history = ingest_.GetSourceHistory("hs").value();
  EXPECT_EQ(history.incarnation, 1);
  EXPECT_THAT(history.passed, ElementsAre(third, first, ChainPoint()));
  EXPECT_THAT(history.left, IsEmpty());
}

TEST_P(PushStoreContract, ARestartedSourceTellsAllAgain) {
  Apply(1, {7});
  IngestBatch joins;
  joins.before = ingest_.OpenSource("hs").value();
  joins.end = {3, matrix::Sha256("joins")};
  joins.member_changes = {{"!r:hs", "@a:hs", true}};
  joins.alias_changes = {{"!r:hs", "#a:hs", true}};
  ASSERT_TRUE(ingest_.Commit(joins).ok());
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  const IngestBatch lost = Publish(2, {7}, {0, 1});
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());

  ASSERT_TRUE(ingest_.RestartSource("hs", 1, joins.end).ok());
  const SourceState source = ingest_.FindSource("hs").value();
  EXPECT_EQ(source.incarnation, 2);
  // Its position 1 is the next one here.
  EXPECT_EQ(source.end, (ChainPoint{5, ChainPoint().prefix_sha256}));
  EXPECT_EQ(source.offset, 4);
  EXPECT_EQ(source.news, (ChainPoint{7, joins.end.prefix_sha256}));
  EXPECT_THAT(
      ingest_.LoadRooms(source.id, {"!r:hs"}).value()["!r:hs"].joined_members,
      IsEmpty());
  EXPECT_THAT(ingest_.LoadRooms(source.id, {"!r:hs"}).value()["!r:hs"].aliases,
              IsEmpty());
  // What was queued is so still; what was under way isn't taken.
  EXPECT_THAT(queues_.ReadEntries({{7, {}}}, 100).value()[0], SizeIs(1));
  IngestBatch late = lost;
  late.before.end = lost.end;
  late.end = {6, matrix::Sha256("late")};
  EXPECT_EQ(ingest_.Commit(late).code(), kAborted);

  const SourceHistory history = ingest_.GetSourceHistory("hs").value();
  EXPECT_EQ(history.incarnation, 2);
  EXPECT_THAT(history.passed, ElementsAre(joins.end, ChainPoint()));
  EXPECT_THAT(history.left, ElementsAre(lost.end));
  ASSERT_THAT(Acts(), SizeIs(1));
  EXPECT_EQ(Acts()[0].action, "source_restarted");
  EXPECT_EQ(Acts()[0].detail,
            "hs, incarnation 2, new from position 3, had come to 5");

  // Points are its own positions, and only of news.
  Publish(1, {}, {});
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  EXPECT_THAT(ingest_.GetSourceHistory("hs").value().passed, SizeIs(2));
  const ChainPoint end = Publish(2, {7}, {1}).end;
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  EXPECT_EQ(ingest_.GetSourceHistory("hs").value().passed[0],
            (ChainPoint{4, end.prefix_sha256}));
}

// Goal: it isn't stuck. Method: another backup is restored while it still
// tells again what was delivered, and parts from all others before that.
TEST_P(PushStoreContract, ASourceIsRestartedWhileItTellsAllAgain) {
  Apply(1, {7});
  const ChainPoint first = Publish(3, {7}, {0}).end;
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  const ChainPoint second = Publish(2, {7}, {0}).end;
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  const ChainPoint third = Publish(1, {7}, {0}).end;
  ASSERT_TRUE(ingest_.RestartSource("hs", 1, second).ok());
  Publish(1, {}, {});

  // Nothing is different there.
  EXPECT_EQ(ingest_.RestartSource("hs", 2, second).code(), kFailedPrecondition);
  ASSERT_TRUE(ingest_.RestartSource("hs", 2, first).ok());
  const SourceState source = ingest_.FindSource("hs").value();
  EXPECT_EQ(source.offset, 7);
  EXPECT_EQ(source.news, (ChainPoint{7 + 4, first.prefix_sha256}));
  // The one before was left where it differs from this one.
  EXPECT_THAT(ingest_.GetSourceHistory("hs").value().left,
              ElementsAre(second, third));
}

// What was left may be taken up again; all else stays as it is.
TEST_P(PushStoreContract, ForgetsTheLeftHistoriesOfOneSource) {
  EXPECT_EQ(operators_.ForgetLeftHistories("hs", "because").status(),
            absl::NotFoundError("there is no source hs"));
  Apply(1, {7});
  Publish(3, {7}, {0});
  IngestBatch other;
  other.before = ingest_.OpenSource("other").value();
  other.end = {3, matrix::Sha256("other")};
  ASSERT_TRUE(ingest_.Commit(other).ok());
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  ASSERT_TRUE(ingest_.RestartSource("other", 1, {}).ok());
  ASSERT_TRUE(ingest_.RestartSource("hs", 1, {}).ok());
  Publish(2, {7}, {1});
  ASSERT_TRUE(ingest_.RestartSource("hs", 2, {}).ok());
  const SourceState source = ingest_.FindSource("hs").value();
  const SourceHistory before = ingest_.GetSourceHistory("hs").value();
  ASSERT_THAT(before.left, SizeIs(2));

  EXPECT_EQ(operators_.ForgetLeftHistories("hs", "it is right").value(), 2);
  EXPECT_EQ(ingest_.FindSource("hs").value(), source);
  const SourceHistory after = ingest_.GetSourceHistory("hs").value();
  EXPECT_THAT(after.left, IsEmpty());
  EXPECT_EQ(after.passed, before.passed);
  EXPECT_THAT(ingest_.GetSourceHistory("other").value().left,
              ElementsAre(other.end));
  ASSERT_THAT(Acts(), SizeIs(4));
  EXPECT_EQ(Acts()[0].actor, "operator");
  EXPECT_EQ(Acts()[0].action, "left_histories_forgotten");
  EXPECT_EQ(Acts()[0].detail, "hs, histories: 2");
  EXPECT_EQ(Acts()[0].reason, "it is right");
  EXPECT_EQ(Acts()[1].actor, "push_dispatcher");

  // To repeat it is safe, and what is left from now on is remembered.
  EXPECT_EQ(operators_.ForgetLeftHistories("hs", "again").value(), 0);
  Publish(1, {7}, {0});
  ASSERT_TRUE(ingest_.RestartSource("hs", 3, {}).ok());
  EXPECT_THAT(ingest_.GetSourceHistory("hs").value().left, SizeIs(1));
}

TEST_P(PushStoreContract, ASourceIsNotRestartedFromAnywhere) {
  EXPECT_EQ(ingest_.RestartSource("hs", 1, {}).code(), kNotFound);
  Apply(1, {7});
  const ChainPoint passed = Publish(3, {7}, {0}).end;
  ASSERT_TRUE(operators_.Sweep(kEachTime).ok());
  const ChainPoint unknown = {passed.position, matrix::Sha256("other")};
  EXPECT_EQ(ingest_.RestartSource("hs", 1, unknown).code(),
            kFailedPrecondition);
  // Nothing is different there.
  EXPECT_EQ(ingest_.RestartSource("hs", 1, passed).code(), kFailedPrecondition);
  EXPECT_EQ(ingest_.RestartSource("hs", 2, {}).code(), kAborted);
  ASSERT_TRUE(ingest_.RestartSource("hs", 1, {}).ok());
  EXPECT_EQ(ingest_.RestartSource("hs", 1, {}).code(), kAborted);
}

}  // namespace
}  // namespace causeway::push
