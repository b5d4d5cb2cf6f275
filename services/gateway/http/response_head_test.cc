#include "services/gateway/http/response_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causeway::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const absl::Time kDate = absl::FromUnixSeconds(1421416883);

TEST(ResponseHeadTest, HasTheHeadersOfEveryAnswer) {
  HttpResponse response;
  response.status = 404;
  response.body = "12345";
  response.headers = {{"Allow", "GET"}};
  EXPECT_EQ(ResponseHead(response, {.date = kDate, .request_id = "abc"}),
            "HTTP/1.1 404 Not Found\r\n"
            "Date: Fri, 16 Jan 2015 14:01:23 GMT\r\n"
            "Content-Type: application/json\r\n"
            "Access-Control-Allow-Origin: *\r\n"
            "Access-Control-Allow-Methods: GET, POST, PUT, DELETE, OPTIONS\r\n"
            "Access-Control-Allow-Headers: "
            "X-Requested-With, Content-Type, Authorization\r\n"
            "Content-Length: 5\r\n"
            "X-Request-ID: abc\r\n"
            "Allow: GET\r\n"
            "\r\n");
}

TEST(ResponseHeadTest, TellsWhatTheBodyIs) {
  HttpResponse response;
  response.content_type = "image/png";
  EXPECT_THAT(ResponseHead(response, {.date = kDate}),
              HasSubstr("\r\nContent-Type: image/png\r\n"));
}

TEST(ResponseHeadTest, TellsThatTheConnectionCloses) {
  EXPECT_THAT(ResponseHead({}, {.date = kDate, .is_last = true}),
              HasSubstr("\r\nConnection: close\r\n"));
}

TEST(ResponseHeadTest, TellsOldClientsThatTheConnectionStays) {
  EXPECT_THAT(ResponseHead({}, {.date = kDate, .is_http_1_0 = true}),
              HasSubstr("\r\nConnection: keep-alive\r\n"));
  EXPECT_THAT(ResponseHead({}, {.date = kDate}), Not(HasSubstr("Connection:")));
}

TEST(ResponseHeadTest, KnowsTheReasonsOfRareStatuses) {
  HttpResponse response;
  response.status = 431;
  EXPECT_THAT(ResponseHead(response, {.date = kDate}),
              StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
}

}  // namespace
}  // namespace causeway::gateway
