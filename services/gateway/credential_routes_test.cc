#include "services/gateway/credential_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "causeway/homeserver/v1/credentials.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kService[] = "causeway.homeserver.v1.Credentials/";

class CredentialRoutesTest : public ApiFixture {
 protected:
  template <typename Response>
  void AnswerProof(const char* method, pb::ProofResult result) {
    Response response;
    response.set_proof(result);
    peers_.Answer(std::string(kService) + method, response);
  }
};

TEST_F(CredentialRoutesTest, PasswordIsChangedInTwoRounds) {
  constexpr char kPath[] = "/_matrix/client/v3/account/password";
  AnswerProof<pb::ChangePasswordResponse>("ChangePassword", pb::PROOF_MISSING);
  const ApiAnswer first = Call("POST", kPath, "", "person");
  EXPECT_EQ(first.status, 401);
  EXPECT_EQ(first.body["flows"].dump(), R"([{"stages":["m.login.password"]}])");
  EXPECT_FALSE(first.body.contains("errcode"));

  AnswerProof<pb::ChangePasswordResponse>("ChangePassword", pb::PROOF_WRONG);
  constexpr char kBody[] =
      R"({"new_password": "new", "logout_devices": false,
          "auth": {"type": "m.login.password", "user": "alice",
                   "password": "secret", "session": "s"}})";
  const ApiAnswer wrong = Call("POST", kPath, kBody, "person");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body["errcode"], "M_FORBIDDEN");
  EXPECT_TRUE(wrong.body.contains("flows"));

  AnswerProof<pb::ChangePasswordResponse>("ChangePassword", pb::PROOF_ACCEPTED);
  const ApiAnswer done = Call("POST", kPath, kBody, "person");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.raw.body, "{}");
  const auto asked = peers_.Requests<pb::ChangePasswordRequest>(
      std::string(kService) + "ChangePassword");
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_FALSE(asked[0].has_proof());
  EXPECT_FALSE(asked[0].keep_devices());
  EXPECT_EQ(asked[2].proof().user(), "alice");
  EXPECT_EQ(asked[2].proof().password(), "secret");
  EXPECT_EQ(asked[2].new_password(), "new");
  EXPECT_TRUE(asked[2].keep_devices());
  EXPECT_EQ(asked[2].principal().user().user_id(), "@alice:hs.test");
}

TEST_F(CredentialRoutesTest, PasswordNeedsToBeGivenWithTheProof) {
  EXPECT_EQ(Call("POST", "/_matrix/client/v3/account/password",
                 R"({"auth": {"type": "m.login.password", "user": "alice",
                              "password": "secret"}})",
                 "person")
                .body["errcode"],
            "M_MISSING_PARAM");
}

TEST_F(CredentialRoutesTest, Deactivates) {
  AnswerProof<pb::DeactivateUserResponse>("DeactivateUser", pb::PROOF_ACCEPTED);
  const ApiAnswer answer =
      Call("POST",
           "/_matrix/client/v3/account/deactivate?user_id=%40irc_bob%3Ahs.test",
           R"({"erase": true})", "as_irc");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["id_server_unbind_result"], "no-support");
  const auto asked = peers_.Requests<pb::DeactivateUserRequest>(
      std::string(kService) + "DeactivateUser");
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].principal().appservice().user_id(), "@irc_bob:hs.test");
}

TEST_F(CredentialRoutesTest, ShowsDevices) {
  pb::Device device;
  device.set_device_id("D");
  peers_.Answer(std::string(kService) + "GetDevice", device);
  EXPECT_EQ(Call("GET", "/_matrix/client/v3/devices/D", "", "person").raw.body,
            R"({"device_id":"D"})");
  pb::ListDevicesResponse list;
  *list.add_devices() = device;
  device.set_device_id("E");
  device.set_display_name("a \"phone\"");
  *list.add_devices() = device;
  peers_.Answer(std::string(kService) + "ListDevices", list);
  EXPECT_EQ(
      Call("GET", "/_matrix/client/v3/devices", "", "person").raw.body,
      R"({"devices":[{"device_id":"D"},{"device_id":"E","display_name":"a \"phone\""}]})");
}

TEST_F(CredentialRoutesTest, NamesAndCreatesDevices) {
  EXPECT_EQ(Call("PUT", "/_matrix/client/v3/devices/a%2Fb",
                 R"({"display_name": "phone"})", "person")
                .status,
            200);
  pb::PutDeviceResponse created;
  created.set_created(true);
  peers_.Answer(std::string(kService) + "PutDevice", created);
  EXPECT_EQ(Call("PUT", "/_matrix/client/v3/devices/X", "{}", "as_irc").status,
            201);
  const auto asked = peers_.Requests<pb::PutDeviceRequest>(
      std::string(kService) + "PutDevice");
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].device().device_id(), "a/b");
  EXPECT_EQ(asked[0].device().display_name(), "phone");
  EXPECT_TRUE(asked[0].has_display_name());
  EXPECT_FALSE(asked[1].has_display_name());
}

TEST_F(CredentialRoutesTest, DeletesOneDeviceOrSeveral) {
  AnswerProof<pb::DeleteDevicesResponse>("DeleteDevices", pb::PROOF_MISSING);
  EXPECT_EQ(Call("DELETE", "/_matrix/client/v3/devices/D", "", "person").status,
            401);
  AnswerProof<pb::DeleteDevicesResponse>("DeleteDevices", pb::PROOF_ACCEPTED);
  EXPECT_EQ(Call("POST", "/_matrix/client/v3/delete_devices",
                 R"({"devices": ["D", "E"],
                     "auth": {"type": "m.login.password", "password": "x",
                              "identifier": {"type": "m.id.user",
                                             "user": "alice"}}})",
                 "person")
                .status,
            200);
  const auto asked = peers_.Requests<pb::DeleteDevicesRequest>(
      std::string(kService) + "DeleteDevices");
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_THAT(asked[0].device_ids(), ElementsAre("D"));
  EXPECT_THAT(asked[1].device_ids(), ElementsAre("D", "E"));
  EXPECT_EQ(asked[1].proof().user(), "alice");
}

TEST_F(CredentialRoutesTest, NamesWhatIsWrong) {
  for (const char* body : {R"({"devices": [1]})", R"({"devices": {}})"}) {
    SCOPED_TRACE(body);
    EXPECT_EQ(Call("POST", "/_matrix/client/v3/delete_devices", body, "person")
                  .body["errcode"],
              "M_BAD_JSON");
  }
  EXPECT_EQ(Call("POST", "/_matrix/client/v3/delete_devices", "{}", "person")
                .body["errcode"],
            "M_MISSING_PARAM");
  EXPECT_THAT(peers_.Requests<pb::DeleteDevicesRequest>(std::string(kService) +
                                                        "DeleteDevices"),
              IsEmpty());
}

TEST_F(CredentialRoutesTest, NobodyIsRefused) {
  for (const char* path :
       {"account/password", "account/deactivate", "delete_devices"}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(Call("POST", std::string("/_matrix/client/v3/") + path, "{}")
                  .body["errcode"],
              "M_MISSING_TOKEN");
  }
}

}  // namespace
}  // namespace causeway::gateway
