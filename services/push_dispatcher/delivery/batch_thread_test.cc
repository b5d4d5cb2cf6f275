#include "services/push_dispatcher/delivery/batch_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Goal: what comes during one batch is the next one. Method: the first batch
// waits in its work until more has come.
TEST(BatchThreadTest, DoesTogetherWhatCameMeanwhile) {
  absl::Notification first_began, more_came, done;
  std::vector<std::vector<int>> batches;
  BatchThread<int> thread("batch", {.max = 3}, [&](std::vector<int> items) {
    batches.push_back(items);
    if (items.front() == 1) {
      first_began.Notify();
      more_came.WaitForNotification();
    }
    if (items.back() == 6) done.Notify();
  });
  thread.Add(1);
  first_began.WaitForNotification();
  for (int i = 2; i <= 6; ++i) thread.Add(i);
  more_came.Notify();
  done.WaitForNotification();
  thread.Stop();
  EXPECT_THAT(batches, ElementsAre(ElementsAre(1), ElementsAre(2, 3, 4),
                                   ElementsAre(5, 6)));
}

// Goal: those that come at once don't all wait for the last of them. Method:
// all come during the first batch.
TEST(BatchThreadTest, GrowsItsBatchesWhileThereIsSomethingToDo) {
  absl::Mutex mu;
  std::vector<size_t> sizes;
  int done_count = 0;
  absl::Notification first_began, more_came;
  BatchThread<int> thread("batch", {.max = 5, .first_max = 2},
                          [&](std::vector<int> items) {
                            if (!first_began.HasBeenNotified()) {
                              first_began.Notify();
                              more_came.WaitForNotification();
                            }
                            absl::MutexLock lock(&mu);
                            sizes.push_back(items.size());
                            done_count += static_cast<int>(items.size());
                          });
  thread.Add(0);
  first_began.WaitForNotification();
  for (int i = 0; i < 14; ++i) thread.Add(i);
  more_came.Notify();
  auto all_done = [&] { return done_count == 15; };
  mu.LockWhen(absl::Condition(&all_done));
  EXPECT_THAT(sizes, ElementsAre(1, 4, 5, 5));
  mu.Unlock();
  thread.Stop();
}

TEST(BatchThreadTest, IsCalledWithNothingAfterAsLongAsItSays) {
  absl::Notification called;
  absl::Duration pause = absl::Milliseconds(1);  // The thread's own.
  BatchThread<int> thread(
      "batch", {.max = 3},
      [&](const std::vector<int>& items) {
        EXPECT_THAT(items, IsEmpty());
        pause = absl::InfiniteDuration();
        called.Notify();
      },
      [&] { return pause; });
  called.WaitForNotification();
  thread.Stop();
}

TEST(BatchThreadTest, DoesNothingMoreAfterStop) {
  std::vector<int> done;
  BatchThread<int> thread("batch", {.max = 3}, [&](std::vector<int> items) {
    done.insert(done.end(), items.begin(), items.end());
  });
  thread.Stop();
  thread.Add(1);
  thread.Stop();
  EXPECT_THAT(done, IsEmpty());
}

}  // namespace
}  // namespace causeway::push
