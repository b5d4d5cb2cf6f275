#include "services/gateway/http/http_server_fixture.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/gateway/http/http_message.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;

constexpr absl::Duration kPatience = absl::Seconds(20);

// Ends when `stop_waiting` says so.
asio::awaitable<void> Wait(Waiters& waiters, std::stop_token stop_waiting) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           std::chrono::hours(1));
  std::stop_callback stop(stop_waiting, [&timer] { timer.cancel(); });
  waiters.Add(1);
  if (!stop_waiting.stop_requested()) {
    boost::system::error_code ignored;
    co_await timer.async_wait(
        asio::redirect_error(asio::use_awaitable, ignored));
  }
  waiters.Add(-1);
}

asio::awaitable<HttpResponse> Answer(Waiters& waiters, HttpRequest request) {
  if (request.target == "/throw") throw std::runtime_error("thrown");
  if (request.target == "/wait") co_await Wait(waiters, request.stop_waiting);
  if (request.target == "/hang") co_await Wait(waiters, std::stop_token());
  HttpResponse response;
  response.body = absl::StrCat("{\"", request.method, "\":\"", request.target,
                               "\",\"body\":\"", request.body, "\"}");
  response.route = "/echo";
  co_return response;
}

}  // namespace

void RecordingObserver::ConnectionOpened() {
  absl::MutexLock lock(&mu_);
  ++open_count_;
}

void RecordingObserver::ConnectionClosed() {
  absl::MutexLock lock(&mu_);
  --open_count_;
}

void RecordingObserver::RequestAnswered(const AnsweredRequest& answered) {
  absl::MutexLock lock(&mu_);
  answered_.push_back(answered);
}

std::vector<AnsweredRequest> RecordingObserver::AwaitAnswered(size_t count) {
  absl::MutexLock lock(&mu_);
  const auto is_there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return answered_.size() >= count;
  };
  mu_.AwaitWithTimeout(absl::Condition(&is_there), kPatience);
  return answered_;
}

void RecordingObserver::HandshakeFailed(absl::string_view why) {
  absl::MutexLock lock(&mu_);
  failed_handshakes_.emplace_back(why);
}

void RecordingObserver::CertificateShown(absl::Time) {
  absl::MutexLock lock(&mu_);
  ++certificate_count_;
}

std::vector<std::string> RecordingObserver::AwaitFailedHandshakes(
    size_t count) {
  absl::MutexLock lock(&mu_);
  const auto is_there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return failed_handshakes_.size() >= count;
  };
  mu_.AwaitWithTimeout(absl::Condition(&is_there), kPatience);
  return failed_handshakes_;
}

int RecordingObserver::certificate_count() {
  absl::MutexLock lock(&mu_);
  return certificate_count_;
}

int RecordingObserver::open_count() {
  absl::MutexLock lock(&mu_);
  return open_count_;
}

void Waiters::AwaitWaiting(int waiting_count) {
  absl::MutexLock lock(&mu_);
  const auto is_there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return waiting_count_ >= waiting_count;
  };
  mu_.AwaitWithTimeout(absl::Condition(&is_there), kPatience);
}

void Waiters::Add(int change) {
  absl::MutexLock lock(&mu_);
  waiting_count_ += change;
}

void HttpServerFixture::Start(HttpLimits limits,
                              const std::string& certificate_file,
                              const std::string& key_file) {
  absl::StatusOr<std::unique_ptr<HttpServer>> server =
      HttpServer::Listen({.listen = "127.0.0.1:0",
                          .limits = limits,
                          .certificate_file = certificate_file,
                          .key_file = key_file},
                         Echo(), observer_, clock_);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
}

std::unique_ptr<RawHttpClient> HttpServerFixture::Connect() {
  return std::make_unique<RawHttpClient>(server_->address());
}

HttpHandler HttpServerFixture::Echo() {
  return [this](HttpRequest request) {
    return Answer(waiters_, std::move(request));
  };
}

std::string Get(absl::string_view target) {
  return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: h\r\n\r\n");
}

std::string Put(absl::string_view target, absl::string_view body) {
  return absl::StrCat("PUT ", target,
                      " HTTP/1.1\r\nHost: h\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body);
}

}  // namespace causeway::gateway
