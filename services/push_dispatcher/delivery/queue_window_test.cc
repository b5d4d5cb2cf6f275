// Goal: the window never passes over an entry: what it gives is all there is
// between two of its edges. Method: its answers against the queue that the
// store would have, in the order in which commits, reads and losses may come.
#include "services/push_dispatcher/delivery/queue_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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
            bool is_all = true) {
    window_.Restart(after);
    window_.BeginRead();
    window_.EndRead(entries, is_all);
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
  Open(Cursors({3}), {Entry(1, 5)}, /*is_all=*/false);
  window_.Append(Entry(1, 9));  // 7, which wasn't read, lies in between.
  EXPECT_FALSE(window_.reaches_end());
  EXPECT_THAT(Next(3), ElementsAre(5));
  EXPECT_EQ(window_.end(), Cursors({5}));
  window_.BeginRead();
  window_.EndRead({Entry(1, 7), Entry(1, 9)}, true);
  EXPECT_THAT(Next(3), ElementsAre(5, 7, 9));
}

TEST_F(QueueWindowTest, WhatIsCommittedDuringAReadIsThereOnce) {
  for (const bool seen : {true, false}) {
    SCOPED_TRACE(seen);
    window_.Restart(Cursors({3}));
    window_.BeginRead();
    window_.Append(Entry(1, 7));
    std::vector<QueueEntry> read = {Entry(1, 5)};
    if (seen) read.push_back(Entry(1, 7));
    window_.EndRead(read, true);
    EXPECT_TRUE(window_.reaches_end());
    EXPECT_THAT(Next(3), ElementsAre(5, 7));
  }
}

TEST_F(QueueWindowTest, WhatOthersQueueDuringAReadMakesAnotherNecessary) {
  window_.Restart(Cursors({3}));
  window_.BeginRead();
  window_.Lose();
  window_.EndRead({}, true);
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

// The story of a queue, at random: what the window gives, one entry after the
// other, is the queue.
TEST_F(QueueWindowTest, PassesOverNothing) {
  for (uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    std::vector<QueueEntry> queue;     // As the store has it.
    std::vector<QueueEntry> snapshot;  // What the read under way will see.
    bool snapshot_is_all = false;
    int64_t after = 0;
    size_t taken = 0;
    QueueWindow window(4);
    window.Restart(Cursors({0}));
    for (int step = 0; step < 300; ++step) {
      switch (random() % 5) {
        case 0:  // Committed here, or elsewhere.
          queue.push_back(Entry(1, static_cast<int64_t>(step) + 1));
          if (random() % 4 == 0) {
            window.Lose();
          } else {
            window.Append(queue.back());
          }
          break;
        case 1:
          if (window.reading() || window.reaches_end()) break;
          window.BeginRead();
          snapshot.clear();
          for (const QueueEntry& entry : queue) {
            if (entry.last_position > window.end().Get(1) &&
                snapshot.size() < 3) {
              snapshot.push_back(entry);
            }
          }
          snapshot_is_all = snapshot.size() < 3;
          break;
        case 2:
          if (window.reading()) window.EndRead(snapshot, snapshot_is_all);
          break;
        case 3:
          if (random() % 8 == 0) window.Trim(Cursors({after}));
          break;
        default: {
          const auto entries = window.Next(Cursors({after}), 0);
          if (entries.empty()) {
            if (window.reaches_end()) {
              ASSERT_EQ(taken, queue.size());
            }
            break;
          }
          ASSERT_LT(taken, queue.size());
          ASSERT_EQ(entries[0].last_position, queue[taken].last_position);
          after = entries[0].last_position;
          ++taken;
        }
      }
    }
  }
}

}  // namespace
}  // namespace causeway::push
