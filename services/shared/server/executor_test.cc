#include "services/shared/server/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"

namespace causeway::server {
namespace {

using ::testing::HasSubstr;

TEST(ExecutorTest, RunsEveryJob) {
  std::atomic<int> run_count = 0;
  {
    Executor executor({.threads = 4});
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(executor.Post([&run_count] { ++run_count; }).ok());
    }
  }
  EXPECT_EQ(run_count, 100);
}

// Goal: a full queue is an answer, and room comes back. Method: one thread,
// kept busy by a job that waits.
TEST(ExecutorTest, RefusesWhenQueueIsFull) {
  Executor executor({.threads = 1, .queue_max = 2});
  absl::Notification running;
  absl::Notification release;
  ASSERT_TRUE(executor
                  .Post([&] {
                    running.Notify();
                    release.WaitForNotification();
                  })
                  .ok());
  running.WaitForNotification();
  EXPECT_TRUE(executor.Post([] {}).ok());
  EXPECT_TRUE(executor.Post([] {}).ok());
  absl::Status refused = executor.Post([] {});
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(refused.ToString(), HasSubstr("executor_queue_max=2"));
  release.Notify();
  EXPECT_TRUE(executor.Drain());
}

TEST(ExecutorTest, RefusesCoroutinesAboveMax) {
  Executor executor({.threads = 1, .coroutines_max = 1});
  EXPECT_TRUE(executor.BeginCoroutine().ok());
  absl::Status refused = executor.BeginCoroutine();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(refused.ToString(), HasSubstr("coroutines_max=1"));
  executor.EndCoroutine();
  EXPECT_TRUE(executor.BeginCoroutine().ok());
  executor.EndCoroutine();
}

TEST(ExecutorTest, DrainEndsWhatBeganAndTakesNothingNew) {
  Executor executor({.threads = 1});
  absl::Notification release;
  bool ended = false;
  ASSERT_TRUE(executor.BeginCoroutine().ok());
  ASSERT_TRUE(executor
                  .Post([&] {
                    release.WaitForNotification();
                    ended = true;
                  })
                  .ok());
  EXPECT_FALSE(executor.Drain(absl::Milliseconds(1)));
  EXPECT_EQ(executor.Post([] {}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(executor.BeginCoroutine().code(), absl::StatusCode::kUnavailable);
  release.Notify();
  // Coroutines still resume while the executor drains.
  boost::asio::post(executor.asio_executor(), [&] { executor.EndCoroutine(); });
  EXPECT_TRUE(executor.Drain());
  EXPECT_TRUE(ended);
}

// Goal: Drain() means that nothing of a job is left. Method: the job's own copy
// of a pointer keeps its use count up.
TEST(ExecutorTest, JobIsDestroyedBeforeDrainReturns) {
  Executor executor({.threads = 1});
  auto held = std::make_shared<int>(1);
  ASSERT_TRUE(executor.Post([held] {}).ok());
  EXPECT_TRUE(executor.Drain());
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace causeway::server
