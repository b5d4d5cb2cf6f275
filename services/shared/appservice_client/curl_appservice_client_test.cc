// What goes out byte for byte, and on which path.
#include "services/shared/appservice_client/curl_appservice_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/curl_appservice_client_fixture.h"
#include "services/shared/appservice_client/route_memory.h"
#include "services/shared/appservice_client/scripted_http_server.h"
#include "services/shared/appservice_client/transaction_trace.h"
#include "services/shared/server/trace_context.h"

namespace causeway::appservice_client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Of the fixture's alias.
constexpr char kEncodedAlias[] =
    "%23irc.freenode.net%2F%23matrix%3Ahsdomain.com";

// Empty: without.
std::string TraceparentOf(const ReceivedRequest& request) {
  for (absl::string_view line : absl::StrSplit(request.head, "\r\n")) {
    if (absl::ConsumePrefix(&line, "traceparent: ")) return std::string(line);
  }
  return "";
}

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
  const ReceivedRequest received = server_->requests().at(0);
  EXPECT_EQ(received.head,
            absl::StrCat("GET /_matrix/app/v1/rooms/", kEncodedAlias,
                         " HTTP/1.1\r\n"
                         "Host: ",
                         server_->url().substr(7),
                         "\r\n"
                         "User-Agent: Causeway/test\r\n"
                         "Accept: */*\r\n"
                         "Authorization: Bearer T_h\r\n"
                         "X-Request-Id: req-1\r\n"
                         "traceparent: ",
                         TraceparentOf(received), "\r\n\r\n"));
}

// Of a query it is the caller's, or one that is made for the caller's ID.
TEST_F(CurlAppserviceClientTest, QueryBelongsToTheTraceOfItsRequest) {
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string traceparent =
      absl::StrCat("00-", trace_id, "-00f067aa0ba902b7-01");
  StartServer(Reply(200, "{}"));
  for (const std::string& id : {traceparent, trace_id, std::string("req-1")}) {
    AppserviceRequest request = Query(Dialect::kV1);
    request.request_id = id;
    ASSERT_TRUE(Send(std::move(request)).ok());
  }
  EXPECT_THAT(
      server_->requests().at(0).head,
      HasSubstr(absl::StrCat("\r\nX-Request-Id: ", traceparent,
                             "\r\ntraceparent: ", traceparent, "\r\n")));
  EXPECT_EQ(server::TraceId(TraceparentOf(server_->requests().at(1))),
            trace_id);
  EXPECT_EQ(server::TraceId(TraceparentOf(server_->requests().at(2))),
            server::TraceId("req-1"));
}

TEST_F(CurlAppserviceClientTest, AttemptsOfATransactionShareATrace) {
  StartServer(Reply(500, "{}"));
  for (int attempt = 0; attempt < 2; ++attempt) {
    AppserviceRequest request = Push(Dialect::kV1, "{}");
    request.request_id = "req-1";
    ASSERT_TRUE(Send(std::move(request)).ok());
    EXPECT_EQ(server::TraceId(TraceparentOf(server_->requests().at(attempt))),
              TransactionTraceId("uid", "17"));
  }
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
                         "traceparent: ",
                         TraceparentOf(received),
                         "\r\n"
                         "Content-Type: application/json\r\n"
                         "Content-Length: ",
                         body.size(), "\r\n\r\n"));
  EXPECT_EQ(received.body, body);
}

// Goal: while an hs_token is changed, no request is lost, whichever of both the
// application service knows, and it is asked twice only once.
TEST_F(CurlAppserviceClientTest,
       PreviousTokenIsPresentedToWhoRefusesTheNewOne) {
  std::atomic<bool> knows_new_one = false;
  StartServer([&](const ReceivedRequest& request) {
    const bool is_new = absl::StrContains(request.head, "Bearer T_new\r\n");
    return is_new == knows_new_one ? Reply(200, "{}") : Reply(403, "{}");
  });
  AppserviceRequest request = Push(Dialect::kV1, "{}");
  request.hs_token = "T_new";
  EXPECT_EQ(Send(request)->http_status, 403);  // There is no other one.
  request.previous_hs_token = "T_old";
  EXPECT_EQ(Send(request)->http_status, 200);
  EXPECT_EQ(server_->requests().size(), 3u);
  EXPECT_EQ(Send(request)->http_status, 200);
  EXPECT_EQ(server_->requests().size(), 4u);  // The old one went first.
  knows_new_one = true;
  EXPECT_EQ(Send(request)->http_status, 200);
  EXPECT_EQ(server_->requests().size(), 6u);
  EXPECT_EQ(Send(request)->http_status, 200);
  EXPECT_EQ(server_->requests().size(), 7u);
}

TEST_F(CurlAppserviceClientTest, WhoRefusesBothTokensHasRefused) {
  StartServer([](const ReceivedRequest& request) {
    const bool is_new = absl::StrContains(request.head, "access_token=T_new ");
    return is_new ? Reply(401, "new") : Reply(403, "old");
  });
  AppserviceRequest request = Push(Dialect::kDraft, "{}");
  request.hs_token = "T_new";
  request.previous_hs_token = "T_old";
  EXPECT_EQ(Send(request)->http_status, 403);
  EXPECT_EQ(server_->requests().size(), 2u);
}

TEST_F(CurlAppserviceClientTest, TellsHowLongTheServiceAsksToBeLeftAlone) {
  StartServer(Reply(503, "{}", "Retry-After: 7\r\n"));
  EXPECT_EQ(Send(Push(Dialect::kDraft, "{}"))->retry_after, absl::Seconds(7));
  StartServer(Reply(503, "{}"));
  EXPECT_EQ(Send(Push(Dialect::kDraft, "{}"))->retry_after,
            absl::ZeroDuration());
}

TEST_F(CurlAppserviceClientTest, TellsTheTimeByTheServicesClock) {
  StartServer(Reply(200, "{}", "date: Fri, 16 Jan 2015 14:01:23 GMT\r\n"));
  EXPECT_EQ(Send(Query(Dialect::kV1))->date, absl::FromUnixSeconds(1421416883));
  StartServer(Reply(200, "{}", "X-Date: Fri, 16 Jan 2015 14:01:23 GMT\r\n"));
  EXPECT_EQ(Send(Query(Dialect::kV1))->date, absl::InfinitePast());
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
                  [&](const absl::StatusOr<AppserviceResponse>& response) {
                    if (response.ok()) ++ok_count;
                    left.DecrementCount();
                  });
  }
  left.Wait();
  EXPECT_EQ(ok_count, kCount);
}

// An application service that knows the paths of one dialect only.
ScriptedHttpServer::Handler Knows(Dialect dialect,
                                  const ScriptedReply& otherwise) {
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

  clock_.AdvanceTime(kPathsRememberedFor);
  ASSERT_TRUE(Send(Query(Dialect::kV1)).ok());
  EXPECT_THAT(RequestLines(), ElementsAre(v1, draft, draft, v1, draft));

  client_->ForgetPaths("uid");
  ASSERT_TRUE(Send(Query(Dialect::kV1)).ok());
  EXPECT_THAT(RequestLines(),
              ElementsAre(v1, draft, draft, v1, draft, v1, draft));
}

// What is found on the older path says nothing of those of queries and
// transactions.
TEST_F(CurlAppserviceClientTest, ThirdPartyLookUpFallsBackAndForgets) {
  StartServer(Knows(Dialect::kDraft, Reply(404, "")));
  AppserviceRequest request = Query(Dialect::kV1);
  request.route = Route::kThirdPartyProtocol;
  request.id = "irc";
  const std::string v1 = "GET /_matrix/app/v1/thirdparty/protocol/irc HTTP/1.1";
  const std::string unstable =
      "GET /_matrix/app/unstable/thirdparty/protocol/irc?access_token=T_h "
      "HTTP/1.1";
  EXPECT_EQ(Send(request)->http_status, 200);
  EXPECT_EQ(Send(request)->http_status, 200);
  EXPECT_THAT(RequestLines(), ElementsAre(v1, unstable, v1, unstable));
}

// Method: a look-up for which there is no handler, and which tells so by a bare
// 404, after one for which there is one, or after a query.
TEST_F(CurlAppserviceClientTest, V1ThatHasWorkedKeepsLookUpsOutOfUrlsToo) {
  for (Route proof : {Route::kThirdPartyProtocol, Route::kUsers}) {
    StartServer([](const ReceivedRequest& request) {
      return absl::StrContains(request.head, "/v1/thirdparty/protocol/") ||
                     absl::StrContains(request.head, "/v1/users/")
                 ? Reply(200, "{}")
                 : Reply(404, "");
    });
    AppserviceRequest first = Query(Dialect::kV1);
    first.route = proof;
    EXPECT_EQ(Send(std::move(first))->http_status, 200);
    AppserviceRequest second = Query(Dialect::kV1);
    second.route = Route::kThirdPartyUser;
    EXPECT_EQ(Send(std::move(second))->http_status, 404);
    EXPECT_EQ(RequestLines().size(), 2u);
  }
}

TEST_F(CurlAppserviceClientTest, LookUpByUriHasNoOtherPath) {
  StartServer(Reply(404, ""));
  AppserviceRequest request = Query(Dialect::kV1);
  request.route = Route::kUserByUri;
  request.id = "";
  request.parameters = {{"uri", "irc://a/b"}};
  EXPECT_EQ(Send(std::move(request))->http_status, 404);
  EXPECT_THAT(RequestLines(),
              ElementsAre("GET /_matrix/app/v1/user?uri=irc%3A%2F%2Fa%2Fb "
                          "HTTP/1.1"));
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

// A bare 404 may be a v1 program's way to say "no such user". Then what else
// answers at its URL must not be taken for the draft's paths.
TEST_F(CurlAppserviceClientTest, WhatProvesNoPathIsNotTakenForTheDrafts) {
  for (const ScriptedReply& draft :
       {Reply(401, R"({"errcode":"M_MISSING_TOKEN"})"), Reply(403, ""),
        Reply(500, "<html>"), Reply(200, "<html>"), Reply(200, "")}) {
    SCOPED_TRACE(draft.bytes);
    StartServer([draft](const ReceivedRequest& request) {
      return absl::StrContains(request.head, "/v1/") ? Reply(404, "v1") : draft;
    });
    for (int i = 0; i < 2; ++i) {  // Nothing is remembered.
      absl::StatusOr<AppserviceResponse> response =
          Send(Push(Dialect::kV1, "{\"events\":[]}"));
      EXPECT_EQ(response->http_status, 404);
      EXPECT_EQ(response->body, "v1");
    }
    EXPECT_EQ(RequestLines().size(), 4u);
  }
}

TEST_F(CurlAppserviceClientTest, V1ThatHasWorkedKeepsTheTokenOutOfUrls) {
  StartServer([](const ReceivedRequest& request) {
    return absl::StrContains(request.head, "/v1/transactions/")
               ? Reply(200, "{}")
               : Reply(404, "");
  });
  EXPECT_EQ(Send(Push(Dialect::kV1, "{\"events\":[]}"))->http_status, 200);
  EXPECT_EQ(Send(Query(Dialect::kV1))->http_status, 404);
  EXPECT_EQ(RequestLines().size(), 2u);

  clock_.AdvanceTime(kPathsRememberedFor);
  EXPECT_EQ(Send(Query(Dialect::kV1))->http_status, 404);
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

}  // namespace
}  // namespace causeway::appservice_client
