#include "services/shared/appservice_client/scripted_http_server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace causeway::appservice_client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

size_t ContentLength(absl::string_view head) {
  constexpr absl::string_view kName = "content-length:";
  size_t length = 0;
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    if (!absl::StartsWithIgnoreCase(line, kName)) continue;
    if (absl::SimpleAtoi(line.substr(kName.size()), &length)) return length;
  }
  return 0;
}

}  // namespace

std::string ReceivedRequest::request_line() const {
  return head.substr(0, head.find("\r\n"));
}

ScriptedReply Reply(int http_status, absl::string_view body,
                    absl::string_view headers) {
  ScriptedReply reply;
  reply.bytes = absl::StrCat("HTTP/1.1 ", http_status, " Status\r\n", headers,
                             "Content-Length: ", body.size(), "\r\n\r\n", body);
  return reply;
}

// One thread serves all connections, as coroutines.
class ScriptedHttpServer::State {
 public:
  explicit State(Handler handler)
      : handler_(std::move(handler)),
        acceptor_(io_, {asio::ip::make_address("127.0.0.1"), 0}),
        port_(acceptor_.local_endpoint().port()) {
    asio::co_spawn(io_, Accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }

  ~State() {
    io_.stop();
    thread_.join();
  }

  int port() const { return port_; }

  std::vector<ReceivedRequest> requests() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return requests_;
  }

 private:
  asio::awaitable<void> Accept() {
    for (int connection_index = 0;; ++connection_index) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      asio::co_spawn(io_, Serve(std::move(socket), connection_index),
                     asio::detached);
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket, int connection_index) {
    std::string buffer;
    while (true) {
      error_code error;
      const size_t head_bytes = co_await asio::async_read_until(
          socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
          asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      ReceivedRequest request;
      request.connection_index = connection_index;
      request.head = buffer.substr(0, head_bytes);
      const size_t body_bytes = ContentLength(request.head);
      buffer.erase(0, head_bytes);
      if (buffer.size() < body_bytes) {
        co_await asio::async_read(
            socket, asio::dynamic_buffer(buffer),
            asio::transfer_exactly(body_bytes - buffer.size()),
            asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
      }
      request.body = buffer.substr(0, body_bytes);
      buffer.erase(0, body_bytes);
      Keep(request);
      const ScriptedReply reply = handler_(request);
      if (reply.delay > absl::ZeroDuration()) {
        asio::steady_timer timer(socket.get_executor(),
                                 absl::ToChronoMilliseconds(reply.delay));
        co_await timer.async_wait(
            asio::redirect_error(asio::use_awaitable, error));
      }
      co_await asio::async_write(
          socket, asio::buffer(reply.bytes),
          asio::redirect_error(asio::use_awaitable, error));
      if (error || reply.then == ScriptedReply::Then::kClose) co_return;
      if (reply.then == ScriptedReply::Then::kDrip) co_await Drip(socket);
      // Hanging is not to answer: the read below ends when the client leaves.
      if (reply.then != ScriptedReply::Then::kKeepOpen) {
        co_await asio::async_read(
            socket, asio::dynamic_buffer(buffer),
            asio::redirect_error(asio::use_awaitable, error));
        co_return;
      }
    }
  }

  static asio::awaitable<void> Drip(tcp::socket& socket) {
    constexpr auto kInterval = std::chrono::milliseconds(5);
    asio::steady_timer timer(socket.get_executor());
    error_code error;
    while (!error) {
      co_await asio::async_write(
          socket, asio::buffer(" ", 1),
          asio::redirect_error(asio::use_awaitable, error));
      timer.expires_after(kInterval);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  void Keep(const ReceivedRequest& request) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    requests_.push_back(request);
  }

  const Handler handler_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  const int port_;
  mutable absl::Mutex mu_;
  std::vector<ReceivedRequest> requests_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

ScriptedHttpServer::ScriptedHttpServer(Handler handler)
    : state_(std::make_unique<State>(std::move(handler))) {}

ScriptedHttpServer::~ScriptedHttpServer() = default;

std::string ScriptedHttpServer::url() const {
  return absl::StrCat("http://127.0.0.1:", state_->port());
}

std::vector<ReceivedRequest> ScriptedHttpServer::requests() const {
  return state_->requests();
}

}  // namespace causeway::appservice_client
