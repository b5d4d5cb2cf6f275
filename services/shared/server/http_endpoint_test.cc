#include "services/shared/server/http_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/shared/server/listen_address.h"

namespace causeway::server {
namespace {

namespace asio = boost::asio;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpEndpointTest : public ::testing::Test {
 protected:
  // Sends bytes as they are; returns all that comes until the server closes.
  std::string Exchange(const std::string& sent) {
    const ListenAddress address = *ListenAddress::Parse(endpoint_->address());
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address(address.host), address.port});
    boost::system::error_code error;
    asio::write(socket, asio::buffer(sent), error);
    std::string received;
    asio::read(socket, asio::dynamic_buffer(received), error);
    return received;
  }

  std::string Get(const std::string& path) {
    return Exchange(absl::StrCat(
        "GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  }

  std::unique_ptr<HttpEndpoint> endpoint_ = *HttpEndpoint::Listen(
      "127.0.0.1:0", {{"/livez",
                       [] {
                         return HttpEndpoint::Response{200, "ok\n"};
                       }},
                      {"/readyz", [] {
                         return HttpEndpoint::Response{503, "no\n"};
                       }}});
};

TEST_F(HttpEndpointTest, AnswersWithWhatTheHandlerSays) {
  EXPECT_THAT(Get("/livez"),
              AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nok\n")));
  EXPECT_THAT(Get("/livez?verbose"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Get("/readyz"),
              AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\nno\n")));
}

TEST_F(HttpEndpointTest, UnknownPathIs404) {
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(HttpEndpointTest, OtherMethodsAre405) {
  EXPECT_THAT(
      Exchange("DELETE /livez HTTP/1.1\r\nConnection: close\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
}

TEST_F(HttpEndpointTest, HeadHasLengthButNoBody) {
  EXPECT_THAT(Exchange("HEAD /livez HTTP/1.1\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 3\r\n"), EndsWith("\r\n\r\n"),
                    Not(HasSubstr("ok"))));
}

TEST_F(HttpEndpointTest, KeepsConnectionsAlive) {
  EXPECT_THAT(Exchange("GET /livez HTTP/1.1\r\n\r\n"
                       "GET /readyz HTTP/1.1\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr(" 200 "), HasSubstr(" 503 ")));
}

TEST_F(HttpEndpointTest, GarbageIs400) {
  EXPECT_THAT(Exchange("garbage\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpEndpointTest, LongHeaderIs431) {
  EXPECT_THAT(Exchange(absl::StrCat("GET /livez HTTP/1.1\r\nX: ",
                                    std::string(10000, 'x'))),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpEndpointTest, BodyIsRefused) {
  EXPECT_THAT(Exchange("GET /livez HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpEndpointTest, PortInUseIsNamed) {
  absl::Status status = HttpEndpoint::Listen(endpoint_->address(), {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(endpoint_->address()), HasSubstr("in use")));
}

TEST_F(HttpEndpointTest, EndsWhileAConnectionIsOpen) {
  const ListenAddress address = *ListenAddress::Parse(endpoint_->address());
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::make_address(address.host), address.port});
  asio::write(socket, asio::buffer(std::string("GET /li")));
  endpoint_.reset();
}

TEST(HttpEndpointAddressTest, NonsenseIsInvalid) {
  EXPECT_EQ(HttpEndpoint::Listen("nonsense", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace causeway::server
