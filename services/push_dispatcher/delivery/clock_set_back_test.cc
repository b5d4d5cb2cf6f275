// Goal: leases and retries keep their times though somebody sets the clock.
// Method: absl::Mutex, which waits until a time of the day, is told one that is
// an hour ahead, as if the clock were set back as soon as each wait has begun.
#include <gtest/gtest.h>
#include <sys/time.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "services/push_dispatcher/delivery/delivery_status.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/snapshot_builder.h"

// In the place of the C library's, for libabsl too.
extern "C" int gettimeofday(timeval* time, void*) noexcept {
  constexpr time_t kHourSeconds = 3600;
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec + kHourSeconds;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

namespace causeway::push {
namespace {

class ClockSetBackTest : public ::testing::Test {
 protected:
  ClockSetBackTest() {
    process_.SetRegistry(
        registry_watch::SnapshotBuilder("hs")
            .Add({.uid = "7",
                  .id = "irc",
                  .url = "http://127.0.0.1:1",
                  .namespaces = {{namespaces::NamespaceKind::kRooms, "!r:.*",
                                  true}}})
            .Build());
  }

  // Each waits for ever: the test ends by its time limit then.
  void AwaitOwned(bool owned) {
    while (process_.loop().Status(7).has_value() != owned) {
    }
  }
  void AwaitAttempts(int64_t count) {
    std::optional<DeliveryStatus> status;
    while (!status.has_value() || status->attempts < count) {
      status = process_.loop().Status(7);
    }
  }

  const std::shared_ptr<FakePushStore> store_ =
      std::make_shared<FakePushStore>();
  PushProcess process_{{.leases = {.dead_after = absl::Milliseconds(300)}},
                       {store_, store_, store_, store_, store_}};
};

TEST_F(ClockSetBackTest, LeasesAreLetGoOfAndTakenAgain) {
  AwaitOwned(true);
  store_->SetAway(true);
  AwaitOwned(false);
  store_->SetAway(false);
  AwaitOwned(true);
}

TEST_F(ClockSetBackTest, WhatBacksOffIsTriedAgain) {
  TestSource source;
  source.Message("!r:hs", "@alice:hs", "hello");
  ASSERT_TRUE(process_.Publish(source.Take()).ok());
  AwaitAttempts(3);
}

}  // namespace
}  // namespace causeway::push
