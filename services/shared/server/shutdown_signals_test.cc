#include "services/shared/server/shutdown_signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "absl/synchronization/notification.h"

namespace causeway::server {
namespace {

class ShutdownSignalsTest : public ::testing::TestWithParam<int> {};

TEST_P(ShutdownSignalsTest, SignalBecomesACall) {
  absl::Notification requested;
  std::atomic<int> number = 0;
  ShutdownSignals signals([&](int signal_number) {
    number = signal_number;
    requested.Notify();
  });
  kill(getpid(), GetParam());
  requested.WaitForNotification();
  EXPECT_EQ(number, GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, ShutdownSignalsTest,
                         ::testing::Values(SIGTERM, SIGINT));

TEST(ShutdownSignalsNoSignalTest, EndsWithoutOne) {
  bool requested = false;
  {
    ShutdownSignals signals([&](int) { requested = true; });
  }
  EXPECT_FALSE(requested);
}

TEST(ShutdownSignalsNoSignalTest, BrokenPipeIsNoDeath) {
  ShutdownSignals signals([](int) {});
  kill(getpid(), SIGPIPE);
}

TEST(ShutdownSignalsDeathTest, SecondSignalEndsTheProcessAtOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        absl::Notification requested;
        ShutdownSignals signals([&](int) { requested.Notify(); });
        kill(getpid(), SIGTERM);
        requested.WaitForNotification();
        kill(getpid(), SIGINT);
        while (true) pause();
      },
      ::testing::ExitedWithCode(128 + SIGINT), "");
}

}  // namespace
}  // namespace causeway::server
