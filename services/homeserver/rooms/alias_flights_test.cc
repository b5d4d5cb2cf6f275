#include "services/homeserver/rooms/alias_flights.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cstddef>
#include <deque>
#include <future>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {
namespace {

constexpr char kAlias[] = "#a:hs.test";

class AliasFlightsTest : public ::testing::Test {
 protected:
  using Results = std::vector<std::optional<AliasFlights::Result>>;

  // What `waiters` are told.
  Results Await(std::deque<AliasFlights::Flight>& waiters,
                absl::Duration timeout) {
    std::vector<std::future<std::optional<AliasFlights::Result>>> futures;
    for (AliasFlights::Flight& waiter : waiters) {
      futures.push_back(boost::asio::co_spawn(io_, waiter.AwaitOther(timeout),
                                              boost::asio::use_future));
    }
    io_.run();
    Results results;
    for (auto& future : futures) results.push_back(future.get());
    return results;
  }

  const matrix::RoomId room_id_ = matrix::RoomId::Parse("!a:hs.test").value();
  boost::asio::io_context io_;
  AliasFlights flights_;
  std::deque<AliasFlights::Flight> waiters_;
};

TEST_F(AliasFlightsTest, WhoComesMeanwhileIsToldWhatTheFirstHasFound) {
  {
    AliasFlights::Flight first(flights_, kAlias);
    ASSERT_TRUE(first.begun());
    for (int i = 0; i < 2; ++i) {
      EXPECT_FALSE(waiters_.emplace_back(flights_, kAlias).begun());
    }
    EXPECT_TRUE(AliasFlights::Flight(flights_, "#b:hs.test").begun());
    first.Land(room_id_);
  }
  EXPECT_TRUE(AliasFlights::Flight(flights_, kAlias).begun());
  for (const auto& result : Await(waiters_, absl::InfiniteDuration())) {
    EXPECT_EQ(result->value(), room_id_);
  }
}

TEST_F(AliasFlightsTest, FlightThatIsGivenUpSaysSo) {
  {
    const AliasFlights::Flight first(flights_, kAlias);
    waiters_.emplace_back(flights_, kAlias);
  }
  EXPECT_EQ(Await(waiters_, absl::InfiniteDuration())[0]->status().code(),
            absl::StatusCode::kCancelled);
}

TEST_F(AliasFlightsTest, NobodyWaitsLongerThanToldTo) {
  const AliasFlights::Flight first(flights_, kAlias);
  waiters_.emplace_back(flights_, kAlias);
  EXPECT_EQ(Await(waiters_, absl::Milliseconds(1))[0], std::nullopt);
}

TEST_F(AliasFlightsTest, WaitersAreBounded) {
  const AliasFlights::Flight first(flights_, kAlias);
  for (size_t i = 0; i < kAliasWaitersMax; ++i) {
    waiters_.emplace_back(flights_, kAlias);
  }
  std::deque<AliasFlights::Flight> one_more;
  one_more.emplace_back(flights_, kAlias);
  EXPECT_EQ(Await(one_more, absl::InfiniteDuration())[0]->status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace causeway::homeserver
