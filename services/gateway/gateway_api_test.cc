#include "services/gateway/gateway_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "causeway/push/v1/push.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/gateway/route.h"

namespace causeway::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class GatewayApiTest : public ApiFixture {
 protected:
  GatewayApiTest()
      : ApiFixture({.registration = {},
                    .signs_of_life = {.interval = absl::Milliseconds(10)}}) {}

  // A path that takes the route.
  static std::string Path(const Route& route) {
    const std::string version =
        route.pattern.versions.empty() ? "" : route.pattern.versions.front();
    return absl::StrReplaceAll(route.pattern.pattern,
                               {{"{version}", version},
                                {"{room_id}", "!room:hs.test"},
                                {"{room_id_or_alias}", "!room:hs.test"},
                                {"{room_alias}", "%23alias:hs.test"},
                                {"{user_id}", "@alice:hs.test"},
                                {"{event_type}", "m.room.message"},
                                {"{event_id}", "$event"},
                                {"{txn_id}", "1"},
                                {"{filter_id}", "1"},
                                {"{network_id}", "network"},
                                {"{device_id}", "DEV"},
                                {"{field}", "m.tz"},
                                {"{server_name}", "hs.test"},
                                {"{media_id}", "M"},
                                {"{file_name}", "a.png"},
                                {"{receipt_type}", "m.read"},
                                {"{tag}", "m.favourite"},
                                {"{scope}", "global"},
                                {"{kind}", "override"},
                                {"{rule_id}", "own"},
                                {"{attribute}", "enabled"},
                                {"{type}", "m.direct"},
                                {"{appservice_id}", "irc"},
                                {"{protocol}", "irc"},
                                {"{protocol?}", "irc"},
                                {"{state_key?}", "key"}});
  }
};

TEST_F(GatewayApiTest, EveryRouteIsReached) {
  // An answer that has an event in it, of which there is always one.
  homeserver::v1::GetEventContextResponse context;
  context.set_event_json("{}");
  peers_.Answer(absl::StrCat(kRooms, "GetEventContext"), context);
  for (const Route& route : api_.routes()) {
    const std::string path = Path(route);
    SCOPED_TRACE(absl::StrCat(route.pattern.method, " ", path));
    EXPECT_THAT(path, Not(HasSubstr("{")));
    const ApiAnswer answer = Call(route.pattern.method, path, "{}", "person");
    // Which is what 404 and 405 say where there is no route.
    EXPECT_THAT(answer.raw.body, Not(HasSubstr("M_UNRECOGNIZED")));
    EXPECT_TRUE(answer.body.is_object() || answer.body.is_array() ||
                answer.raw.body.empty());
  }
}

TEST_F(GatewayApiTest, RoutesThatNeedATokenSayItIsMissing) {
  for (const Route& route : api_.routes()) {
    if (route.auth != RouteAuth::kRequired) continue;
    const std::string path = Path(route);
    SCOPED_TRACE(absl::StrCat(route.pattern.method, " ", path));
    const ApiAnswer answer = Call(route.pattern.method, path, "{}");
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body["errcode"], "M_MISSING_TOKEN");
  }
}

TEST_F(GatewayApiTest, BrowsersMayAskEveryRoute) {
  for (const Route& route : api_.routes()) {
    SCOPED_TRACE(route.pattern.pattern);
    const ApiAnswer answer = Call("OPTIONS", Path(route));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.raw.Header("Access-Control-Allow-Headers"),
              "X-Requested-With, Content-Type, Authorization");
  }
}

TEST_F(GatewayApiTest, UnknownRouteIsUnrecognized) {
  const ApiAnswer answer =
      Call("GET", "/_matrix/client/v3/no%20such?access_token=secret");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body["errcode"], "M_UNRECOGNIZED");
  EXPECT_THAT(answer.raw.body, HasSubstr("/no%20such"));
  EXPECT_THAT(answer.raw.body, Not(HasSubstr("secret")));
}

TEST_F(GatewayApiTest, WrongMethodIsUnrecognizedAndNamesTheRightOnes) {
  const ApiAnswer answer = Call("DELETE", "/_matrix/client/v3/login");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.body["errcode"], "M_UNRECOGNIZED");
  EXPECT_EQ(answer.raw.Header("Allow"), "GET, HEAD, OPTIONS, POST");
}

TEST_F(GatewayApiTest, HeadIsGetWithoutBody) {
  const ApiAnswer answer = Call("HEAD", "/_matrix/client/versions");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.raw.body, IsEmpty());
}

TEST_F(GatewayApiTest, WhatIsWrongWithUsIsNotTold) {
  peers_.Fail(absl::StrCat(kAccounts, "WhoAmI"),
              absl::UnavailableError("no connection to 10.0.0.1"));
  const ApiAnswer away =
      Call("GET", "/_matrix/client/v3/account/whoami", "", "person");
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.body["errcode"], "M_UNKNOWN");
  EXPECT_THAT(away.raw.body, Not(HasSubstr("10.0.0.1")));

  peers_.Fail(absl::StrCat(kAccounts, "WhoAmI"),
              absl::InternalError("SELECT failed"));
  const ApiAnswer broken =
      Call("GET", "/_matrix/client/v3/account/whoami", "", "person");
  EXPECT_EQ(broken.status, 500);
  EXPECT_THAT(broken.raw.body, Not(HasSubstr("SELECT")));
}

TEST_F(GatewayApiTest, RequestIdGoesAlong) {
  const auto client = Connect();
  client->Send(
      "GET /_matrix/client/v3/joined_rooms?access_token=person HTTP/1.1\r\n"
      "Host: h\r\nX-Request-ID: trace-me\r\n\r\n");
  EXPECT_EQ(client->ReadAnswer().Header("X-Request-ID"), "trace-me");
  EXPECT_EQ(peers_.last_request_id(), "trace-me");
}

TEST_F(GatewayApiTest, TraceGoesAlongAsTheRequestId) {
  const std::string traceparent =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto client = Connect();
  client->Send(absl::StrCat(
      "GET /_matrix/client/v3/joined_rooms?access_token=person HTTP/1.1\r\n"
      "Host: h\r\nX-Request-ID: a-1\r\ntraceparent: ",
      traceparent, "\r\n\r\n"));
  EXPECT_EQ(client->ReadAnswer().Header("X-Request-ID"), traceparent);
  EXPECT_EQ(peers_.last_request_id(), traceparent);
}

TEST_F(GatewayApiTest, AnAppservicesRequestsAreASignOfLife) {
  const std::string report = absl::StrCat(kPush, "ReportSignsOfLife");
  Call("GET", "/_matrix/client/v3/account/whoami", "", "person");
  Call("GET", "/_matrix/client/v3/account/whoami", "", "as_irc");
  peers_.AwaitAsked(report);
  const auto reports =
      peers_.Requests<push::v1::ReportSignsOfLifeRequest>(report);
  EXPECT_THAT(reports[0].heard_uids(), ElementsAre("1"));
  EXPECT_THAT(reports[0].pinged_uids(), IsEmpty());
}

TEST_F(GatewayApiTest, VersionsNameTheSpecificationsReleases) {
  const ApiAnswer answer = Call("GET", "/_matrix/client/versions");
  EXPECT_THAT(answer.raw.body, HasSubstr("\"r0.6.1\""));
  EXPECT_THAT(answer.raw.body, HasSubstr("\"v1.1\""));
  // Which would promise threads.
  EXPECT_THAT(answer.raw.body, Not(HasSubstr("\"v1.4\"")));
  EXPECT_EQ(answer.body["unstable_features"]["org.matrix.msc2285.stable"],
            true);
}

}  // namespace
}  // namespace causeway::gateway
