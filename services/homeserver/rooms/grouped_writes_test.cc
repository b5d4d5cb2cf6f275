#include "services/homeserver/rooms/grouped_writes.h"

#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::homeserver {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

TEST(GroupedWritesTest, OneAloneIsWrittenAtOnce) {
  std::vector<int> written;
  GroupedWrites<int> writes(10, [&](absl::Span<int* const> group) {
    for (const int* one : group) written.push_back(*one);
  });
  for (int i = 0; i < 3; ++i) writes.Write(i);
  EXPECT_THAT(written, ::testing::ElementsAre(0, 1, 2));
}

// Goal: those who come during a write are written together, each once, and
// never more than the bound at a time. Method: the first write waits until
// enough others have been begun.
TEST(GroupedWritesTest, WhoComesDuringAWriteIsWrittenInAGroup) {
  constexpr int kWriters = 50;
  constexpr size_t kGroupMax = 20;
  std::vector<int> written(kWriters);
  std::vector<size_t> sizes;
  absl::Notification begun;
  absl::Notification may_end;
  GroupedWrites<int> writes(kGroupMax, [&](absl::Span<int* const> group) {
    if (!begun.HasBeenNotified()) {
      begun.Notify();
      may_end.WaitForNotification();
    }
    sizes.push_back(group.size());
    for (const int* one : group) ++written[static_cast<size_t>(*one)];
  });
  std::vector<std::thread> threads;
  absl::Mutex mu;
  int waiting = 0;
  auto write = [&](int number) {
    {
      absl::MutexLock lock(&mu);
      ++waiting;
    }
    writes.Write(number);
  };
  threads.emplace_back(write, 0);
  begun.WaitForNotification();
  for (int i = 1; i < kWriters; ++i) threads.emplace_back(write, i);
  {
    absl::MutexLock lock(&mu);
    auto all = [&] { return waiting == kWriters; };
    mu.Await(absl::Condition(&all));
  }
  may_end.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(written, Each(1));
  EXPECT_THAT(sizes, Each(::testing::Le(kGroupMax)));
  // The others can't all have come too late.
  EXPECT_THAT(sizes, SizeIs(::testing::Lt(kWriters)));
}

}  // namespace
}  // namespace causeway::homeserver
