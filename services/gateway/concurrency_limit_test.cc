#include "services/gateway/concurrency_limit.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;

class ConcurrencyLimitTest : public ::testing::Test {
 protected:
  // Those who have entered, and stay.
  void Enter(int who) {
    asio::co_spawn(context_, Stay(who), asio::detached);
    context_.restart();
    context_.poll();
  }
  void LeaveFirst() {
    places_.erase(places_.begin());
    context_.restart();
    context_.poll();
  }

  asio::awaitable<void> Stay(int who) {
    places_.push_back(co_await limit_.Enter());
    entered_.push_back(who);
  }

  ConcurrencyLimit limit_{2};
  asio::io_context context_;
  std::vector<ConcurrencyLimit::Place> places_;
  std::vector<int> entered_;
};

TEST_F(ConcurrencyLimitTest, LetsInAsManyAsItMay) {
  for (int who : {1, 2, 3}) Enter(who);
  EXPECT_THAT(entered_, ElementsAre(1, 2));
}

TEST_F(ConcurrencyLimitTest, WhoCameFirstIsNext) {
  for (int who : {1, 2, 3, 4}) Enter(who);
  LeaveFirst();
  EXPECT_THAT(entered_, ElementsAre(1, 2, 3));
  LeaveFirst();
  EXPECT_THAT(entered_, ElementsAre(1, 2, 3, 4));
}

TEST_F(ConcurrencyLimitTest, APlaceThatNobodyWaitsForIsFreeLater) {
  Enter(1);
  Enter(2);
  LeaveFirst();
  Enter(3);
  Enter(4);
  EXPECT_THAT(entered_, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace causeway::gateway
