#include "services/shared/server/http_endpoint.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "services/shared/server/listen_address.h"

namespace causeway::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

// A probe's or scraper's request is a few hundred bytes, without a body.
constexpr uint32_t kHeaderBytesMax = 8192;
constexpr int kConnectionsMax = 64;
// For one request to arrive, and for its answer to be taken.
constexpr std::chrono::seconds kRequestTimeout(10);
// When no descriptor is left, before trying to accept again.
constexpr std::chrono::milliseconds kAcceptPause(100);

// Errors as values: in a server, connections that break are the ordinary case.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

using Request = http::request<http::empty_body>;
using Answer = http::response<http::string_body>;

absl::Status CannotListen(const ListenAddress& address,
                          const boost::system::error_code& error) {
  return absl::UnavailableError(absl::StrCat(
      "cannot listen on ", address.ToString(), ": ", error.message()));
}

Answer MakeAnswer(http::status status, std::string body, unsigned version) {
  Answer answer(status, version);
  answer.set(http::field::content_type,
             "text/plain; version=0.0.4; charset=utf-8");
  answer.body() = std::move(body);
  answer.prepare_payload();
  return answer;
}

// What a request that is no HTTP, or too much of it, is told; 0 when there is
// nobody to tell.
http::status StatusOf(const boost::system::error_code& error) {
  if (error == http::error::header_limit) {
    return http::status::request_header_fields_too_large;
  }
  if (error == http::error::end_of_stream || error == beast::error::timeout ||
      error.category() != make_error_code(http::error::bad_method).category()) {
    return http::status::unknown;
  }
  return http::status::bad_request;
}

}  // namespace

// The listener. All but the constructor and the destructor runs on its thread.
class HttpEndpoint::Server {
 public:
  explicit Server(std::map<std::string, Handler> routes)
      : routes_(std::move(routes)), io_(1), acceptor_(io_) {}

  ~Server() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Open(ListenAddress& address) {
    const tcp::endpoint endpoint(asio::ip::make_address(address.host),
                                 address.port);
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (error) return CannotListen(address, error);
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_.bind(endpoint, error);
    if (error) return CannotListen(address, error);
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return CannotListen(address, error);
    address.port = acceptor_.local_endpoint().port();
    asio::co_spawn(io_, Accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
    return absl::OkStatus();
  }

 private:
  asio::awaitable<void> Accept() {
    asio::steady_timer timer(io_);
    while (true) {
      auto [error, socket] = co_await acceptor_.async_accept(kAwait);
      if (error) {
        timer.expires_after(kAcceptPause);
        co_await timer.async_wait(kAwait);
      } else if (connection_count_ < kConnectionsMax) {
        ++connection_count_;
        asio::co_spawn(io_, Serve(std::move(socket)), asio::detached);
      }
      // Else the socket goes, and with it the connection.
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    absl::Cleanup count_out = [this] { --connection_count_; };
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    bool keep_alive = true;
    while (keep_alive) {
      stream.expires_after(kRequestTimeout);
      http::request_parser<http::empty_body> parser;
      parser.header_limit(kHeaderBytesMax);
      auto [read_error, bytes_read] =
          co_await http::async_read(stream, buffer, parser, kAwait);
      Answer answer;
      if (read_error) {
        const http::status status = StatusOf(read_error);
        if (status == http::status::unknown) co_return;
        keep_alive = false;
        answer = MakeAnswer(status, absl::StrCat(read_error.message(), "\n"),
                            Request().version());
      } else {
        keep_alive = parser.get().keep_alive();
        answer = Handle(parser.get());
      }
      answer.keep_alive(keep_alive);
      http::response_serializer<http::string_body> serializer(answer);
      auto [write_error, bytes_written] =
          parser.get().method() == http::verb::head
              ? co_await http::async_write_header(stream, serializer, kAwait)
              : co_await http::async_write(stream, serializer, kAwait);
      if (write_error) co_return;
    }
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  Answer Handle(const Request& request) const {
    const std::string path(
        request.target().substr(0, request.target().find('?')));
    auto it = routes_.find(path);
    if (it == routes_.end()) {
      return MakeAnswer(http::status::not_found, "no such path\n",
                        request.version());
    }
    if (request.method() != http::verb::get &&
        request.method() != http::verb::head) {
      Answer answer = MakeAnswer(http::status::method_not_allowed,
                                 "only GET and HEAD\n", request.version());
      answer.set(http::field::allow, "GET, HEAD");
      return answer;
    }
    Response response = it->second();
    return MakeAnswer(static_cast<http::status>(response.status),
                      std::move(response.body), request.version());
  }

  const std::map<std::string, Handler> routes_;
  int connection_count_ = 0;
  // After what coroutines use: it destroys those that are left.
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<HttpEndpoint>> HttpEndpoint::Listen(
    absl::string_view address, std::map<std::string, Handler> routes) {
  absl::StatusOr<ListenAddress> parsed = ListenAddress::Parse(address);
  if (!parsed.ok()) return parsed.status();
  auto server = std::make_unique<Server>(std::move(routes));
  absl::Status opened = server->Open(*parsed);
  if (!opened.ok()) return opened;
  // The constructor is private to make_unique.
  return std::unique_ptr<HttpEndpoint>(
      new HttpEndpoint(std::move(server), parsed->ToString()));
}

HttpEndpoint::HttpEndpoint(std::unique_ptr<Server> server, std::string address)
    : server_(std::move(server)), address_(std::move(address)) {}

HttpEndpoint::~HttpEndpoint() = default;

}  // namespace causeway::server
