#include "services/shared/registry_watch/await_revision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdint>
#include <future>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::registry_watch {
namespace {

using ::testing::HasSubstr;

class AwaitRevisionTest : public ::testing::Test {
 protected:
  std::future<absl::Status> Start(int64_t revision, absl::Duration timeout) {
    return boost::asio::co_spawn(pool_,
                                 AwaitRevision(latest_, revision, timeout),
                                 boost::asio::use_future);
  }

  void Set(int64_t revision) {
    latest_.Set(SnapshotBuilder().Revision(revision).Build());
  }

  LatestSnapshot latest_;
  boost::asio::thread_pool pool_{2};
};

TEST_F(AwaitRevisionTest, ReturnsAtOnceWhenItIsThere) {
  Set(3);
  EXPECT_TRUE(Start(3, absl::ZeroDuration()).get().ok());
}

TEST_F(AwaitRevisionTest, TimesOut) {
  Set(3);
  absl::Status status = Start(4, absl::Milliseconds(1)).get();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(status.message(), HasSubstr("revision 4"));
}

TEST_F(AwaitRevisionTest, IsResumedBySet) {
  std::future<absl::Status> waiting = Start(2, absl::InfiniteDuration());
  Set(1);
  Set(2);
  EXPECT_TRUE(waiting.get().ok());
}

// Goal: no resumption is lost or doubled when both ends come at one moment.
// Method: many waits whose time is over about when the revision comes.
TEST_F(AwaitRevisionTest, BothAtOnceResumeItOnce) {
  std::vector<std::future<absl::Status>> waiting;
  for (int64_t revision = 1; revision <= 200; ++revision) {
    waiting.push_back(Start(revision, absl::Microseconds(revision % 7 * 30)));
    Set(revision);
  }
  for (std::future<absl::Status>& wait : waiting) {
    absl::Status status = wait.get();
    EXPECT_TRUE(status.ok() || absl::IsDeadlineExceeded(status)) << status;
  }
}

}  // namespace
}  // namespace causeway::registry_watch
