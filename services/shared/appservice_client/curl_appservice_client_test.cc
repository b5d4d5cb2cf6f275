#include "services/shared/appservice_client/curl_appservice_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/scripted_http_server.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::appservice_client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Then = ScriptedReply::Then;

constexpr char kAlias[] = "#irc.freenode.net/#matrix:hsdomain.com";
constexpr char kEncodedAlias[] =
    "%23irc.freenode.net%2F%23matrix%3Ahsdomain.com";

// What the tests of slowness wait for, and what the others must stay under.
constexpr absl::Duration kShort = absl::Milliseconds(200);
constexpr absl::Duration kLong = absl::Seconds(30);

class CurlAppserviceClientTest : public testing::Test {
 protected:
  void StartServer(ScriptedHttpServer::Handler handler) {
    server_ = std::make_unique<ScriptedHttpServer>(std::move(handler));
  }
  void StartServer(ScriptedReply reply) {
    StartServer([reply](const ReceivedRequest&) { return reply; });
  }

  AppserviceRequest Query(Dialect dialect) const {
    AppserviceRequest request;
    request.appservice_uid = "uid";
    request.url = server_ != nullptr ? server_->url() + "/" : "";
    request.hs_token = "T_h";
    request.dialect = dialect;
    request.route = Route::kRooms;
    request.id = kAlias;
    request.timeout = kLong;
    return request;
  }

  AppserviceRequest Push(Dialect dialect, std::string body) const {
    AppserviceRequest request = Query(dialect);
    request.route = Route::kTransactions;
    request.id = "17";
    request.body = std::make_shared<const std::string>(std::move(body));
    return request;
  }

  // Sends and waits.
  absl::StatusOr<AppserviceResponse> Send(AppserviceRequest request) {
    absl::StatusOr<AppserviceResponse> answer;
    absl::Notification is_answered;
    client_->Send(std::move(request),
                  [&](absl::StatusOr<AppserviceResponse> response) {
                    answer = std::move(response);
                    is_answered.Notify();
                  });
    is_answered.WaitForNotification();
    return answer;
  }

  std::vector<std::string> RequestLines() const {
    std::vector<std::string> lines;
    for (const ReceivedRequest& request : server_->requests()) {
      lines.push_back(request.request_line());
    }
    return lines;
  }

  FakeClock clock_;
  std::unique_ptr<ScriptedHttpServer> server_;
  std::unique_ptr<CurlAppserviceClient> client_ =
      std::make_unique<CurlAppserviceClient>(
          CurlAppserviceClient::Options{.user_agent = "Causeway/test"}, clock_);
};

TEST_F(CurlAppserviceClientTest, DraftQueryByteForByte) {
  StartServer(Reply(200, R"({"events":[]})"));
  absl::StatusOr<AppserviceResponse> response = Send(Query(Dialect::kDraft));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->http_status, 200);
  EXPECT_EQ(response->body, R"({"events":[]})");
  EXPECT_EQ(response->path_dialect, Dialect::kDraft);
  EXPECT_EQ(server_->requests().at(0).head,
            absl::StrCat("GET /rooms/", kEncodedAlias,
                         "?access_token=T_h HTTP/1.1\r\n"
                         "Host: ",
                         server_->url().substr(7),
                         "\r\n"
                         "User-Agent: Causeway/test\r\n"
                         "Accept: */*\r\n\r\n"));
}

TEST_F(CurlAppserviceClientTest, V1QueryByteForByte) {
  StartServer(Reply(200, "{}"));
  AppserviceRequest request = Query(Dialect::kV1);
  request.request_id = "req-1";
  absl::StatusOr<AppserviceResponse> response = Send(std::move(request));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->path_dialect, Dialect::kV1);
  EXPECT_EQ(server_->requests().at(0).head,
            absl::StrCat("GET /_matrix/app/v1/rooms/", kEncodedAlias,
                         " HTTP/1.1\r\n"
                         "Host: ",
                         server_->url().substr(7),
                         "\r\n"
                         "User-Agent: Causeway/test\r\n"
                         "Accept: */*\r\n"
                         "Authorization: Bearer T_h\r\n"
                         "X-Request-Id: req-1\r\n\r\n"));
}

TEST_F(CurlAppserviceClientTest, TransactionByteForByte) {
  StartServer(Reply(200, "{}"));
  const std::string body =
      absl::StrCat(R"({"events":[{"x":")", std::string(70000, 'y'), R"("}]})");
  ASSERT_TRUE(Send(Push(Dialect::kDraft, body)).ok());
  const ReceivedRequest received = server_->requests().at(0);
  EXPECT_EQ(received.head,
            absl::StrCat("PUT /transactions/17?access_token=T_h HTTP/1.1\r\n"
                         "Host: ",
                         server_->url().substr(7),
                         "\r\n"
                         "User-Agent: Causeway/test\r\n"
                         "Accept: */*\r\n"
                         "Content-Type: application/json\r\n"
                         "Content-Length: ",
                         body.size(), "\r\n\r\n"));
  EXPECT_EQ(received.body, body);
}

TEST_F(CurlAppserviceClientTest, PingIsPosted) {
  StartServer(Reply(200, "{}"));
  AppserviceRequest request = Push(Dialect::kV1, R"({"transaction_id":"t"})");
  request.route = Route::kPing;
  request.id = "";
  ASSERT_TRUE(Send(std::move(request)).ok());
  EXPECT_THAT(RequestLines(),
              ElementsAre("POST /_matrix/app/v1/ping HTTP/1.1"));
  EXPECT_EQ(server_->requests().at(0).body, R"({"transaction_id":"t"})");
}

TEST_F(CurlAppserviceClientTest, PingHasNoOtherPath) {
  StartServer(Reply(404, ""));
  AppserviceRequest request = Push(Dialect::kV1, "{}");
  request.route = Route::kPing;
  EXPECT_EQ(Send(request)->http_status, 404);
  EXPECT_EQ(RequestLines().size(), 1u);
  request.dialect = Dialect::kDraft;
  EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(RequestLines().size(), 1u);
}

TEST_F(CurlAppserviceClientTest, ChunkedAnswerIsRead) {
  StartServer(
      ScriptedReply{"HTTP/1.1 100 Continue\r\n\r\n"
                    "HTTP/1.1 200 OK\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n"
                    "2\r\n{}\r\n0\r\nX-Trailer: x\r\n\r\n"});
  absl::StatusOr<AppserviceResponse> response = Send(Query(Dialect::kDraft));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->http_status, 200);
  EXPECT_EQ(response->body, "{}");
}

TEST_F(CurlAppserviceClientTest, ConnectionIsUsedAgain) {
  StartServer(Reply(200, "{}"));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Send(Push(Dialect::kDraft, "{}")).ok());
  }
  EXPECT_EQ(server_->requests().back().connection_index, 0);
}

TEST_F(CurlAppserviceClientTest, ManyAtOnce) {
  constexpr int kCount = 100;
  StartServer(Reply(200, "{}"));
  std::atomic<int> ok_count = 0;
  absl::BlockingCounter left(kCount);
  for (int i = 0; i < kCount; ++i) {
    client_->Send(Query(Dialect::kV1),
                  [&](absl::StatusOr<AppserviceResponse> response) {
                    if (response.ok()) ++ok_count;
                    left.DecrementCount();
                  });
  }
  left.Wait();
  EXPECT_EQ(ok_count, kCount);
}

// --- Which path ---

// An application service that knows the paths of one dialect only.
ScriptedHttpServer::Handler Knows(Dialect dialect, ScriptedReply otherwise) {
  return [dialect, otherwise](const ReceivedRequest& request) {
    const bool is_v1 = absl::StrContains(request.head, " /_matrix/app/v1/");
    return is_v1 == (dialect == Dialect::kV1) ? Reply(200, "{}") : otherwise;
  };
}

TEST_F(CurlAppserviceClientTest, V1FallsBackToDraftPathsAndRemembersThem) {
  StartServer(Knows(Dialect::kDraft, Reply(404, "<html>")));
  const std::string v1 =
      absl::StrCat("GET /_matrix/app/v1/rooms/", kEncodedAlias, " HTTP/1.1");
  const std::string draft =
      absl::StrCat("GET /rooms/", kEncodedAlias, "?access_token=T_h HTTP/1.1");
  absl::StatusOr<AppserviceResponse> response = Send(Query(Dialect::kV1));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->http_status, 200);
  EXPECT_EQ(response->path_dialect, Dialect::kDraft);
  EXPECT_THAT(server_->requests().at(1).head, Not(HasSubstr("Authorization")));
  EXPECT_THAT(RequestLines(), ElementsAre(v1, draft));

  ASSERT_TRUE(Send(Query(Dialect::kV1)).ok());
  EXPECT_THAT(RequestLines(), ElementsAre(v1, draft, draft));

  clock_.AdvanceTime(absl::Minutes(10));
  ASSERT_TRUE(Send(Query(Dialect::kV1)).ok());
  EXPECT_THAT(RequestLines(), ElementsAre(v1, draft, draft, v1, draft));
}

TEST_F(CurlAppserviceClientTest, FallbackSendsTheSameBody) {
  StartServer(Knows(Dialect::kDraft, Reply(405, "")));
  ASSERT_TRUE(Send(Push(Dialect::kV1, "{\"events\":[]}")).ok());
  EXPECT_EQ(server_->requests().at(0).body, "{\"events\":[]}");
  EXPECT_EQ(server_->requests().at(1).body, "{\"events\":[]}");
  EXPECT_THAT(RequestLines().at(1),
              "PUT /transactions/17?access_token=T_h HTTP/1.1");
}

// The application service was replaced by a modern one, which answers the
// draft's paths with 308.
TEST_F(CurlAppserviceClientTest, RememberedPathThatIsGoneIsNoticed) {
  std::atomic<bool> is_modern = false;
  StartServer([&is_modern](const ReceivedRequest& request) {
    return is_modern ? Knows(Dialect::kV1,
                             Reply(308, "", "Location: /x\r\n"))(request)
                     : Knows(Dialect::kDraft, Reply(404, ""))(request);
  });
  EXPECT_EQ(Send(Query(Dialect::kV1))->path_dialect, Dialect::kDraft);
  is_modern = true;
  EXPECT_EQ(Send(Query(Dialect::kV1))->path_dialect, Dialect::kV1);
  const size_t before = RequestLines().size();
  EXPECT_EQ(Send(Query(Dialect::kV1))->path_dialect, Dialect::kV1);
  EXPECT_EQ(RequestLines().size(), before + 1);
}

TEST_F(CurlAppserviceClientTest, NeitherPathGivesTheAnswerOfV1) {
  StartServer([](const ReceivedRequest& request) {
    return Reply(404, absl::StrContains(request.head, "/v1/") ? "v1" : "draft");
  });
  for (int i = 0; i < 2; ++i) {  // Nothing is remembered.
    absl::StatusOr<AppserviceResponse> response = Send(Query(Dialect::kV1));
    EXPECT_EQ(response->http_status, 404);
    EXPECT_EQ(response->body, "v1");
    EXPECT_EQ(response->path_dialect, Dialect::kV1);
  }
  EXPECT_EQ(RequestLines().size(), 4u);
}

TEST_F(CurlAppserviceClientTest, AnswersAreNotTakenForMissingPaths) {
  for (const ScriptedReply& reply :
       {Reply(404, R"({"errcode":"M_NOT_FOUND"})"), Reply(401, ""),
        Reply(403, R"({"errcode":"M_FORBIDDEN"})"), Reply(500, "")}) {
    StartServer(reply);
    EXPECT_TRUE(Send(Query(Dialect::kV1)).ok());
    EXPECT_EQ(RequestLines().size(), 1u);
  }
}

TEST_F(CurlAppserviceClientTest, DraftRegistrationOnlyGetsDraftPaths) {
  StartServer(Reply(404, ""));
  EXPECT_EQ(Send(Query(Dialect::kDraft))->http_status, 404);
  EXPECT_THAT(RequestLines(),
              ElementsAre(absl::StrCat("GET /rooms/", kEncodedAlias,
                                       "?access_token=T_h HTTP/1.1")));
}

TEST_F(CurlAppserviceClientTest, RedirectIsNotFollowed) {
  StartServer(Reply(302, "", "Location: /elsewhere\r\n"));
  EXPECT_EQ(Send(Query(Dialect::kDraft))->http_status, 302);
  EXPECT_EQ(RequestLines().size(), 1u);
}

// --- Faults ---

TEST_F(CurlAppserviceClientTest, NobodyListens) {
  StartServer(Reply(200, ""));
  AppserviceRequest request = Query(Dialect::kV1);
  server_.reset();
  absl::Status status = Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(request.url));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("T_h")));
}

TEST_F(CurlAppserviceClientTest, UnknownHost) {
  AppserviceRequest request = Query(Dialect::kV1);
  request.url = "http://does-not-exist.invalid";
  EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kUnavailable);
}

struct FaultCase {
  std::string name;
  ScriptedReply reply;
  absl::StatusCode code;
};

class FaultTest : public CurlAppserviceClientTest,
                  public testing::WithParamInterface<FaultCase> {};

TEST_P(FaultTest, IsToldByItsCode) {
  StartServer(GetParam().reply);
  AppserviceRequest request = Push(Dialect::kDraft, "{}");
  request.timeout = kShort;
  absl::Status status = Send(std::move(request)).status();
  EXPECT_EQ(status.code(), GetParam().code) << status;
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("T_h")));
}

std::string ManyHeaders() {
  std::string headers;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&headers, "X: value\r\n");
  return headers;
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultTest,
    testing::ValuesIn<FaultCase>({
        {"Hangs", {"", Then::kHang}, absl::StatusCode::kDeadlineExceeded},
        {"HangsInHead",
         {"HTTP/1.1 200 OK\r\n", Then::kHang},
         absl::StatusCode::kDeadlineExceeded},
        {"HangsInBody",
         {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", Then::kHang},
         absl::StatusCode::kDeadlineExceeded},
        {"Drips",
         {"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{", Then::kDrip},
         absl::StatusCode::kDeadlineExceeded},
        {"DropsTheConnection",
         {"", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"DropsItInTheHead",
         {"HTTP/1.1 200 OK\r\nContent-", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"DropsItAfterContinue",
         {"HTTP/1.1 100 Continue\r\n\r\n", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"DropsItInTheBody",
         {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"IsNotHttp",
         {"hello\r\n\r\n", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"EndlessHead",
         {absl::StrCat("HTTP/1.1 200 OK\r\n", ManyHeaders()), Then::kHang},
         absl::StatusCode::kUnavailable},
    }),
    [](const auto& info) { return info.param.name; });

TEST_F(CurlAppserviceClientTest, LongAnswerToTransactionIsCut) {
  // More is promised than ever comes: it isn't waited for.
  StartServer(ScriptedReply{
      absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
                   std::string(kOtherAnswerBytesMax + 1, 'x')),
      Then::kHang});
  absl::StatusOr<AppserviceResponse> response =
      Send(Push(Dialect::kDraft, "{}"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->http_status, 200);
  EXPECT_EQ(response->body.size(), kOtherAnswerBytesMax);
}

TEST_F(CurlAppserviceClientTest, LongAnswerToQueryIsRefused) {
  StartServer(Reply(200, std::string(kQueryAnswerBytesMax, 'x')));
  EXPECT_EQ(Send(Query(Dialect::kDraft))->body.size(), kQueryAnswerBytesMax);
  StartServer(Reply(200, std::string(kQueryAnswerBytesMax + 1, 'x')));
  absl::Status status = Send(Query(Dialect::kDraft)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("its answer has more than 16777216 bytes"));
}

TEST_F(CurlAppserviceClientTest, TlsMustBeSpoken) {
  StartServer(Reply(200, "{}"));
  AppserviceRequest request = Query(Dialect::kV1);
  request.url = absl::StrCat("https", server_->url().substr(4));
  request.timeout = kShort;
  EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kUnavailable);
}

// --- Addresses and bounds ---

TEST_F(CurlAppserviceClientTest, LinkLocalIsNeverReached) {
  AppserviceRequest request = Query(Dialect::kV1);
  request.url = "http://169.254.169.254/latest";
  absl::Status status = Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(std::string(status.message()),
            "application service at http://169.254.169.254/latest: the address "
            "169.254.169.254 is not allowed");
}

TEST_F(CurlAppserviceClientTest, PrivateAddressNeedsPermission) {
  StartServer(Reply(200, "{}"));
  AppserviceRequest request = Query(Dialect::kV1);
  request.private_addresses_allowed = false;
  EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kPermissionDenied);
  // Written in other ways it is the same address.
  for (const char* host : {"localhost", "0x7f.1", "[::ffff:127.0.0.1]"}) {
    request.url = absl::StrCat("http://", host, ":1");
    EXPECT_EQ(Send(request).status().code(),
              absl::StatusCode::kPermissionDenied)
        << host;
  }
  EXPECT_THAT(RequestLines(), testing::IsEmpty());
}

// Goal: a connection that a trusted registration opened is no way in.
TEST_F(CurlAppserviceClientTest, OpenConnectionNeedsPermissionToo) {
  StartServer(Reply(200, "{}"));
  AppserviceRequest request = Query(Dialect::kV1);
  ASSERT_TRUE(Send(request).ok());
  request.private_addresses_allowed = false;
  EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(RequestLines().size(), 1u);
}

TEST_F(CurlAppserviceClientTest, BadUrlIsRefused) {
  AppserviceRequest request = Query(Dialect::kV1);
  for (const char* url : {"file:///etc/passwd", "gopher://a/", "", "http://"}) {
    request.url = url;
    EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kInvalidArgument)
        << url;
  }
}

TEST_F(CurlAppserviceClientTest, RequestsUnderWayAreBounded) {
  StartServer(ScriptedReply{"", Then::kHang});
  client_ = std::make_unique<CurlAppserviceClient>(
      CurlAppserviceClient::Options{.in_flight_max = 1}, clock_);
  absl::Status hanging;
  client_->Send(Query(Dialect::kV1),
                [&](absl::StatusOr<AppserviceResponse> response) {
                  hanging = response.status();
                });
  EXPECT_EQ(Send(Query(Dialect::kV1)).status().code(),
            absl::StatusCode::kResourceExhausted);
  client_.reset();
  EXPECT_EQ(hanging.code(), absl::StatusCode::kUnavailable);
}

TEST_F(CurlAppserviceClientTest, CallbackMaySendAgain) {
  StartServer(Reply(200, "{}"));
  absl::Notification is_answered;
  client_->Send(Query(Dialect::kV1),
                [&](const absl::StatusOr<AppserviceResponse>&) {
                  client_->Send(Query(Dialect::kV1),
                                [&](const absl::StatusOr<AppserviceResponse>&) {
                                  is_answered.Notify();
                                });
                });
  is_answered.WaitForNotification();
  EXPECT_EQ(RequestLines().size(), 2u);
}

}  // namespace
}  // namespace causeway::appservice_client
