#include "services/gateway/sync_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/synchronization/notification.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/api_fixture.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSync[] = "causeway.homeserver.v1.Rooms/Sync";
constexpr char kCreateFilter[] = "causeway.homeserver.v1.Accounts/CreateFilter";
constexpr char kGetFilter[] = "causeway.homeserver.v1.Accounts/GetFilter";

class SyncRoutesTest : public ApiFixture {
 protected:
  // Lets Sync hang until ReleaseSyncs().
  void HoldSyncs() {
    peers_.Answer<pb::SyncRequest, pb::SyncResponse>(
        kSync, [this](const pb::SyncRequest&) {
          release_.WaitForNotification();
          return pb::SyncResponse();
        });
  }
  void ReleaseSyncs() { release_.Notify(); }

 private:
  absl::Notification release_;
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
  HoldSyncs();
  const auto client = Connect();
  client->Send(
      "GET /_matrix/client/v3/sync?access_token=person&since=s5&timeout=30000 "
      "HTTP/1.1\r\nHost: h\r\n\r\n");
  peers_.AwaitAsked(kSync);
  server_->StartDraining();
  const RawAnswer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("next_batch":"s5")"));
  EXPECT_EQ(answer.Header("Connection"), "close");
  ReleaseSyncs();
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
