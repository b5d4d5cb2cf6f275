#include "services/gateway/http/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/gateway/http/byte_budget.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_message.h"

namespace causeway::gateway {
namespace {

using ::testing::HasSubstr;
using State = RequestParser::State;

constexpr HttpLimits kLimits = {
    .header_bytes_max = 400, .header_count_max = 8, .body_bytes_max = 32};

// Feeds `bytes` one after the other, as a slow network would.
size_t PutSingly(RequestParser& parser, absl::string_view bytes) {
  std::string pending;
  size_t taken = 0;
  for (const char byte : bytes) {
    pending.push_back(byte);
    const size_t used = parser.Put(pending);
    pending.erase(0, used);
    taken += used;
    if (parser.state() == State::kDone || parser.state() == State::kFailed) {
      break;
    }
  }
  return taken;
}

struct GoodCase {
  std::string name;
  std::string bytes;
  std::string method;
  std::string target;
  std::string body;
  bool keep_alive;
};

class GoodRequestTest : public testing::TestWithParam<GoodCase> {
 protected:
  void ExpectParsed(RequestParser& parser) {
    ASSERT_EQ(parser.state(), State::kDone);
    EXPECT_EQ(parser.keep_alive(), GetParam().keep_alive);
    const HttpRequest request = parser.TakeRequest();
    EXPECT_EQ(request.method, GetParam().method);
    EXPECT_EQ(request.target, GetParam().target);
    EXPECT_EQ(request.body, GetParam().body);
  }
};

TEST_P(GoodRequestTest, InOnePieceLeavesTheNextAlone) {
  RequestParser parser(kLimits);
  EXPECT_EQ(parser.Put(GetParam().bytes + "GET /next"),
            GetParam().bytes.size());
  ExpectParsed(parser);
}

TEST_P(GoodRequestTest, ByteByByte) {
  RequestParser parser(kLimits);
  EXPECT_EQ(PutSingly(parser, GetParam().bytes + "GET /next"),
            GetParam().bytes.size());
  ExpectParsed(parser);
}

INSTANTIATE_TEST_SUITE_P(
    All, GoodRequestTest,
    testing::ValuesIn<GoodCase>({
        {"Get", "GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/a?b=c", "",
         true},
        {"UnknownMethod", "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", "BREW",
         "/pot", "", true},
        {"WithLength",
         "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde", "PUT",
         "/", "abcde", true},
        {"LengthTwiceTheSame",
         "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
         "Content-Length: 2\r\n\r\nab",
         "PUT", "/", "ab", true},
        {"Chunked",
         "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
         "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n",
         "PUT", "/", "abcde", true},
        {"FullLimit",
         absl::StrCat("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 32\r\n\r\n",
                      std::string(32, 'x')),
         "PUT", "/", std::string(32, 'x'), true},
        {"EmptyLinesBefore", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET",
         "/", "", true},
        {"Close", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
         "GET", "/", "", false},
        {"OldClient", "GET / HTTP/1.0\r\n\r\n", "GET", "/", "", false},
        {"OldClientThatStays",
         "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET", "/", "",
         true},
        {"ExpectationOfAnOldClientIsIgnored",
         "GET / HTTP/1.0\r\nExpect: anything\r\n\r\n", "GET", "/", "", false},
    }),
    [](const auto& info) { return info.param.name; });

struct BadCase {
  std::string name;
  std::string bytes;
  int status;
  std::string errcode;
  std::string message;

  friend void PrintTo(const BadCase& bad, std::ostream* out) {
    *out << bad.name;
  }
};

class BadRequestTest : public testing::TestWithParam<BadCase> {
 protected:
  void ExpectRefused(const RequestParser& parser) {
    ASSERT_EQ(parser.state(), State::kFailed);
    EXPECT_EQ(parser.error().status, GetParam().status);
    EXPECT_THAT(parser.error().body,
                HasSubstr(absl::StrCat("\"", GetParam().errcode, "\"")));
    EXPECT_THAT(parser.error().body, HasSubstr(GetParam().message));
  }
};

TEST_P(BadRequestTest, InOnePiece) {
  RequestParser parser(kLimits);
  parser.Put(GetParam().bytes);
  ExpectRefused(parser);
}

TEST_P(BadRequestTest, ByteByByte) {
  RequestParser parser(kLimits);
  PutSingly(parser, GetParam().bytes);
  ExpectRefused(parser);
}

std::string WithHeaders(absl::string_view headers) {
  return absl::StrCat("PUT / HTTP/1.1\r\nHost: h\r\n", headers, "\r\n\r\n");
}

INSTANTIATE_TEST_SUITE_P(
    Malformed, BadRequestTest,
    testing::ValuesIn<BadCase>({
        {"Garbage", "\x16\x03\x01\x02garbage\r\n\r\n", 400, "M_UNKNOWN",
         "malformed HTTP request"},
        {"NoTarget", "GET HTTP/1.1\r\n\r\n", 400, "M_UNKNOWN", "malformed"},
        {"NoVersion", "GET /\r\n\r\n", 400, "M_UNKNOWN", "malformed"},
        {"Http2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 400, "M_UNKNOWN",
         "HTTP/1.1"},
        {"ControlByteInTarget", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400,
         "M_UNKNOWN", "target"},
        {"BareLineFeeds", "GET / HTTP/1.1\nHost: h\n\n", 400, "M_UNKNOWN",
         "malformed"},
        {"SpaceInHeaderName", WithHeaders("A b: c"), 400, "M_UNKNOWN",
         "name of a header"},
        {"ControlByteInHeader", WithHeaders("A: \x01"), 400, "M_UNKNOWN",
         "value of a header"},
        {"NoHost", "GET / HTTP/1.1\r\n\r\n", 400, "M_UNKNOWN", "Host"},
        {"TwoHosts", WithHeaders("Host: g"), 400, "M_UNKNOWN", "Host"},
    }),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    WhereItEnds, BadRequestTest,
    testing::ValuesIn<BadCase>({
        {"LengthNotANumber", WithHeaders("Content-Length: x"), 400, "M_UNKNOWN",
         "Content-Length"},
        {"NegativeLength", WithHeaders("Content-Length: -1"), 400, "M_UNKNOWN",
         "Content-Length"},
        {"TwoLengths", WithHeaders("Content-Length: 1\r\nContent-Length: 2"),
         400, "M_UNKNOWN", "Content-Length"},
        {"LengthAndChunked",
         WithHeaders("Content-Length: 1\r\nTransfer-Encoding: chunked"), 400,
         "M_UNKNOWN", "Transfer-Encoding"},
        {"ChunkedAndLength",
         WithHeaders("Transfer-Encoding: chunked\r\nContent-Length: 1"), 400,
         "M_UNKNOWN", "Content-Length"},
        {"UnknownEncoding", WithHeaders("Transfer-Encoding: gzip"), 501,
         "M_UNRECOGNIZED", "chunked"},
        {"EncodingsInARow", WithHeaders("Transfer-Encoding: gzip, chunked"),
         501, "M_UNRECOGNIZED", "chunked"},
        {"ChunkedNotLast", WithHeaders("Transfer-Encoding: chunked, gzip"), 501,
         "M_UNRECOGNIZED", "chunked"},
        {"ChunkedOldClient",
         "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
         "M_UNKNOWN", "HTTP/1.0"},
        {"BadChunkSize",
         absl::StrCat(WithHeaders("Transfer-Encoding: chunked"), "x\r\n"), 400,
         "M_UNKNOWN", "chunk"},
        {"OtherExpectation", WithHeaders("Expect: 200-ok"), 417,
         "M_UNRECOGNIZED", "200-ok"},
    }),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Limits, BadRequestTest,
    testing::ValuesIn<BadCase>({
        {"BodyTooLarge", WithHeaders("Content-Length: 33"), 413, "M_TOO_LARGE",
         "32 bytes"},
        {"ChunkTooLarge",
         absl::StrCat(WithHeaders("Transfer-Encoding: chunked"), "21\r\n"), 413,
         "M_TOO_LARGE", "32 bytes"},
        {"ChunksTogetherTooLarge",
         absl::StrCat(WithHeaders("Transfer-Encoding: chunked"), "11\r\n",
                      std::string(17, 'x'), "\r\n11\r\n"),
         413, "M_TOO_LARGE", "32 bytes"},
        {"HeaderTooLarge", WithHeaders("A: " + std::string(400, 'x')), 431,
         "M_TOO_LARGE", "400"},
        {"HeadersTogetherTooLarge",
         WithHeaders("A: " + std::string(200, 'x') +
                     "\r\nB: " + std::string(200, 'x')),
         431, "M_TOO_LARGE", "400"},
        {"RequestLineTooLong",
         "GET /" + std::string(400, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414,
         "M_TOO_LARGE", "400"},
        {"TooManyHeaders",
         WithHeaders("A:1\r\nB:1\r\nC:1\r\nD:1\r\nE:1\r\nF:1\r\nG:1\r\nH:1"),
         431, "M_TOO_LARGE", "8 header lines"},
        {"ChunkLineTooLong",
         absl::StrCat(WithHeaders("Transfer-Encoding: chunked"), "1;",
                      std::string(400, 'x')),
         431, "M_TOO_LARGE", "400"},
        {"TrailerTooLong",
         absl::StrCat(WithHeaders("Transfer-Encoding: chunked"),
                      "0\r\nA: ", std::string(400, 'x')),
         431, "M_TOO_LARGE", "400"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(RequestParserTest, TakesAuthorizationAndSaneRequestId) {
  RequestParser parser(kLimits);
  parser.Put(WithHeaders("authorization: Bearer T\r\nx-request-id: a-1"));
  ASSERT_EQ(parser.state(), State::kDone);
  const HttpRequest request = parser.TakeRequest();
  EXPECT_EQ(request.authorization, "Bearer T");
  EXPECT_EQ(request.request_id, "a-1");
}

struct NameCase {
  std::string name;
  std::string headers;
  std::string request_id;  // Empty: one is to be made up.
};

class RequestParserNameTest : public testing::TestWithParam<NameCase> {};

TEST_P(RequestParserNameTest, RequestHasTheNameOfItsTraceOrOneOfItsOwn) {
  RequestParser parser(kLimits);
  parser.Put(WithHeaders(GetParam().headers));
  ASSERT_EQ(parser.state(), State::kDone);
  EXPECT_EQ(parser.TakeRequest().request_id, GetParam().request_id);
}

// What a traceparent may be, trace_context_test.cc tells.
constexpr char kTrace[] =
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
// A header line with it.
std::string Trace() { return absl::StrCat("traceparent: ", kTrace); }

INSTANTIATE_TEST_SUITE_P(
    All, RequestParserNameTest,
    testing::Values(
        NameCase{"Trace", Trace(), kTrace},
        NameCase{"TraceByAnyCase", absl::StrCat("TraceParent:\t", kTrace, " "),
                 kTrace},
        NameCase{"TraceFirst", Trace() + "\r\nX-Request-ID: a-1", kTrace},
        NameCase{"TraceLast", "X-Request-ID: a-1\r\n" + Trace(), kTrace},
        NameCase{"OddTrace", Trace() + "-\r\nX-Request-ID: a-1", "a-1"},
        NameCase{"OddTraceOnly", "traceparent: 00", ""},
        NameCase{"TwoTraces", Trace() + "\r\nX-Request-ID: a-1\r\n" + Trace(),
                 "a-1"},
        NameCase{"OddTraceAndGoodOne", "traceparent: 00\r\n" + Trace(), ""},
        NameCase{"TraceState", "tracestate: a=b\r\nX-Request-ID: a-1", "a-1"},
        NameCase{"None", "A: b", ""}),
    [](const auto& info) { return info.param.name; });

// Uploads of up to 64 bytes each, 100 together.
class UploadTest : public testing::Test {
 protected:
  static std::string Upload(int bytes, const char* method = "POST") {
    return absl::StrCat(method,
                        " /_matrix/media/v3/upload HTTP/1.1\r\nHost: h\r\n"
                        "Content-Type: image/png\r\nContent-Length: ",
                        bytes, "\r\n\r\n", std::string(bytes, 'x'));
  }

  ByteBudget budget_{100};
  const HttpLimits limits_ = {.header_bytes_max = 400,
                              .header_count_max = 8,
                              .body_bytes_max = 32,
                              .upload_bytes_max = 64,
                              .upload_budget = &budget_};
};

TEST_F(UploadTest, UploadHasABoundOfItsOwn) {
  RequestParser good(limits_);
  good.Put(Upload(64));
  ASSERT_EQ(good.state(), State::kDone);
  const HttpRequest request = good.TakeRequest();
  EXPECT_EQ(request.body.size(), 64u);
  EXPECT_EQ(request.content_type, "image/png");
  RequestParser large(limits_);
  large.Put(Upload(65));
  ASSERT_EQ(large.state(), State::kFailed);
  EXPECT_EQ(large.error().status, 413);
  EXPECT_THAT(large.error().body, HasSubstr("64"));
  RequestParser other(limits_);
  other.Put(Upload(33, "PUT"));
  EXPECT_EQ(other.error().status, 413);
}

TEST_F(UploadTest, UploadsAreBoundedTogetherWhileTheyAreHeld) {
  RequestParser first(limits_);
  first.Put(Upload(64));
  std::optional<HttpRequest> held = first.TakeRequest();
  RequestParser second(limits_);
  second.Put(Upload(37));
  ASSERT_EQ(second.state(), State::kFailed);
  EXPECT_EQ(second.error().status, 429);
  EXPECT_THAT(second.error().body, HasSubstr("retry_after_ms"));
  held.reset();
  RequestParser third(limits_);
  third.Put(Upload(64));
  EXPECT_EQ(third.state(), State::kDone);
}

TEST(RequestParserTest, TakesTheNearestProxysWordIfItMay) {
  HttpLimits limits = kLimits;
  const std::string bytes = WithHeaders("X-Forwarded-For: 1.2.3.4, 5.6.7.8 ");
  RequestParser distrustful(limits);
  distrustful.Put(bytes);
  EXPECT_EQ(distrustful.TakeRequest().client_address, "");
  limits.trusts_forwarded_for = true;
  RequestParser trustful(limits);
  trustful.Put(bytes);
  EXPECT_EQ(trustful.TakeRequest().client_address, "5.6.7.8");
}

TEST(RequestParserTest, LeavesAnOddRequestIdAway) {
  RequestParser parser(kLimits);
  parser.Put(WithHeaders("X-Request-ID: a b\"c"));
  ASSERT_EQ(parser.state(), State::kDone);
  EXPECT_EQ(parser.TakeRequest().request_id, "");
}

TEST(RequestParserTest, ExpectsContinueUntilTheBodyIsThere) {
  RequestParser parser(kLimits);
  parser.Put(WithHeaders("Expect: 100-Continue\r\nContent-Length: 2"));
  EXPECT_EQ(parser.state(), State::kBody);
  EXPECT_TRUE(parser.expects_continue());
  parser.Put("ab");
  EXPECT_EQ(parser.state(), State::kDone);
}

TEST(RequestParserTest, StatesFollowTheRequest) {
  RequestParser parser(kLimits);
  EXPECT_EQ(parser.state(), State::kEmpty);
  EXPECT_EQ(parser.Put("\r\n\r"), 2u);
  EXPECT_EQ(parser.state(), State::kEmpty);
  parser.Put("GET");
  EXPECT_EQ(parser.state(), State::kHeader);
}

}  // namespace
}  // namespace causeway::gateway
