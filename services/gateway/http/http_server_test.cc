#include "services/gateway/http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/gateway/http/http_handler.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_message.h"
#include "services/gateway/http/http_observer.h"
#include "services/gateway/http/raw_http_client.h"
#include "services/shared/clock/clock.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RecordingObserver final : public HttpObserver {
 public:
  void ConnectionOpened() override {
    absl::MutexLock lock(&mu_);
    ++open_count_;
  }
  void ConnectionClosed() override {
    absl::MutexLock lock(&mu_);
    --open_count_;
  }
  void RequestAnswered(const AnsweredRequest& answered) override {
    absl::MutexLock lock(&mu_);
    answered_.push_back(answered);
  }

  std::vector<AnsweredRequest> AwaitAnswered(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto is_there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return answered_.size() >= count;
    };
    mu_.AwaitWithTimeout(absl::Condition(&is_there), absl::Seconds(20));
    return answered_;
  }

  int open_count() {
    absl::MutexLock lock(&mu_);
    return open_count_;
  }

 private:
  absl::Mutex mu_;
  int open_count_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<AnsweredRequest> answered_ ABSL_GUARDED_BY(mu_);
};

// What requests to /wait are doing.
class Waiters {
 public:
  // Waits until `waiting_count` requests wait.
  void AwaitWaiting(int waiting_count) {
    absl::MutexLock lock(&mu_);
    const auto is_there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return waiting_count_ >= waiting_count;
    };
    mu_.AwaitWithTimeout(absl::Condition(&is_there), absl::Seconds(20));
  }
  void Add(int change) {
    absl::MutexLock lock(&mu_);
    waiting_count_ += change;
  }

 private:
  absl::Mutex mu_;
  int waiting_count_ ABSL_GUARDED_BY(mu_) = 0;
};

// Answers with what it was asked; /wait only when it is told to stop waiting,
// /hang not even then, /throw by throwing.
class HttpServerTest : public testing::Test {
 protected:
  void Start(HttpLimits limits = {}) {
    absl::StatusOr<std::unique_ptr<HttpServer>> server = HttpServer::Listen(
        {.listen = "127.0.0.1:0", .threads = 2, .limits = limits},
        [this](HttpRequest request) { return Echo(std::move(request)); },
        observer_, clock_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::unique_ptr<RawHttpClient> Connect() {
    return std::make_unique<RawHttpClient>(server_->address());
  }

  asio::awaitable<HttpResponse> Echo(HttpRequest request) {
    HttpResponse response;
    if (request.target == "/throw") throw std::runtime_error("thrown");
    if (request.target == "/wait") co_await Wait(request.stop_waiting);
    if (request.target == "/hang") co_await Wait(std::stop_token());
    response.body = absl::StrCat("{\"", request.method, "\":\"", request.target,
                                 "\",\"body\":\"", request.body, "\"}");
    response.route = "/echo";
    co_return response;
  }

  asio::awaitable<void> Wait(std::stop_token stop_waiting) {
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             std::chrono::hours(1));
    std::stop_callback stop(stop_waiting, [&timer] { timer.cancel(); });
    waiters_.Add(1);
    if (!stop_waiting.stop_requested()) {
      boost::system::error_code ignored;
      co_await timer.async_wait(
          asio::redirect_error(asio::use_awaitable, ignored));
    }
    waiters_.Add(-1);
  }

  RealClock clock_;
  RecordingObserver observer_;
  Waiters waiters_;
  std::unique_ptr<HttpServer> server_;
};

std::string Get(absl::string_view target) {
  return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: h\r\n\r\n");
}

std::string Put(absl::string_view target, absl::string_view body) {
  return absl::StrCat("PUT ", target,
                      " HTTP/1.1\r\nHost: h\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body);
}

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

TEST_F(HttpServerTest, RefusesALargeBodyInsteadOfContinue) {
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
TEST_F(HttpServerTest, RefusalReachesAClientThatKeepsSending) {
  Start({.body_bytes_max = 10});
  const auto client = Connect();
  EXPECT_TRUE(client->Send(Put("/a", std::string(8 << 20, 'x'))));
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_THAT(answer.body, HasSubstr("M_TOO_LARGE"));
  EXPECT_TRUE(client->ReadEnd());
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

TEST_F(HttpServerTest, SlowHeaderIsTimedOut) {
  Start({.header_timeout = absl::Milliseconds(30)});
  const auto client = Connect();
  client->Send("GET / HT");
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_THAT(answer.body, HasSubstr("header"));
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerTest, SlowBodyIsTimedOut) {
  Start({.body_timeout = absl::Milliseconds(30)});
  const auto client = Connect();
  client->Send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx");
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_THAT(answer.body, HasSubstr("body"));
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerTest, IdleConnectionIsClosedQuietly) {
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
TEST_F(HttpServerTest, WaitingForAnAnswerIsNotIdle) {
  Start({.idle_timeout = absl::Milliseconds(10)});
  const auto client = Connect();
  client->Send(Get("/wait"));
  waiters_.AwaitWaiting(1);
  EXPECT_TRUE(Connect()->ReadEnd());
  EXPECT_TRUE(Connect()->ReadEnd());
  server_->StartDraining();
  EXPECT_EQ(client->ReadAnswer().status, 200);
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

TEST_F(HttpServerTest, TooManyConnectionsAreTold) {
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

TEST_F(HttpServerTest, TooManyRequestsAreTold) {
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

TEST_F(HttpServerTest, DrainAnswersLongPollsAndClosesIdleConnections) {
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

TEST_F(HttpServerTest, DrainFinishesWhatHasBegun) {
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

TEST_F(HttpServerTest, IsDestroyedWithConnectionsOpen) {
  Start();
  const auto client = Connect();
  client->Send(absl::StrCat(Get("/wait"), "GET /half"));
  waiters_.AwaitWaiting(1);
  server_.reset();
  EXPECT_EQ(observer_.open_count(), 0);
}

TEST_F(HttpServerTest, IsDestroyedWithHandlersThatHang) {
  Start();
  const auto client = Connect();
  client->Send(Get("/hang"));
  waiters_.AwaitWaiting(1);
  server_->StartDraining();
  EXPECT_FALSE(server_->AwaitDrained(absl::Milliseconds(10)));
  server_.reset();
  EXPECT_EQ(observer_.open_count(), 0);
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
      {.listen = server_->address(), .limits = {}},
      [this](HttpRequest request) { return Echo(std::move(request)); },
      observer_, clock_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace causeway::gateway
