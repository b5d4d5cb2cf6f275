// How requests are read and answered.

#include "services/gateway/http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_observer.h"
#include "services/gateway/http/http_server_fixture.h"
#include "services/gateway/http/raw_http_client.h"

namespace causeway::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

using HttpServerTest = HttpServerFixture;

TEST_F(HttpServerTest, KeepsTheConnection) {
  Start();
  const auto client = Connect();
  for (const char* target : {"/a", "/b"}) {
    client->Send(Get(target));
    const RawAnswer answer = client->ReadAnswer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr(target));
    EXPECT_EQ(answer.Header("Connection"), "");
    EXPECT_EQ(answer.Header("Content-Type"), "application/json");
    EXPECT_EQ(answer.Header("Access-Control-Allow-Origin"), "*");
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Start({.pipeline_depth_max = 2});
  const auto client = Connect();
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&requests, Put(absl::StrCat("/", i), std::string(i, 'x')));
  }
  client->Send(requests);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client->ReadAnswer().body,
              absl::StrCat("{\"PUT\":\"/", i, "\",\"body\":\"",
                           std::string(i, 'x'), "\"}"));
  }
}

TEST_F(HttpServerTest, TakesARequestInPieces) {
  Start();
  const auto client = Connect();
  for (const char byte : Put("/a", "body")) {
    client->Send(absl::string_view(&byte, 1));
  }
  EXPECT_EQ(client->ReadAnswer().body, R"({"PUT":"/a","body":"body"})");
}

TEST_F(HttpServerTest, TakesLargeBodies) {
  Start();
  const std::string body(HttpLimits().body_bytes_max, 'x');
  const auto client = Connect();
  client->Send(Put("/a", body));
  EXPECT_EQ(client->ReadAnswer().body,
            absl::StrCat(R"({"PUT":"/a","body":")", body, "\"}"));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  Start();
  const auto client = Connect();
  client->Send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client->ReadAnswer(/*has_body=*/false).status, 200);
  client->Send(Get("/b"));
  EXPECT_EQ(client->ReadAnswer().body, R"({"GET":"/b","body":""})");
}

TEST_F(HttpServerTest, ClosesWhenAsked) {
  Start();
  const auto client = Connect();
  client->Send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client->ReadAnswer().Header("Connection"), "close");
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerTest, ServesOldClients) {
  Start();
  const auto staying = Connect();
  staying->Send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(staying->ReadAnswer().Header("Connection"), "keep-alive");
  staying->Send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(staying->ReadAnswer().Header("Connection"), "close");
  EXPECT_TRUE(staying->ReadEnd());
}

TEST_F(HttpServerTest, SendsContinueInItsTurn) {
  Start();
  const auto client = Connect();
  client->Send(
      absl::StrCat(Get("/a"),
                   "PUT /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                   "Content-Length: 4\r\n\r\n"));
  EXPECT_EQ(client->ReadAnswer().status, 200);
  EXPECT_EQ(client->ReadAnswer().status, 100);
  client->Send("body");
  EXPECT_EQ(client->ReadAnswer().body, R"({"PUT":"/b","body":"body"})");
}

TEST_F(HttpServerTest, AnswersWhatWasPipelinedBeforeARefusal) {
  Start();
  const auto client = Connect();
  client->Send(absl::StrCat(Get("/a"), Get("/b"), "garbage\r\n\r\n"));
  EXPECT_THAT(client->ReadAnswer().body, HasSubstr("/a"));
  EXPECT_THAT(client->ReadAnswer().body, HasSubstr("/b"));
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.Header("Access-Control-Allow-Origin"), "*");
  EXPECT_THAT(answer.body, HasSubstr("M_UNKNOWN"));
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerTest, BadTargetKeepsTheConnection) {
  Start();
  const auto client = Connect();
  client->Send(Get("/a/%zz"));
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("M_INVALID_PARAM"));
  client->Send(Get("/b"));
  EXPECT_EQ(client->ReadAnswer().status, 200);
}

TEST_F(HttpServerTest, HandlerThatThrowsIsAnError) {
  Start();
  const auto client = Connect();
  client->Send(Get("/throw"));
  EXPECT_EQ(client->ReadAnswer().status, 500);
  client->Send(Get("/b"));
  EXPECT_EQ(client->ReadAnswer().status, 200);
}

TEST_F(HttpServerTest, TakesTheClientsRequestId) {
  Start();
  const auto client = Connect();
  client->Send("GET /a HTTP/1.1\r\nHost: h\r\nX-Request-ID: mine\r\n\r\n");
  EXPECT_EQ(client->ReadAnswer().Header("X-Request-ID"), "mine");
  client->Send(Get("/b"));
  EXPECT_THAT(client->ReadAnswer().Header("X-Request-ID"), SizeIs(32));
}

TEST_F(HttpServerTest, RequestCutShortIsAnswered) {
  Start();
  const auto client = Connect();
  client->Send("GET / HT");
  client->EndSending();
  EXPECT_EQ(client->ReadAnswer().status, 400);
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerTest, AnswersAfterTheClientEndedItsDirection) {
  Start();
  const auto client = Connect();
  client->Send(absl::StrCat(Get("/a"), Get("/b")));
  client->EndSending();
  EXPECT_EQ(client->ReadAnswer().status, 200);
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_THAT(answer.body, HasSubstr("/b"));
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerTest, LongPollEndsWhenTheClientHangsUp) {
  Start();
  auto client = Connect();
  client->Send(Get("/wait"));
  waiters_.AwaitWaiting(1);
  client->Reset();
  EXPECT_THAT(observer_.AwaitAnswered(1), SizeIs(1));
}

TEST_F(HttpServerTest, LongPollEndsWhenWhoAsksOnceHangsUp) {
  Start();
  size_t count = 0;
  for (const char* more : {"", "GET /never HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    SCOPED_TRACE(more);
    const auto client = Connect();
    client->Send(absl::StrCat(
        "GET /wait HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", more));
    waiters_.AwaitWaiting(1);
    client->Reset();
    ++count;
    EXPECT_THAT(observer_.AwaitAnswered(count), SizeIs(count));
  }
}

TEST_F(HttpServerTest, TellsTheObserver) {
  Start();
  const auto client = Connect();
  client->Send(Put("/a", "body"));
  client->ReadAnswer();
  const std::vector<AnsweredRequest> answered = observer_.AwaitAnswered(1);
  ASSERT_THAT(answered, SizeIs(1));
  EXPECT_EQ(answered[0].method, "PUT");
  EXPECT_EQ(answered[0].route, "/echo");
  EXPECT_EQ(answered[0].status, 200);
  EXPECT_EQ(answered[0].request_body_bytes, 4u);
}

TEST_F(HttpServerTest, AddressInUseIsAnError) {
  Start();
  const auto second = HttpServer::Listen(
      {.listen = server_->address(), .limits = {}}, Echo(), observer_, clock_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace causeway::gateway
