#include "services/gateway/account_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kRegister[] = "causeway.homeserver.v1.Accounts/RegisterUser";
constexpr char kCheckUsername[] =
    "causeway.homeserver.v1.Accounts/CheckUsername";
constexpr char kLogIn[] = "causeway.homeserver.v1.Accounts/LogIn";
constexpr char kLogOut[] = "causeway.homeserver.v1.Accounts/LogOut";
constexpr char kWhoAmI[] = "causeway.homeserver.v1.Accounts/WhoAmI";
constexpr char kSetProfile[] = "causeway.homeserver.v1.Accounts/SetProfile";

class AccountRoutesTest : public ApiFixture {
 protected:
  AccountRoutesTest() {
    pb::Session session;
    session.set_user_id("@bob:hs.test");
    session.set_access_token("T");
    session.set_device_id("D");
    peers_.Answer(kRegister, session);
    peers_.Answer(kLogIn, session);
  }
};

TEST_F(AccountRoutesTest, PersonRegistersInTwoRounds) {
  const ApiAnswer first = Call("POST", "/_matrix/client/v3/register",
                               R"({"username": "bob", "password": "x"})");
  EXPECT_EQ(first.status, 401);
  EXPECT_EQ(first.body["flows"].dump(), R"([{"stages":["m.login.dummy"]}])");
  EXPECT_FALSE(first.body.contains("errcode"));
  const std::string session = first.body["session"].get<std::string>();
  const ApiAnswer second = Call("POST", "/_matrix/client/v3/register",
                                R"({"username": "bob", "password": "x",
          "auth": {"type": "m.login.dummy", "session": ")" +
                                    session + "\"}}");
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body["access_token"], "T");
  const auto asked = peers_.Requests<pb::RegisterUserRequest>(kRegister);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_FALSE(asked[0].has_principal());
}

// A token of a life before must not keep anybody from registering.
TEST_F(AccountRoutesTest, PersonRegistersWithAStaleToken) {
  const ApiAnswer answer = Call(
      "POST", "/_matrix/client/v3/register",
      R"({"username": "bob", "password": "x", "auth": {"type": "m.login.dummy"}})",
      "stale");
  EXPECT_EQ(answer.status, 200);
}

TEST_F(AccountRoutesTest, AppserviceRegistersItsUser) {
  const ApiAnswer answer =
      Call("POST", "/_matrix/client/v3/register?user_id=%40irc_new%3Ahs.test",
           R"({"type": "m.login.application_service", "username": "irc_new"})",
           "as_irc");
  EXPECT_EQ(answer.status, 200);
  const auto asked = peers_.Requests<pb::RegisterUserRequest>(kRegister);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].principal().appservice().id(), "irc");
  EXPECT_EQ(asked[0].username(), "irc_new");
}

TEST_F(AccountRoutesTest, OnlyAppservicesRegisterAsOne) {
  constexpr char kBody[] =
      R"({"type": "m.login.application_service", "username": "irc_new"})";
  for (const char* path :
       {"/_matrix/client/v3/register", "/_matrix/client/v3/login"}) {
    SCOPED_TRACE(path);
    const std::string body = std::string(path).ends_with("login")
                                 ? R"({"type": "m.login.application_service",
                                       "user": "irc_new"})"
                                 : kBody;
    EXPECT_EQ(Call("POST", path, body).body["errcode"], "M_MISSING_TOKEN");
    EXPECT_EQ(Call("POST", path, body, "stale").body["errcode"],
              "M_UNKNOWN_TOKEN");
    EXPECT_EQ(Call("POST", path, body, "person").body["errcode"],
              "M_FORBIDDEN");
  }
  EXPECT_THAT(peers_.Requests<pb::RegisterUserRequest>(kRegister), IsEmpty());
}

TEST_F(AccountRoutesTest, GuestsAreRefused) {
  EXPECT_EQ(Call("POST", "/_matrix/client/v3/register?kind=guest", "{}").status,
            403);
}

TEST_F(AccountRoutesTest, RefusalsOfTheHomeserverAreTold) {
  peers_.Fail(kRegister, matrix::UserInUse("@bob:hs.test"));
  const ApiAnswer answer = Call(
      "POST", "/_matrix/client/r0/register",
      R"({"username": "bob", "password": "x", "auth": {"type": "m.login.dummy"}})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["errcode"], "M_USER_IN_USE");
}

TEST_F(AccountRoutesTest, TellsWhichNamesAreFree) {
  constexpr char kPath[] = "/_matrix/client/v3/register/available?username=bob";
  EXPECT_EQ(Call("GET", kPath).raw.body, R"({"available":true})");
  peers_.Fail(kCheckUsername, matrix::UserInUse("@bob:hs.test"));
  const ApiAnswer taken = Call("GET", kPath, "", "stale");
  EXPECT_EQ(taken.status, 400);
  EXPECT_EQ(taken.body["errcode"], "M_USER_IN_USE");
  const auto asked = peers_.Requests<pb::CheckUsernameRequest>(kCheckUsername);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].username(), "bob");
}

TEST_F(AccountRoutesTest, LogsIn) {
  EXPECT_EQ(Call("GET", "/_matrix/client/v3/login").body["flows"].size(), 2u);
  const ApiAnswer answer = Call("POST", "/_matrix/client/v3/login",
                                R"({"type": "m.login.password", "password": "x",
          "identifier": {"type": "m.id.user", "user": "bob"}})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["user_id"], "@bob:hs.test");
}

TEST_F(AccountRoutesTest, LogsOutOneOrAll) {
  EXPECT_EQ(Call("POST", "/_matrix/client/v3/logout", "", "person").status,
            200);
  EXPECT_EQ(
      Call("POST", "/_matrix/client/v3/logout/all", "{}", "person").status,
      200);
  const auto asked = peers_.Requests<pb::LogOutRequest>(kLogOut);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_FALSE(asked[0].all_devices());
  EXPECT_TRUE(asked[1].all_devices());
  EXPECT_EQ(asked[1].principal().user().user_id(), "@alice:hs.test");
}

TEST_F(AccountRoutesTest, WhoAmIAsksAsWhomTheAppserviceActs) {
  pb::WhoAmIResponse response;
  response.set_user_id("@irc_bob:hs.test");
  peers_.Answer(kWhoAmI, response);
  const ApiAnswer answer =
      Call("GET",
           "/_matrix/client/v3/account/"
           "whoami?access_token=as_irc&user_id=@irc_bob:hs.test");
  EXPECT_EQ(answer.body["user_id"], "@irc_bob:hs.test");
  const auto asked = peers_.Requests<pb::WhoAmIRequest>(kWhoAmI);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].principal().appservice().user_id(), "@irc_bob:hs.test");
}

TEST_F(AccountRoutesTest, SetsTheProfileOfTheUserInThePath) {
  const ApiAnswer answer =
      Call("PUT",
           "/_matrix/client/v3/profile/%40irc.freenode.net%2FBob%3Ahs.test/"
           "displayname",
           R"({"displayname": "Bob"})", "as_irc");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.raw.body, "{}");
  const auto asked = peers_.Requests<pb::SetProfileRequest>(kSetProfile);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].user_id(), "@irc.freenode.net/Bob:hs.test");
  EXPECT_EQ(asked[0].profile().display_name(), "Bob");
}

TEST_F(AccountRoutesTest, FieldIsTakenAway) {
  EXPECT_EQ(
      Call("DELETE", "/_matrix/client/v3/profile/@alice:hs.test/avatar_url", "",
           "person")
          .status,
      200);
  const auto asked = peers_.Requests<pb::SetProfileRequest>(kSetProfile);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_TRUE(asked[0].profile().has_avatar_url());
  EXPECT_EQ(asked[0].profile().avatar_url(), "");
  EXPECT_FALSE(asked[0].profile().has_display_name());
}

TEST_F(AccountRoutesTest, OtherFieldsOfProfilesAreRefused) {
  constexpr char kPath[] = "/_matrix/client/v3/profile/@alice:hs.test/m.tz";
  EXPECT_EQ(Call("GET", kPath).body["errcode"], "M_NOT_FOUND");
  for (const char* method : {"PUT", "DELETE"}) {
    SCOPED_TRACE(method);
    const ApiAnswer answer =
        Call(method, kPath, R"({"m.tz": "Europe/Paris"})", "person");
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.body["errcode"], "M_FORBIDDEN");
  }
  EXPECT_THAT(peers_.Requests<pb::SetProfileRequest>(kSetProfile), IsEmpty());
}

}  // namespace
}  // namespace causeway::gateway
