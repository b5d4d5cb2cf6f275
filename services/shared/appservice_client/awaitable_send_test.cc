#include "services/shared/appservice_client/awaitable_send.h"

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/fake_appservice_client.h"

namespace causeway::appservice_client {
namespace {

namespace asio = boost::asio;

// Starts a request for "@a:d" on `io`; its outcome is left in `outcome`.
void Spawn(asio::io_context& io, AppserviceClient& client,
           absl::StatusOr<AppserviceResponse>& outcome) {
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        AppserviceRequest request;
        request.id = "@a:d";
        outcome = co_await Send(client, std::move(request));
      },
      asio::detached);
}

TEST(AwaitableSendTest, GoesOnWithTheAnswerGivenAtOnce) {
  FakeAppserviceClient client([](const AppserviceRequest& request) {
    AppserviceResponse response;
    response.http_status = 200;
    response.body = request.id;
    return response;
  });
  asio::io_context io;
  absl::StatusOr<AppserviceResponse> outcome;
  Spawn(io, client, outcome);
  io.run();
  EXPECT_EQ(outcome->http_status, 200);
  EXPECT_EQ(outcome->body, "@a:d");
}

TEST(AwaitableSendTest, WaitsAndGoesOnInItsOwnThread) {
  FakeAppserviceClient client;
  asio::io_context io;
  absl::StatusOr<AppserviceResponse> outcome;
  Spawn(io, client, outcome);
  io.poll();
  EXPECT_EQ(client.waiting_count(), 1u);
  EXPECT_FALSE(io.stopped());  // The wait counts as work.
  std::thread answering([&client] { client.Answer(404, "{}"); });
  io.run();
  answering.join();
  EXPECT_EQ(outcome->http_status, 404);
  EXPECT_EQ(client.requests().at(0).id, "@a:d");
}

TEST(AwaitableSendTest, BringsErrors) {
  FakeAppserviceClient client;
  asio::io_context io;
  absl::StatusOr<AppserviceResponse> outcome;
  Spawn(io, client, outcome);
  io.poll();
  client.Answer(absl::DeadlineExceededError("slow"));
  io.run();
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kDeadlineExceeded);
}

// Sends "@a:d" and "@b:d"; what came is left in `outcomes`.
void SpawnTwo(asio::io_context& io, AppserviceClient& client,
              std::vector<absl::StatusOr<AppserviceResponse>>& outcomes) {
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        std::vector<AppserviceRequest> requests(2);
        requests[0].id = "@a:d";
        requests[1].id = "@b:d";
        outcomes = co_await SendAll(client, std::move(requests));
      },
      asio::detached);
}

TEST(AwaitableSendTest, AllAreSentAtOnceAndWaitedFor) {
  FakeAppserviceClient client;
  asio::io_context io;
  std::vector<absl::StatusOr<AppserviceResponse>> outcomes;
  SpawnTwo(io, client, outcomes);
  io.poll();
  EXPECT_EQ(client.waiting_count(), 2u);
  client.Answer(absl::DeadlineExceededError("slow"));
  io.poll();
  EXPECT_TRUE(outcomes.empty());
  EXPECT_FALSE(io.stopped());
  std::thread answering([&client] { client.Answer(200, "b"); });
  io.run();
  answering.join();
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(outcomes[1]->body, "b");
}

TEST(AwaitableSendTest, NothingToSendIsNoWait) {
  FakeAppserviceClient client;
  asio::io_context io;
  bool is_done = false;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        is_done = (co_await SendAll(client, {})).empty();
      },
      asio::detached);
  io.run();
  EXPECT_TRUE(is_done);
}

}  // namespace
}  // namespace causeway::appservice_client
