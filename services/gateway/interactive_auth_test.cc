#include "services/gateway/interactive_auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using matrix::Json;

Json Body(const char* text) { return matrix::ParseObject(text).value(); }

TEST(InteractiveAuthTest, AsksForOneStage) {
  const HttpResponse response = AuthWanted(AuthStage::kPassword, false);
  EXPECT_EQ(response.status, 401);
  const Json body = Body(response.body.c_str());
  EXPECT_EQ(body["flows"].dump(), R"([{"stages":["m.login.password"]}])");
  EXPECT_EQ(body["params"].dump(), "{}");
  EXPECT_NE(body["session"], "");
  EXPECT_FALSE(body.contains("errcode"));
}

TEST(InteractiveAuthTest, TellsThatItWasWrongAndAsksAgain) {
  const Json body = Body(AuthWanted(AuthStage::kPassword, true).body.c_str());
  EXPECT_EQ(body["errcode"], "M_FORBIDDEN");
  EXPECT_TRUE(body.contains("flows"));
}

TEST(InteractiveAuthTest, KnowsTheDummy) {
  EXPECT_TRUE(
      HasDummyAuth(Body(R"({"auth":{"type":"m.login.dummy"}})")).value());
  for (const char* body : {"{}", R"({"auth":null})", R"({"auth":{}})",
                           R"({"auth":{"type":"m.login.password"}})"}) {
    SCOPED_TRACE(body);
    EXPECT_FALSE(HasDummyAuth(Body(body)).value());
  }
}

TEST(InteractiveAuthTest, TakesThePasswordInBothWays) {
  for (const char* body : {R"({"auth":{"type":"m.login.password","password":"x",
                    "identifier":{"type":"m.id.user","user":"alice"}}})",
                           R"({"auth":{"type":"m.login.password","password":"x",
                    "user":"alice","session":"s"}})"}) {
    SCOPED_TRACE(body);
    const std::optional<pb::PasswordProof> proof =
        ParsePasswordProof(Body(body)).value();
    ASSERT_TRUE(proof.has_value());
    EXPECT_EQ(proof->user(), "alice");
    EXPECT_EQ(proof->password(), "x");
  }
}

TEST(InteractiveAuthTest, WithoutAPasswordThereIsNoProof) {
  for (const char* body : {"{}", R"({"auth":{"session":"s"}})",
                           R"({"auth":{"type":"m.login.dummy"}})"}) {
    SCOPED_TRACE(body);
    EXPECT_FALSE(ParsePasswordProof(Body(body)).value().has_value());
  }
}

TEST(InteractiveAuthTest, NamesWhatIsMissing) {
  EXPECT_EQ(
      GetErrcode(ParsePasswordProof(Body(R"({"auth":{"type":"m.login.password",
                                            "user":"alice"}})"))
                     .status()),
      "M_MISSING_PARAM");
  EXPECT_EQ(GetErrcode(ParsePasswordProof(Body(R"({"auth":1})")).status()),
            "M_BAD_JSON");
}

}  // namespace
}  // namespace causeway::gateway
