// Goal: the window never passes over an entry: what it gives is all there is
// between two of its edges. Method: its answers against the queue that the
// store would have, in the order in which commits, reads and losses may come.
#include "services/push_dispatcher/delivery/queue_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

QueueEntry Entry(SourceId source_id, int64_t last_position) {
  return {
      .segment = {.source_id = source_id, .first_position = last_position - 1},
      .last_position = last_position,
      .events = {},
      .segment_raw_bytes = 0,
      .publish_time = absl::UnixEpoch()};
}

std::vector<int64_t> Positions(absl::Span<const QueueEntry> entries) {
  std::vector<int64_t> positions;
  for (const QueueEntry& entry : entries) {
    positions.push_back(entry.last_position);
  }
  return positions;
}

class QueueWindowTest : public ::testing::Test {
 protected:
  // As after a read of the whole queue behind `after`.
  void Open(const Cursors& after, const std::vector<QueueEntry>& entries,
            const std::vector<SourceId>& with_more = {}) {
    window_.Restart(after);
    window_.BeginRead(after);
    window_.EndRead(entries, with_more);
  }

  std::vector<int64_t> Next(int64_t after) {
    return Positions(window_.Next(Cursors({after}), 0));
  }

  QueueWindow window_ = QueueWindow(4);
};

TEST_F(QueueWindowTest, KnowsNothingAtFirst) {
  EXPECT_FALSE(window_.reaches_end());
  window_.Append(Entry(1, 5));
  EXPECT_THAT(Next(0), IsEmpty());
}

TEST_F(QueueWindowTest, GrowsByWhatIsCommittedHereOnceItReachesTheEnd) {
  Open(Cursors({3}), {Entry(1, 5)});
  window_.Append(Entry(1, 7));
  EXPECT_TRUE(window_.reaches_end());
  EXPECT_THAT(Next(3), ElementsAre(5, 7));
  EXPECT_THAT(Next(5), ElementsAre(7));
  EXPECT_THAT(Next(6), ElementsAre(7));  // Taken in part.
  EXPECT_THAT(Next(7), IsEmpty());
}

TEST_F(QueueWindowTest, ARunWithMoreBehindItDoesNotGrow) {
  Open(Cursors({3}), {Entry(1, 5)}, /*with_more=*/{1});
  window_.Append(Entry(1, 9));  // 7, which wasn't read, lies in between.
  EXPECT_FALSE(window_.reaches_end());
  EXPECT_THAT(Next(3), ElementsAre(5));
  EXPECT_EQ(window_.BeginRead(Cursors({5})), Cursors({5}));
  window_.EndRead({Entry(1, 7), Entry(1, 9)}, {});
  EXPECT_THAT(Next(3), ElementsAre(5, 7, 9));
}

TEST_F(QueueWindowTest, WhatIsCommittedDuringAReadIsThereOnce) {
  for (const bool seen : {true, false}) {
    SCOPED_TRACE(seen);
    window_.Restart(Cursors({3}));
    window_.BeginRead(Cursors({3}));
    window_.Append(Entry(1, 7));
    std::vector<QueueEntry> read = {Entry(1, 5)};
    if (seen) read.push_back(Entry(1, 7));
    window_.EndRead(read, {});
    EXPECT_TRUE(window_.reaches_end());
    EXPECT_THAT(Next(3), ElementsAre(5, 7));
  }
}

TEST_F(QueueWindowTest, WhatOthersQueueDuringAReadMakesAnotherNecessary) {
  window_.Restart(Cursors({3}));
  window_.BeginRead(Cursors({3}));
  window_.Lose();
  window_.EndRead({}, {});
  EXPECT_FALSE(window_.reaches_end());
}

TEST_F(QueueWindowTest, EndsWhenItIsFull) {
  Open(Cursors({0}), {});
  for (int64_t position = 1; position <= 6; ++position) {
    window_.Append(Entry(1, position));
  }
  EXPECT_FALSE(window_.reaches_end());
  EXPECT_THAT(Next(0), ElementsAre(1, 2, 3, 4));
}

TEST_F(QueueWindowTest, CoversWhatLiesBehindItsBeginningOnly) {
  Open(Cursors({3, 8}), {Entry(1, 5), Entry(1, 7)});
  EXPECT_TRUE(window_.Covers(Cursors({4, 8})));
  EXPECT_FALSE(window_.Covers(Cursors({2, 8})));
  EXPECT_FALSE(window_.Covers(Cursors({3})));
  window_.Trim(Cursors({7, 8}));
  EXPECT_FALSE(window_.Covers(Cursors({5, 8})));
  EXPECT_EQ(window_.entry_count(), 0);
}

TEST_F(QueueWindowTest, SourcesTakeTurns) {
  Open(Cursors({0, 0, 0}), {Entry(1, 5), Entry(3, 2)});
  const Cursors after({0, 0, 0});
  EXPECT_EQ(window_.Next(after, 0)[0].segment.source_id, 1);
  EXPECT_EQ(window_.Next(after, 1)[0].segment.source_id, 3);
  EXPECT_EQ(window_.Next(after, 3)[0].segment.source_id, 1);
}

TEST_F(QueueWindowTest, ASourceWithPlentyIsLeftOutOfARead) {
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  Open({}, {Entry(1, 5), Entry(2, 6)}, /*with_more=*/{1});
  EXPECT_FALSE(window_.RunsLow({}));
  EXPECT_TRUE(window_.RunsLow(Cursors({5})));
  EXPECT_FALSE(window_.RunsLow(Cursors({0, 6})));  // There is no more.
  EXPECT_FALSE(window_.reaches_end(1));
  EXPECT_TRUE(window_.reaches_end(2));
  EXPECT_TRUE(window_.reaches_end(3));

  EXPECT_EQ(window_.BeginRead(Cursors({0, 6})), Cursors({kAll, 6}));
  window_.EndRead({}, {});
  EXPECT_FALSE(window_.reaches_end(1));  // Nobody has looked.
  EXPECT_EQ(window_.BeginRead(Cursors({0, 6}), /*wanted=*/1), Cursors({5, 6}));
  window_.EndRead({}, {});
  EXPECT_TRUE(window_.reaches_end());
}

TEST_F(QueueWindowTest, WhatIsFullEndsAloneInItsSource) {
  Open({}, {Entry(1, 5)});
  for (int64_t position = 1; position <= 4; ++position) {
    window_.Append(Entry(2, position));
  }
  EXPECT_TRUE(window_.reaches_end(1));
  EXPECT_FALSE(window_.reaches_end(2));
  EXPECT_EQ(window_.entry_count(), 4);
}

// The story of a queue, at random: what the window gives of each source, one
// entry after the other, is the queue.
TEST_F(QueueWindowTest, PassesOverNothing) {
  constexpr size_t kReadMax = 3;  // Of a source.
  for (uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    // By source: as the store has it, and what the read under way will see.
    std::map<SourceId, std::vector<QueueEntry>> queue;
    std::vector<QueueEntry> snapshot;
    std::vector<SourceId> with_more;
    Cursors after({0, 0});
    std::map<SourceId, size_t> taken;
    QueueWindow window(4);
    window.Restart(after);
    for (int step = 0; step < 300; ++step) {
      const SourceId source_id = 1 + static_cast<SourceId>(random() % 2);
      switch (random() % 5) {
        case 0:  // Committed here, or elsewhere. The first has more.
          if (source_id == 2 && random() % 3 != 0) break;
          queue[source_id].push_back(
              Entry(source_id, static_cast<int64_t>(step) + 1));
          if (random() % 4 == 0) {
            window.Lose();
          } else {
            window.Append(queue[source_id].back());
          }
          break;
        case 1: {
          if (window.reading() || window.reaches_end()) break;
          const Cursors from =
              window.BeginRead(after, random() % 2 == 0 ? source_id : 0);
          snapshot.clear();
          with_more.clear();
          for (const auto& [source, entries] : queue) {
            size_t count = 0;
            for (const QueueEntry& entry : entries) {
              if (entry.last_position <= from.Get(source)) continue;
              if (count == kReadMax) break;
              snapshot.push_back(entry);
              ++count;
            }
            if (count == kReadMax) with_more.push_back(source);
          }
          break;
        }
        case 2:
          if (!window.reading()) break;
          if (random() % 8 == 0) {
            window.AbandonRead();
          } else {
            window.EndRead(snapshot, with_more);
          }
          break;
        case 3:
          if (random() % 8 == 0) window.Trim(after);
          break;
        default: {
          const auto entries = window.Next(after, source_id);
          if (entries.empty()) {
            if (window.reaches_end()) {
              ASSERT_EQ(taken[1], queue[1].size());
              ASSERT_EQ(taken[2], queue[2].size());
            }
            break;
          }
          const SourceId of = entries[0].segment.source_id;
          ASSERT_LT(taken[of], queue[of].size());
          ASSERT_EQ(entries[0].last_position,
                    queue[of][taken[of]].last_position);
          after.Set(of, entries[0].last_position);
          ++taken[of];
          if (window.reaches_end(of) && entries.size() == 1) {
            ASSERT_EQ(taken[of], queue[of].size());
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace causeway::push
