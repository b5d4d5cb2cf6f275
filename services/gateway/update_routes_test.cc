#include "services/gateway/update_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kUpdates[] = "causeway.homeserver.v1.Updates/";
constexpr char kUser[] = "/_matrix/client/v3/user/%40alice%3Ahs.test";
constexpr char kRoom[] = "/rooms/%21r%3Ahs.test";
constexpr char kClient[] = "/_matrix/client/v3";

class UpdateRoutesTest : public ApiFixture {
 protected:
  // The one request that `method` got.
  template <typename Request>
  Request Asked(const char* method) {
    const auto asked = peers_.Requests<Request>(absl::StrCat(kUpdates, method));
    EXPECT_THAT(asked, SizeIs(1));
    return asked.empty() ? Request() : asked[0];
  }
  void ExpectDone(const char* method, const std::string& target,
                  const std::string& body) {
    const ApiAnswer answer = Call(method, target, body, "person");
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    EXPECT_EQ(answer.raw.body, "{}");
  }
};

TEST_F(UpdateRoutesTest, AccountDataGoesThereAsItIsAndBack) {
  ExpectDone("PUT", absl::StrCat(kUser, "/account_data/m.direct"),
             R"({"a": 1})");
  const auto set = Asked<pb::SetAccountDataRequest>("SetAccountData");
  EXPECT_EQ(set.user_id(), "@alice:hs.test");
  EXPECT_EQ(set.room_id(), "");
  EXPECT_EQ(set.type(), "m.direct");
  EXPECT_EQ(set.content_json(), R"({"a": 1})");
  EXPECT_EQ(set.principal().user().user_id(), "@alice:hs.test");

  pb::GetAccountDataResponse kept;
  kept.set_content_json(R"({"b": 2})");
  peers_.Answer(absl::StrCat(kUpdates, "GetAccountData"), kept);
  EXPECT_EQ(
      Call("GET", absl::StrCat(kUser, kRoom, "/account_data/x"), "", "person")
          .raw.body,
      R"({"b": 2})");
  const auto get = Asked<pb::GetAccountDataRequest>("GetAccountData");
  EXPECT_EQ(get.room_id(), "!r:hs.test");
  EXPECT_EQ(get.type(), "x");
}

TEST_F(UpdateRoutesTest, WhatTheServerWritesIsRefusedWith405) {
  peers_.Fail(absl::StrCat(kUpdates, "SetAccountData"),
              matrix::MakeError(absl::StatusCode::kUnimplemented, "M_BAD_JSON",
                                "by the server"));
  const ApiAnswer answer = Call(
      "PUT", absl::StrCat(kUser, "/account_data/m.push_rules"), "{}", "person");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.body["errcode"], "M_BAD_JSON");
}

TEST_F(UpdateRoutesTest, TagsAreSetDeletedAndListed) {
  const std::string tags = absl::StrCat(kUser, kRoom, "/tags");
  peers_.Fail(absl::StrCat(kUpdates, "GetAccountData"),
              matrix::NotFound("account data"));
  EXPECT_EQ(Call("GET", tags, "", "person").raw.body, R"({"tags":{}})");
  EXPECT_EQ(Asked<pb::GetAccountDataRequest>("GetAccountData").type(), "m.tag");
  ExpectDone("PUT", tags + "/u.work", R"({"order":0.5})");
  ExpectDone("DELETE", tags + "/u.work", "");
  const auto set =
      peers_.Requests<pb::SetTagRequest>(absl::StrCat(kUpdates, "SetTag"));
  ASSERT_THAT(set, SizeIs(2));
  EXPECT_EQ(set[0].tag(), "u.work");
  EXPECT_EQ(set[0].content_json(), R"({"order":0.5})");
  EXPECT_EQ(set[1].content_json(), "");
}

TEST_F(UpdateRoutesTest, TypingAndReceiptsArePassedOn) {
  const std::string room = absl::StrCat(kClient, kRoom);
  ExpectDone("PUT", room + "/typing/@alice:hs.test",
             R"({"typing":true,"timeout":3000})");
  const auto typing = Asked<pb::SetTypingRequest>("SetTyping");
  EXPECT_TRUE(typing.typing());
  EXPECT_EQ(typing.timeout_ms(), 3000);
  EXPECT_EQ(typing.user_id(), "@alice:hs.test");
  EXPECT_EQ(typing.room_id(), "!r:hs.test");

  ExpectDone("POST", room + "/receipt/m.read/%24e", "");
  const auto read = Asked<pb::SendReceiptsRequest>("SendReceipts");
  ASSERT_EQ(read.receipts_size(), 1);
  EXPECT_EQ(read.receipts(0).type(), "m.read");
  EXPECT_EQ(read.receipts(0).event_id(), "$e");

  ExpectDone("POST", room + "/read_markers",
             R"({"m.fully_read":"$f","m.read.private":"$p"})");
  const auto markers = peers_.Requests<pb::SendReceiptsRequest>(
      absl::StrCat(kUpdates, "SendReceipts"));
  ASSERT_THAT(markers, SizeIs(2));
  ASSERT_EQ(markers[1].receipts_size(), 2);
  EXPECT_EQ(markers[1].receipts(0).type(), "m.fully_read");
  EXPECT_EQ(markers[1].receipts(1).event_id(), "$p");
}

TEST_F(UpdateRoutesTest, PresenceIsSetAndShown) {
  const std::string status =
      absl::StrCat(kClient, "/presence/@alice:hs.test/status");
  ExpectDone("PUT", status, R"({"presence":"online","status_msg":"hi"})");
  EXPECT_EQ(Asked<pb::SetPresenceRequest>("SetPresence").status_msg(), "hi");
  pb::GetPresenceResponse presence;
  presence.set_presence("unavailable");
  presence.set_has_last_active_ago(true);
  presence.set_last_active_ago_ms(5);
  peers_.Answer(absl::StrCat(kUpdates, "GetPresence"), presence);
  EXPECT_EQ(Call("GET", status, "", "person").raw.body,
            R"({"presence":"unavailable","last_active_ago":5,)"
            R"("currently_active":false})");
}

TEST_F(UpdateRoutesTest, MessagesToDevicesAreTakenApart) {
  ExpectDone("PUT", absl::StrCat(kClient, "/sendToDevice/m.x/t1"),
             R"({"messages":{"@b:hs.test":{"*":{"k":1},"DEV":{}}}})");
  const auto sent = Asked<pb::SendToDeviceRequest>("SendToDevice");
  EXPECT_EQ(sent.type(), "m.x");
  EXPECT_EQ(sent.txn_id(), "t1");
  ASSERT_EQ(sent.messages_size(), 2);
  EXPECT_EQ(sent.messages(0).user_id(), "@b:hs.test");
  EXPECT_EQ(sent.messages(0).device_id(), "*");
  EXPECT_EQ(sent.messages(0).content_json(), R"({"k":1})");
}

TEST_F(UpdateRoutesTest, BadBodiesAreNamed) {
  const std::string room = absl::StrCat(kClient, kRoom);
  for (const auto& [method, target, body, culprit] :
       {std::tuple("PUT", room + "/typing/@alice:hs.test", "{}", "typing"),
        std::tuple("POST", room + "/read_markers", R"({"m.read":1})", "m.read"),
        std::tuple("PUT", std::string(kClient) + "/sendToDevice/m.x/t1",
                   R"({"messages":{"@b:hs.test":{"DEV":1}}})", "messages"),
        std::tuple("PUT", std::string(kClient) + "/presence/@a:hs/status", "{}",
                   "presence")}) {
    SCOPED_TRACE(target);
    const ApiAnswer answer = Call(method, target, body, "person");
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.raw.body, HasSubstr(culprit));
  }
  EXPECT_THAT(peers_.Requests<pb::SetTypingRequest>(
                  absl::StrCat(kUpdates, "SetTyping")),
              IsEmpty());
}

}  // namespace
}  // namespace causeway::gateway
