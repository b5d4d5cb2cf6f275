#include "services/push_dispatcher/delivery/batch_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/synchronization/notification.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Goal: what comes during one batch is the next one. Method: the first batch
// waits in its work until more has come.
TEST(BatchThreadTest, DoesTogetherWhatCameMeanwhile) {
  absl::Notification first_began, more_came, done;
  std::vector<std::vector<int>> batches;
  BatchThread<int> thread("batch", 3, [&](std::vector<int> items) {
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

TEST(BatchThreadTest, DoesNothingMoreAfterStop) {
  std::vector<int> done;
  BatchThread<int> thread("batch", 3, [&](std::vector<int> items) {
    done.insert(done.end(), items.begin(), items.end());
  });
  thread.Stop();
  thread.Add(1);
  thread.Stop();
  EXPECT_THAT(done, IsEmpty());
}

}  // namespace
}  // namespace causeway::push
