#include "services/gateway/account_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "services/shared/status/errcode.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::HasSubstr;

TEST(ParseUserRegistrationTest, FirstRoundIsNotAuthenticated) {
  for (const char* body :
       {"", "{}", R"({"username": "bob", "password": "x"})",
        R"({"password": "x", "auth": null})",
        R"({"password": "x", "auth": {"type": "m.login.password"}})",
        R"({"password": "x", "auth": {"session": "s"}})"}) {
    SCOPED_TRACE(body);
    const absl::StatusOr<UserRegistration> registration =
        ParseUserRegistration(body);
    ASSERT_TRUE(registration.ok()) << registration.status();
    EXPECT_FALSE(registration->is_authenticated);
    EXPECT_FALSE(registration->by_appservice);
  }
}

TEST(ParseUserRegistrationTest, SecondRoundNeedsNoSession) {
  const absl::StatusOr<UserRegistration> registration =
      ParseUserRegistration(R"({"username": "bob", "password": "x",
                                "device_id": "D",
                                "initial_device_display_name": "phone",
                                "inhibit_login": true,
                                "auth": {"type": "m.login.dummy"}})");
  ASSERT_TRUE(registration.ok()) << registration.status();
  EXPECT_TRUE(registration->is_authenticated);
  EXPECT_EQ(registration->request.username(), "bob");
  EXPECT_EQ(registration->request.password(), "x");
  EXPECT_EQ(registration->request.device_id(), "D");
  EXPECT_EQ(registration->request.initial_device_display_name(), "phone");
  EXPECT_TRUE(registration->request.inhibit_login());
}

TEST(ParseUserRegistrationTest, AppserviceNamesTheUserInEitherWay) {
  for (const char* body :
       {R"({"type": "m.login.application_service", "username": "irc_bob"})",
        R"({"type": "m.login.application_service", "user": "irc_bob"})"}) {
    SCOPED_TRACE(body);
    const absl::StatusOr<UserRegistration> registration =
        ParseUserRegistration(body);
    ASSERT_TRUE(registration.ok()) << registration.status();
    EXPECT_TRUE(registration->by_appservice);
    EXPECT_EQ(registration->request.username(), "irc_bob");
  }
}

TEST(ParseLogInTest, TakesBothWaysToNameTheUser) {
  for (const char* body :
       {R"({"type": "m.login.password", "password": "x",
            "identifier": {"type": "m.id.user", "user": "bob"}})",
        R"({"type": "m.login.password", "password": "x", "user": "bob"})"}) {
    SCOPED_TRACE(body);
    const absl::StatusOr<LogIn> log_in = ParseLogIn(body);
    ASSERT_TRUE(log_in.ok()) << log_in.status();
    EXPECT_FALSE(log_in->by_appservice);
    EXPECT_EQ(log_in->request.user(), "bob");
    EXPECT_EQ(log_in->request.password(), "x");
  }
}

struct BadCase {
  std::string name;
  absl::Status status;
  std::string errcode;
  std::string culprit;
};

class BadAccountJsonTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadAccountJsonTest, NamesTheCulprit) {
  EXPECT_EQ(GetErrcode(GetParam().status), GetParam().errcode);
  EXPECT_THAT(std::string(GetParam().status.message()),
              HasSubstr(GetParam().culprit));
}

absl::Status Register(absl::string_view body) {
  return ParseUserRegistration(body).status();
}

absl::Status LogInWith(absl::string_view body) {
  return ParseLogIn(body).status();
}

INSTANTIATE_TEST_SUITE_P(
    All, BadAccountJsonTest,
    testing::ValuesIn<BadCase>({
        {"RegisterNotJson", Register("{"), "M_NOT_JSON", ""},
        {"RegisterNameOfWrongType", Register(R"({"username": 1})"),
         "M_BAD_JSON", "username"},
        {"RegisterNoPassword", Register(R"({"auth":{"type":"m.login.dummy"}})"),
         "M_MISSING_PARAM", "password"},
        {"RegisterAppserviceWithoutName",
         Register(R"({"type":"m.login.application_service"})"),
         "M_MISSING_PARAM", "username"},
        {"LogInNothing", LogInWith(""), "M_NOT_JSON", ""},
        {"LogInNoType", LogInWith("{}"), "M_MISSING_PARAM", "type"},
        {"LogInUnknownType", LogInWith(R"({"type":"m.login.sso"})"),
         "M_UNKNOWN", "m.login.sso"},
        {"LogInUnknownIdentifier", LogInWith(R"({"type":"m.login.password",
                       "identifier":{"type":"m.id.phone"}})"),
         "M_UNKNOWN", "m.id.phone"},
        {"LogInNoUser",
         LogInWith(R"({"type":"m.login.password","password":"x"})"),
         "M_MISSING_PARAM", "user"},
        {"LogInNoPassword",
         LogInWith(R"({"type":"m.login.password","user":"bob"})"),
         "M_MISSING_PARAM", "password"},
        {"ProfileNoField", ParseProfile("{}", kDisplayNameField).status(),
         "M_MISSING_PARAM", "displayname"},
        {"ProfileFieldOfWrongType",
         ParseProfile(R"({"avatar_url":1})", kAvatarUrlField).status(),
         "M_BAD_JSON", "avatar_url"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(SessionAnswerTest, HasNoTokenWhenLoginIsInhibited) {
  pb::Session session;
  session.set_user_id("@bob:hs.test");
  EXPECT_EQ(SessionAnswer(session), R"({"user_id":"@bob:hs.test"})");
  session.set_access_token("T");
  session.set_device_id("D");
  EXPECT_EQ(SessionAnswer(session),
            R"({"user_id":"@bob:hs.test","access_token":"T","device_id":"D"})");
}

TEST(WhoAmIAnswerTest, HasADeviceIfThereIsOne) {
  pb::WhoAmIResponse response;
  response.set_user_id("@bob:hs.test");
  EXPECT_EQ(WhoAmIAnswer(response),
            R"({"user_id":"@bob:hs.test","is_guest":false})");
  response.set_device_id("D");
  EXPECT_THAT(WhoAmIAnswer(response), HasSubstr(R"("device_id":"D")"));
}

TEST(ProfileTest, FieldsAreReadAlone) {
  constexpr char kBody[] = R"({"displayname": "Bob", "avatar_url": "mxc://a"})";
  const pb::Profile name = ParseProfile(kBody, kDisplayNameField).value();
  EXPECT_EQ(name.display_name(), "Bob");
  EXPECT_FALSE(name.has_avatar_url());
  const pb::Profile avatar = ParseProfile(kBody, kAvatarUrlField).value();
  EXPECT_EQ(avatar.avatar_url(), "mxc://a");
  EXPECT_FALSE(avatar.has_display_name());
}

TEST(ProfileTest, NullTakesAway) {
  const pb::Profile profile =
      ParseProfile(R"({"displayname": null})", kDisplayNameField).value();
  EXPECT_TRUE(profile.has_display_name());
  EXPECT_EQ(profile.display_name(), "");
}

TEST(ProfileTest, AnswerHasWhatIsSet) {
  pb::Profile profile;
  EXPECT_EQ(ProfileAnswer(profile, ""), "{}");
  profile.set_has_display_name(true);
  profile.set_display_name("Bob");
  profile.set_has_avatar_url(true);
  profile.set_avatar_url("mxc://a");
  EXPECT_EQ(ProfileAnswer(profile, ""),
            R"({"displayname":"Bob","avatar_url":"mxc://a"})");
  EXPECT_EQ(ProfileAnswer(profile, kDisplayNameField),
            R"({"displayname":"Bob"})");
  EXPECT_EQ(ProfileAnswer(profile, kAvatarUrlField),
            R"({"avatar_url":"mxc://a"})");
}

}  // namespace
}  // namespace causeway::gateway
