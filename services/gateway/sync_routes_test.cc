#include "services/gateway/sync_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/gateway/http/http_message.h"
#include "services/gateway/http/request_target.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSync[] = "causeway.homeserver.v1.Rooms/Sync";
constexpr char kSyncMany[] = "causeway.homeserver.v1.Rooms/SyncMany";
constexpr char kCreateFilter[] = "causeway.homeserver.v1.Accounts/CreateFilter";
constexpr char kGetFilter[] = "causeway.homeserver.v1.Accounts/GetFilter";

class SyncRoutesTest : public ApiFixture {
 protected:
  // Lets syncs hang until ReleaseSyncs().
  void HoldSyncs() {
    peers_.Answer<pb::SyncRequest, pb::SyncResponse>(
        kSync, [release = release_](const pb::SyncRequest&) {
          release->WaitForNotification();
          return pb::SyncResponse();
        });
    peers_.Answer<pb::SyncManyRequest, pb::SyncManyResponse>(
        kSyncMany, [release = release_](const pb::SyncManyRequest&) {
          release->WaitForNotification();
          return pb::SyncManyResponse();
        });
  }
  // A client whose long poll, from s5 on, has come to the homeserver and hangs.
  std::unique_ptr<RawHttpClient> ConnectAndWait() {
    HoldSyncs();
    std::unique_ptr<RawHttpClient> client = Connect();
    client->Send(
        "GET "
        "/_matrix/client/v3/sync?access_token=person&since=s5&timeout=30000 "
        "HTTP/1.1\r\nHost: h\r\n\r\n");
    peers_.AwaitAsked(kSyncMany);
    return client;
  }
  // What those that wait are answered.
  void AnswerSyncMany(
      std::function<void(const pb::SyncManyRequest&, pb::SyncManyResponse&)>
          answer) {
    peers_.Answer<pb::SyncManyRequest, pb::SyncManyResponse>(
        kSyncMany,
        [answer = std::move(answer)](const pb::SyncManyRequest& request) {
          pb::SyncManyResponse response;
          response.set_sync_id(request.sync_id());
          answer(request, response);
          return response;
        });
  }
  void ReleaseSyncs() { release_->Notify(); }

 private:
  // Shared with the answers, which may end after the test does.
  const std::shared_ptr<absl::Notification> release_ =
      std::make_shared<absl::Notification>();
};

TEST_F(SyncRoutesTest, PassesWhatWasAskedOn) {
  pb::SyncResponse response;
  response.set_next_batch("s2");
  peers_.Answer(kSync, response);
  const ApiAnswer answer = Call("GET",
                                "/_matrix/client/v3/"
                                "sync?since=s1&timeout=30000&full_state=true&"
                                "filter=4&set_presence=offline&"
                                "_cacheBuster=1",
                                "", "person");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["next_batch"], "s2");
  const auto asked = peers_.Requests<pb::SyncRequest>(kSync);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].since(), "s1");
  EXPECT_EQ(asked[0].timeout_ms(), 30000);
  EXPECT_EQ(asked[0].filter(), "4");
  EXPECT_TRUE(asked[0].full_state());
  EXPECT_EQ(asked[0].set_presence(), "offline");
  EXPECT_EQ(asked[0].principal().user().device_id(), "DEV");
}

TEST_F(SyncRoutesTest, ThoseThatWaitShareAStream) {
  AnswerSyncMany([](const pb::SyncManyRequest& request,
                    pb::SyncManyResponse& response) {
    response.mutable_response()->set_next_batch(request.sync().since() + "+");
  });
  for (const char* since : {"s1", "s2"}) {
    const ApiAnswer answer = Call(
        "GET",
        absl::StrCat("/_matrix/client/v3/sync?timeout=30000&since=", since), "",
        "person");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body["next_batch"], absl::StrCat(since, "+"));
  }
  const auto asked = peers_.Requests<pb::SyncManyRequest>(kSyncMany);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[1].sync().since(), "s2");
  EXPECT_EQ(asked[1].sync().timeout_ms(), 30000);
  EXPECT_EQ(asked[1].sync().principal().user().device_id(), "DEV");
  EXPECT_NE(asked[1].request_id(), "");
  EXPECT_GT(asked[1].deadline_ms(), 0);
  EXPECT_NE(asked[0].sync_id(), asked[1].sync_id());
  EXPECT_THAT(peers_.Requests<pb::SyncRequest>(kSync), IsEmpty());
}

TEST_F(SyncRoutesTest, WhoWaitsIsToldWhatFailed) {
  AnswerSyncMany(
      [](const pb::SyncManyRequest&, pb::SyncManyResponse& response) {
        const grpc::Status error =
            server::ToGrpcStatus(matrix::InvalidParam("since", "is no token"));
        response.mutable_failure()->set_code(error.error_code());
        response.mutable_failure()->set_message(error.error_message());
        response.mutable_failure()->set_details(error.error_details());
      });
  const ApiAnswer answer = Call(
      "GET", "/_matrix/client/v3/sync?timeout=30000&since=x", "", "person");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["errcode"], "M_INVALID_PARAM");
}

TEST_F(SyncRoutesTest, AStreamThatEndsIsOpenedAnew) {
  constexpr char kPath[] = "/_matrix/client/v3/sync?timeout=30000&since=s1";
  peers_.Fail(kSyncMany, absl::UnavailableError("stopping"));
  EXPECT_EQ(Call("GET", kPath, "", "person").status, 503);
  AnswerSyncMany(
      [](const pb::SyncManyRequest&, pb::SyncManyResponse& response) {
        response.mutable_response()->set_next_batch("s2");
      });
  EXPECT_EQ(Call("GET", kPath, "", "person").body["next_batch"], "s2");
}

TEST_F(SyncRoutesTest, TakesAnInlineFilter) {
  constexpr char kFilter[] = "%7B%22room%22%3A%7B%7D%7D";
  EXPECT_EQ(
      Call("GET", std::string("/_matrix/client/v3/sync?filter=") + kFilter, "",
           "person")
          .status,
      200);
  const auto asked = peers_.Requests<pb::SyncRequest>(kSync);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].filter(), R"({"room":{}})");
}

TEST_F(SyncRoutesTest, BadParametersAreNamed) {
  for (const auto& [query, errcode, culprit] :
       {std::tuple("timeout=soon", "M_INVALID_PARAM", "timeout"),
        std::tuple("timeout=-1", "M_INVALID_PARAM", "timeout"),
        std::tuple("full_state=1", "M_INVALID_PARAM", "full_state"),
        std::tuple("filter=%7B", "M_NOT_JSON", "")}) {
    SCOPED_TRACE(query);
    const ApiAnswer answer = Call(
        "GET", std::string("/_matrix/client/v3/sync?") + query, "", "person");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body["errcode"], errcode);
    EXPECT_THAT(answer.raw.body, HasSubstr(culprit));
  }
  EXPECT_THAT(peers_.Requests<pb::SyncRequest>(kSync), IsEmpty());
}

TEST_F(SyncRoutesTest, LongPollAnswersEarlyWhenTheProcessDrains) {
  const auto client = ConnectAndWait();
  server_->StartDraining();
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("next_batch":"s5")"));
  EXPECT_EQ(answer.Header("Connection"), "close");
  ReleaseSyncs();
}

// Goal: nothing waits on for a client that has hung up.
TEST_F(SyncRoutesTest, TheHomeserverIsToldWhoWaitsNoLonger) {
  const auto client = ConnectAndWait();
  client->EndSending();
  EXPECT_THAT(client->ReadAnswer().body, HasSubstr(R"("next_batch":"s5")"));
  ReleaseSyncs();  // The fake reads on.
  peers_.AwaitAsked(kSyncMany, 2);
  const auto asked = peers_.Requests<pb::SyncManyRequest>(kSyncMany);
  EXPECT_FALSE(asked[0].give_up());
  EXPECT_TRUE(asked[1].give_up());
  EXPECT_EQ(asked[1].sync_id(), asked[0].sync_id());
}

// Goal: who hangs up before the wait begins, during authentication say, is
// answered as well. Method: a request whose token has stopped already.
TEST_F(SyncRoutesTest, DoesNotWaitForAClientThatIsGoneAlready) {
  std::stop_source gone;
  gone.request_stop();
  HttpRequest request;
  request.method = "GET";
  request.parsed = ParseRequestTarget(
                       "/_matrix/client/v3/"
                       "sync?access_token=person&since=s5&timeout=30000")
                       .value();
  request.deadline = clock_.Now() + absl::Minutes(1);
  request.stop_waiting = gone.get_token();
  boost::asio::io_context threads;
  std::future<HttpResponse> answer = boost::asio::co_spawn(
      threads, api_.Handle(std::move(request)), boost::asio::use_future);
  threads.run();
  EXPECT_THAT(answer.get().body, HasSubstr(R"("next_batch":"s5")"));
  EXPECT_THAT(peers_.Requests<pb::SyncManyRequest>(kSyncMany), IsEmpty());
}

TEST_F(SyncRoutesTest, FirstSyncThatIsCutShortIsAnError) {
  HoldSyncs();
  const auto client = Connect();
  client->Send(
      "GET /_matrix/client/v3/sync?access_token=person HTTP/1.1\r\n"
      "Host: h\r\n\r\n");
  peers_.AwaitAsked(kSync);
  server_->StartDraining();
  EXPECT_EQ(client->ReadAnswer().status, 503);
  ReleaseSyncs();
}

TEST_F(SyncRoutesTest, InitialSyncIsAFirstSync) {
  pb::SyncResponse response;
  response.set_next_batch("s2");
  peers_.Answer(kSync, response);
  const ApiAnswer answer =
      Call("GET", "/_matrix/client/r0/initialSync?limit=3&archived=true", "",
           "person");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["end"], "s2");
  const auto asked = peers_.Requests<pb::SyncRequest>(kSync);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].since(), "");
  EXPECT_EQ(asked[0].filter(),
            R"({"room":{"timeline":{"limit":3},"include_leave":true}})");
}

TEST_F(SyncRoutesTest, EventsAreListenedTo) {
  constexpr char kListen[] = "causeway.homeserver.v1.Updates/ListenEvents";
  pb::ListenEventsResponse response;
  response.set_start("s1");
  response.set_end("s2");
  response.add_event_jsons("{}");
  peers_.Answer(kListen, response);
  EXPECT_EQ(Call("GET",
                 "/_matrix/client/r0/"
                 "events?from=s1&timeout=5000&room_id=%21r%3Ahs.test",
                 "", "person")
                .raw.body,
            R"({"start":"s1","end":"s2","chunk":[{}]})");
  const auto asked = peers_.Requests<pb::ListenEventsRequest>(kListen);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].from(), "s1");
  EXPECT_EQ(asked[0].timeout_ms(), 5000);
  EXPECT_EQ(asked[0].room_id(), "!r:hs.test");
}

TEST_F(SyncRoutesTest, KeepsAndGivesFilters) {
  pb::CreateFilterResponse created;
  created.set_filter_id("4");
  peers_.Answer(kCreateFilter, created);
  const ApiAnswer create =
      Call("POST", "/_matrix/client/v3/user/@alice:hs.test/filter",
           R"({"room": {"timeline": {"limit": 8}}})", "person");
  EXPECT_EQ(create.raw.body, R"({"filter_id":"4"})");
  const auto asked = peers_.Requests<pb::CreateFilterRequest>(kCreateFilter);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].user_id(), "@alice:hs.test");
  EXPECT_EQ(asked[0].filter_json(), R"({"room": {"timeline": {"limit": 8}}})");

  pb::GetFilterResponse filter;
  filter.set_filter_json(R"({"room": {}})");
  peers_.Answer(kGetFilter, filter);
  EXPECT_EQ(Call("GET", "/_matrix/client/v3/user/@alice:hs.test/filter/4", "",
                 "person")
                .raw.body,
            R"({"room": {}})");
}

}  // namespace
}  // namespace causeway::gateway
