#include "services/gateway/ping_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "causeway/push/v1/push.pb.h"
#include "causeway/query/v1/query.pb.h"
#include "services/gateway/api_fixture.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::query::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPing[] = "causeway.query.v1.QueryProxy/Ping";
constexpr char kReport[] = "causeway.push.v1.PushDispatcher/ReportSignsOfLife";
constexpr char kPath[] = "/_matrix/client/v1/appservice/irc/ping";

class PingRoutesTest : public ApiFixture {
 protected:
  PingRoutesTest()
      : ApiFixture({.registration = {},
                    .signs_of_life = {.interval = absl::Milliseconds(10)}}) {}

  // What a client sees of `response`.
  ApiAnswer Told(const pb::PingResponse& response) {
    peers_.Answer(kPing, response);
    return Call("POST", kPath, "{}", "as_irc");
  }
};

TEST_F(PingRoutesTest, TellsHowLongItTookAndWakesTheQueue) {
  pb::PingResponse response;
  response.set_result(pb::PingResponse::ANSWERED);
  response.set_duration_ms(17);
  peers_.Answer(kPing, response);
  const ApiAnswer answer =
      Call("POST", kPath, R"({"transaction_id":"t"})", "as_irc");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.raw.body, R"({"duration_ms":17})");
  const auto asked = peers_.Requests<pb::PingRequest>(kPing);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].appservice_id(), "irc");
  EXPECT_EQ(asked[0].transaction_id(), "t");
  EXPECT_EQ(asked[0].min_registry_revision(), 7);
  // That it was heard of may have been told before.
  bool is_pinged = false;
  while (!is_pinged) {
    peers_.AwaitAsked(kReport);
    for (const auto& report :
         peers_.Requests<push::v1::ReportSignsOfLifeRequest>(kReport)) {
      is_pinged |=
          report.pinged_uids_size() == 1 && report.pinged_uids(0) == "1";
    }
  }
}

TEST_F(PingRoutesTest, BodyMayBeMissing) {
  pb::PingResponse response;
  response.set_result(pb::PingResponse::ANSWERED);
  peers_.Answer(kPing, response);
  EXPECT_EQ(Call("POST", kPath, "", "as_irc").status, 200);
  EXPECT_EQ(Call("POST", kPath, R"({"transaction_id":7})", "as_irc").status,
            400);
}

TEST_F(PingRoutesTest, BadStatusIsShownWithItsBody) {
  pb::PingResponse response;
  response.set_result(pb::PingResponse::BAD_STATUS);
  response.set_http_status(418);
  response.set_body("tea\xffpot");
  const ApiAnswer answer = Told(response);
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.body["errcode"], "M_BAD_STATUS");
  EXPECT_EQ(answer.body["status"], 418);
  EXPECT_EQ(answer.body["body"], "tea\xef\xbf\xbdpot");
  EXPECT_FALSE(answer.body["error"].get<std::string>().empty());
}

TEST_F(PingRoutesTest, OtherFailuresHaveTheirNames) {
  pb::PingResponse response;
  response.set_result(pb::PingResponse::URL_NOT_SET);
  ApiAnswer answer = Told(response);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["errcode"], "M_URL_NOT_SET");
  response.set_result(pb::PingResponse::CONNECTION_FAILED);
  response.set_error("refused");
  answer = Told(response);
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.body["errcode"], "M_CONNECTION_FAILED");
  EXPECT_EQ(answer.body["error"], "refused");
  response.set_result(pb::PingResponse::CONNECTION_TIMEOUT);
  answer = Told(response);
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.body["errcode"], "M_CONNECTION_TIMEOUT");
}

TEST_F(PingRoutesTest, OnlyOneselfCanBePinged) {
  EXPECT_EQ(Call("POST", kPath, "{}", "person").body["errcode"], "M_FORBIDDEN");
  const ApiAnswer other =
      Call("POST", "/_matrix/client/v1/appservice/xmpp/ping", "{}", "as_irc");
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(other.body["errcode"], "M_FORBIDDEN");
  EXPECT_EQ(Call("POST", kPath, "{}").status, 401);
  EXPECT_THAT(peers_.Requests<pb::PingRequest>(kPing), IsEmpty());
}

}  // namespace
}  // namespace causeway::gateway
