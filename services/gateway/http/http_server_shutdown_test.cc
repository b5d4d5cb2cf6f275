// How a server ends while clients are there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/gateway/http/http_server.h"
#include "services/gateway/http/http_server_fixture.h"
#include "services/gateway/http/raw_http_client.h"

namespace causeway::gateway {
namespace {

using HttpServerShutdownTest = HttpServerFixture;

TEST_F(HttpServerShutdownTest, DrainAnswersLongPollsAndClosesIdleConnections) {
  Start();
  const auto idle = Connect();
  idle->Send(Get("/a"));
  idle->ReadAnswer();
  const auto waiting = Connect();
  waiting->Send(Get("/wait"));
  waiters_.AwaitWaiting(1);
  server_->StartDraining();
  EXPECT_TRUE(idle->ReadEnd());
  const RawAnswer answer = waiting->ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_TRUE(waiting->ReadEnd());
  waiting->EndSending();
  EXPECT_TRUE(server_->AwaitDrained(absl::Seconds(20)));
  EXPECT_EQ(observer_.open_count(), 0);
}

TEST_F(HttpServerShutdownTest, DrainFinishesWhatHasBegun) {
  Start();
  const auto client = Connect();
  client->Send("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo");
  client->Send("");
  const auto waiting = Connect();
  waiting->Send(Get("/wait"));
  waiters_.AwaitWaiting(1);
  server_->StartDraining();
  waiting->ReadAnswer();
  client->Send("dy");
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Header("Connection"), "close");
}

TEST_F(HttpServerShutdownTest, IsDestroyedWithConnectionsOpen) {
  Start();
  const auto client = Connect();
  client->Send(absl::StrCat(Get("/wait"), "GET /half"));
  waiters_.AwaitWaiting(1);
  server_.reset();
  EXPECT_EQ(observer_.open_count(), 0);
}

TEST_F(HttpServerShutdownTest, IsDestroyedWithHandlersThatHang) {
  Start();
  const auto client = Connect();
  client->Send(Get("/hang"));
  waiters_.AwaitWaiting(1);
  server_->StartDraining();
  EXPECT_FALSE(server_->AwaitDrained(absl::Milliseconds(10)));
  server_.reset();
  EXPECT_EQ(observer_.open_count(), 0);
}

}  // namespace
}  // namespace causeway::gateway
