#include "services/shared/appservice_client/awaitable_send.h"

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>
#include <utility>

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

}  // namespace
}  // namespace causeway::appservice_client
