#include "services/shared/server/health_probe.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace causeway::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

// For all of it. Shorter than what a prober grants: it should hear our reason.
constexpr std::chrono::milliseconds kPatience(2000);
// A report has a line a check.
constexpr uint64_t kAnswerBytesMax = 65536;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

asio::ip::tcp::endpoint OnThisMachine(const ListenAddress& listen) {
  auto ip = asio::ip::make_address(listen.host);
  if (ip.is_unspecified()) {
    ip = ip.is_v4() ? asio::ip::address(asio::ip::address_v4::loopback())
                    : asio::ip::address(asio::ip::address_v6::loopback());
  }
  return {ip, listen.port};
}

absl::Status NoAnswer(const ListenAddress& listen,
                      const boost::system::error_code& error) {
  return absl::UnavailableError(absl::StrCat(
      "no answer from ", listen.ToString(), ": ", error.message()));
}

asio::awaitable<absl::Status> Ask(const ListenAddress& listen) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(kPatience);
  auto [connect_error] =
      co_await stream.async_connect(OnThisMachine(listen), kAwait);
  if (connect_error) co_return NoAnswer(listen, connect_error);

  http::request<http::empty_body> request(http::verb::get, "/readyz", 11);
  request.set(http::field::host, listen.ToString());
  auto [write_error, bytes_written] =
      co_await http::async_write(stream, request, kAwait);
  if (write_error) co_return NoAnswer(listen, write_error);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kAnswerBytesMax);
  auto [read_error, bytes_read] =
      co_await http::async_read(stream, buffer, parser, kAwait);
  if (read_error) co_return NoAnswer(listen, read_error);
  if (parser.get().result() == http::status::ok) co_return absl::OkStatus();
  co_return absl::UnavailableError(
      absl::StrCat(parser.get().result_int(), " from ", listen.ToString(), ": ",
                   absl::StripAsciiWhitespace(parser.get().body())));
}

}  // namespace

absl::Status AskWhetherReady(const ListenAddress& http_listen) {
  asio::io_context io(1);
  absl::Status result;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> { result = co_await Ask(http_listen); },
      asio::detached);
  io.run();
  return result;
}

}  // namespace causeway::server
