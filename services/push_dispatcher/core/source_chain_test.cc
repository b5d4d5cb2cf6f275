#include "services/push_dispatcher/core/source_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

// A stream of twenty records, and where each of them begins.
class SourceChainTest : public ::testing::Test {
 protected:
  SourceChainTest() {
    points_.push_back({});
    for (int i = 1; i <= 20; ++i) {
      records_.push_back(matrix::Sha256(std::to_string(i)));
      points_.push_back(NextPoint(points_.back(), records_.back()));
    }
  }

  // The point before the record at `position`.
  const ChainPoint& At(int64_t position) const {
    return points_[static_cast<size_t>(position - 1)];
  }
  absl::Span<const std::string> Records(int64_t first, int64_t last) const {
    return absl::MakeConstSpan(records_).subspan(
        static_cast<size_t>(first - 1), static_cast<size_t>(last - first + 1));
  }
  // Like At(), of a history that differs before it.
  ChainPoint OtherAt(int64_t position) const {
    return {.position = position, .prefix_sha256 = matrix::Sha256("other")};
  }

  std::vector<std::string> records_;
  std::vector<ChainPoint> points_;
};

TEST_F(SourceChainTest, HashIsDefinedByTheContract) {
  EXPECT_EQ(At(1).prefix_sha256, std::string(32, '\0'));
  EXPECT_EQ(At(2).prefix_sha256,
            matrix::Sha256(std::string(32, '\0') + matrix::Sha256("1")));
  EXPECT_EQ(At(3).prefix_sha256,
            matrix::Sha256(At(2).prefix_sha256 + matrix::Sha256("2")));
}

TEST_F(SourceChainTest, TakesWhatContinues) {
  const ChainVerdict verdict = JudgeBatch(At(5), {}, At(5), Records(5, 8));
  EXPECT_EQ(verdict.outcome, ChainOutcome::kContinues);
  EXPECT_EQ(verdict.known_count, 0u);
  EXPECT_EQ(verdict.end, At(9));
}

TEST_F(SourceChainTest, TrimsThePrefixThatIsHereAlready) {
  const ChainVerdict verdict = JudgeBatch(At(5), {}, At(3), Records(3, 8));
  EXPECT_EQ(verdict.outcome, ChainOutcome::kContinues);
  EXPECT_EQ(verdict.known_count, 2u);
  EXPECT_EQ(verdict.end, At(9));
}

TEST_F(SourceChainTest, ARepeatBringsNothingNew) {
  const ChainVerdict verdict = JudgeBatch(At(9), {}, At(5), Records(5, 8));
  EXPECT_EQ(verdict.outcome, ChainOutcome::kContinues);
  EXPECT_EQ(verdict.known_count, 4u);
  EXPECT_EQ(verdict.end, At(9));
}

TEST_F(SourceChainTest, RefusesAGap) {
  EXPECT_EQ(JudgeBatch(At(5), {}, At(6), Records(6, 8)).outcome,
            ChainOutcome::kGap);
}

TEST_F(SourceChainTest, NoticesAnotherHistory) {
  struct Case {
    const char* name;
    ChainPoint end;
    std::vector<ChainPoint> passed;
    ChainPoint begin;
    absl::Span<const std::string> records;
  };
  const Case cases[] = {
      {"just before the batch", At(5), {}, OtherAt(5), Records(5, 8)},
      {"before a prefix that is here", At(5), {}, OtherAt(3), Records(3, 8)},
      {"in the prefix that is here", At(5), {}, At(3), Records(7, 12)},
      {"at the end of an old batch", At(5), {}, OtherAt(3), Records(3, 4)},
      {"in an old batch, at a point passed",
       At(20),
       {At(2), At(6)},
       OtherAt(4),
       Records(4, 8)},
      {"before an old batch that begins at a point passed",
       At(20),
       {At(4)},
       OtherAt(4),
       Records(4, 8)},
      {"at the end of an old batch, at a point passed",
       At(20),
       {At(9)},
       OtherAt(4),
       Records(4, 8)},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(
        JudgeBatch(test.end, test.passed, test.begin, test.records).outcome,
        ChainOutcome::kDiverged);
  }
}

TEST_F(SourceChainTest, AnOldBatchAgreesWithThePointsPassed) {
  const ChainVerdict verdict =
      JudgeBatch(At(20), {At(2), At(6), At(9), At(15)}, At(4), Records(4, 8));
  EXPECT_EQ(verdict.outcome, ChainOutcome::kContinues);
  EXPECT_EQ(verdict.known_count, 5u);
  EXPECT_EQ(verdict.end, At(20));
}

TEST_F(SourceChainTest, AnOldBatchThatNoPointVouchesForIsSentOn) {
  EXPECT_EQ(JudgeBatch(At(20), {}, At(4), Records(4, 8)).outcome,
            ChainOutcome::kGap);
  // A point inside vouches for what lies before it only.
  EXPECT_EQ(JudgeBatch(At(20), {At(6)}, At(4), Records(4, 8)).outcome,
            ChainOutcome::kGap);
}

}  // namespace
}  // namespace causeway::push
