// What clients may not overstep: sizes, times, counts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"
#include "services/gateway/http/http_server.h"
#include "services/gateway/http/http_server_fixture.h"
#include "services/gateway/http/raw_http_client.h"

namespace causeway::gateway {
namespace {

using ::testing::HasSubstr;

using HttpServerLimitsTest = HttpServerFixture;

TEST_F(HttpServerLimitsTest, RefusesALargeBodyInsteadOfContinue) {
  Start({.body_bytes_max = 10});
  const auto client = Connect();
  client->Send(
      "PUT /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
      "Content-Length: 11\r\n\r\n");
  EXPECT_EQ(client->ReadAnswer().status, 413);
}

// Goal: a client that sends a large body to its end before it reads gets the
// refusal all the same. Method: send 8 MiB against a limit of 10 bytes; a
// server that closes at once would reset the connection.
TEST_F(HttpServerLimitsTest, RefusalReachesAClientThatKeepsSending) {
  Start({.body_bytes_max = 10});
  const auto client = Connect();
  EXPECT_TRUE(client->Send(Put("/a", std::string(8 << 20, 'x'))));
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_THAT(answer.body, HasSubstr("M_TOO_LARGE"));
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerLimitsTest, SlowHeaderIsTimedOut) {
  Start({.header_timeout = absl::Milliseconds(30)});
  const auto client = Connect();
  client->Send("GET / HT");
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_THAT(answer.body, HasSubstr("header"));
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerLimitsTest, SlowBodyIsTimedOut) {
  Start({.body_timeout = absl::Milliseconds(30)});
  const auto client = Connect();
  client->Send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx");
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_THAT(answer.body, HasSubstr("body"));
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerLimitsTest, IdleConnectionIsClosedQuietly) {
  Start({.idle_timeout = absl::Milliseconds(30)});
  const auto fresh = Connect();
  EXPECT_TRUE(fresh->ReadEnd());
  const auto used = Connect();
  used->Send(Get("/a"));
  EXPECT_EQ(used->ReadAnswer().status, 200);
  EXPECT_TRUE(used->ReadEnd());
}

// Goal: a long poll outlasts the idle timeout. Method: connections opened after
// it are idle and closed, it still gets its answer.
TEST_F(HttpServerLimitsTest, WaitingForAnAnswerIsNotIdle) {
  Start({.idle_timeout = absl::Milliseconds(10)});
  const auto client = Connect();
  client->Send(Get("/wait"));
  waiters_.AwaitWaiting(1);
  EXPECT_TRUE(Connect()->ReadEnd());
  EXPECT_TRUE(Connect()->ReadEnd());
  server_->StartDraining();
  EXPECT_EQ(client->ReadAnswer().status, 200);
}

TEST_F(HttpServerLimitsTest, TooManyConnectionsAreTold) {
  Start({.connections_max = 1});
  const auto first = Connect();
  first->Send(Get("/a"));
  EXPECT_EQ(first->ReadAnswer().status, 200);
  const auto second = Connect();
  const RawAnswer answer = second->ReadAnswer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("connections_max"));
  first->Send(Get("/b"));
  EXPECT_EQ(first->ReadAnswer().status, 200);
}

TEST_F(HttpServerLimitsTest, TooManyRequestsAreTold) {
  Start({.requests_in_flight_max = 1});
  const auto waiting = Connect();
  waiting->Send(Get("/wait"));
  waiters_.AwaitWaiting(1);
  const auto client = Connect();
  client->Send(Get("/a"));
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("requests_in_flight_max"));
  server_->StartDraining();
  EXPECT_EQ(waiting->ReadAnswer().status, 200);
}

}  // namespace
}  // namespace causeway::gateway
