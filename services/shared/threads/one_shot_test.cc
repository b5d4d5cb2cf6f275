#include "services/shared/threads/one_shot.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::threads {
namespace {

class OneShotTest : public ::testing::Test {
 protected:
  std::optional<std::string> Wait(absl::Duration timeout) {
    auto result = boost::asio::co_spawn(io_, one_shot_->Wait(timeout),
                                        boost::asio::use_future);
    io_.run();
    return result.get();
  }

  boost::asio::io_context io_;
  std::shared_ptr<OneShot<std::string>> one_shot_ =
      OneShot<std::string>::Create();
};

TEST_F(OneShotTest, ValueThatIsThereIsTakenAtOnce) {
  one_shot_->Deliver("a");
  one_shot_->Deliver("b");
  EXPECT_EQ(Wait(absl::InfiniteDuration()), "a");
}

TEST_F(OneShotTest, WaitsForTheValue) {
  boost::asio::post(io_, [this] {
    boost::asio::post(io_, [this] { one_shot_->Deliver("a"); });
  });
  EXPECT_EQ(Wait(absl::InfiniteDuration()), "a");
}

TEST_F(OneShotTest, ValueMayComeFromAnotherThread) {
  std::thread deliverer([this] { one_shot_->Deliver("a"); });
  EXPECT_EQ(Wait(absl::InfiniteDuration()), "a");
  deliverer.join();
}

TEST_F(OneShotTest, WaitsNoLongerThanToldTo) {
  EXPECT_EQ(Wait(absl::Milliseconds(1)), std::nullopt);
  one_shot_->Deliver("too late");
}

TEST_F(OneShotTest, NoTimeAtAllIsFine) {
  EXPECT_EQ(Wait(-absl::Seconds(1)), std::nullopt);
}

}  // namespace
}  // namespace causeway::threads
