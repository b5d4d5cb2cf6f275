#include "tests/bench/http_sink.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace causeway::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr uint64_t kBodyBytesMax = 64 << 20;

}  // namespace

class HttpSink::State {
 public:
  explicit State(std::function<void(absl::string_view)> on_body)
      : on_body_(std::move(on_body)),
        acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
        accepting_([this] { Accept(); }) {}

  ~State() {
    boost::system::error_code ignored;
    // shutdown() wakes the blocked accept; close() alone does not.
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    accepting_.join();
    std::list<Connection> connections;
    {
      absl::MutexLock lock(&mu_);
      connections.swap(connections_);
    }
    for (Connection& connection : connections) {
      connection.socket->shutdown(tcp::socket::shutdown_both, ignored);
      connection.thread.join();
    }
  }

  int port() const { return acceptor_.local_endpoint().port(); }

 private:
  struct Connection {
    std::shared_ptr<tcp::socket> socket;
    std::thread thread;
  };

  void Accept() {
    for (;;) {
      boost::system::error_code error;
      auto socket = std::make_shared<tcp::socket>(context_);
      acceptor_.accept(*socket, error);
      if (error) return;
      socket->set_option(tcp::no_delay(true), error);
      absl::MutexLock lock(&mu_);
      connections_.push_back(
          {socket, std::thread([this, socket] { Serve(*socket); })});
    }
  }

  void Serve(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    for (;;) {
      boost::system::error_code error;
      http::request_parser<http::string_body> parser;
      parser.body_limit(kBodyBytesMax);
      http::read(socket, buffer, parser, error);
      if (error) return;
      const std::string& body = parser.get().body();
      on_body_(absl::string_view(body.data(), body.size()));
      http::response<http::string_body> response(http::status::ok, 11);
      response.set(http::field::content_type, "application/json");
      response.keep_alive(parser.get().keep_alive());
      response.body() = "{}";
      response.prepare_payload();
      http::write(socket, response, error);
      if (error || !response.keep_alive()) return;
    }
  }

  const std::function<void(absl::string_view)> on_body_;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  absl::Mutex mu_;
  std::list<Connection> connections_ ABSL_GUARDED_BY(mu_);
  std::thread accepting_;
};

HttpSink::HttpSink(std::function<void(absl::string_view)> on_body)
    : state_(std::make_unique<State>(std::move(on_body))) {}

HttpSink::~HttpSink() = default;

std::string HttpSink::url() const {
  return absl::StrCat("http://127.0.0.1:", state_->port());
}

}  // namespace causeway::bench
