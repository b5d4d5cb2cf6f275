#include "services/gateway/push_rule_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "causeway/homeserver/v1/push_rules.pb.h"
#include "services/gateway/api_fixture.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::SizeIs;

constexpr char kPushRules[] = "causeway.homeserver.v1.PushRules/";
constexpr char kPath[] = "/_matrix/client/v3/pushrules";

class PushRuleRoutesTest : public ApiFixture {
 protected:
  template <typename Request>
  Request LastAsked(const char* method) {
    const auto asked =
        peers_.Requests<Request>(absl::StrCat(kPushRules, method));
    EXPECT_FALSE(asked.empty());
    return asked.empty() ? Request() : asked.back();
  }
};

TEST_F(PushRuleRoutesTest, EveryDepthIsRead) {
  pb::GetPushRulesResponse rules;
  rules.set_rules_json(R"({"global":{}})");
  peers_.Answer(absl::StrCat(kPushRules, "GetPushRules"), rules);
  for (const char* whole : {"", "/"}) {
    EXPECT_EQ(Call("GET", absl::StrCat(kPath, whole), "", "person").raw.body,
              R"({"global":{}})");
    EXPECT_EQ(LastAsked<pb::GetPushRulesRequest>("GetPushRules").path().scope(),
              "");
  }
  const std::string rule = absl::StrCat(kPath, "/global/room/%21r%3Ahs.test");
  EXPECT_EQ(Call("GET", rule + "/enabled", "", "person").status, 200);
  const auto asked = LastAsked<pb::GetPushRulesRequest>("GetPushRules");
  EXPECT_EQ(asked.path().scope(), "global");
  EXPECT_EQ(asked.path().kind(), "room");
  EXPECT_EQ(asked.path().rule_id(), "!r:hs.test");
  EXPECT_EQ(asked.path().attribute(), "enabled");
  EXPECT_EQ(asked.principal().user().user_id(), "@alice:hs.test");
}

TEST_F(PushRuleRoutesTest, RulesAndAttributesAreSetAndDeleted) {
  const std::string rule = absl::StrCat(kPath, "/global/override/mine");
  EXPECT_EQ(Call("PUT", rule + "?before=theirs", R"({"actions":[]})", "person")
                .raw.body,
            "{}");
  auto set = LastAsked<pb::SetPushRuleRequest>("SetPushRule");
  EXPECT_EQ(set.path().rule_id(), "mine");
  EXPECT_EQ(set.path().attribute(), "");
  EXPECT_EQ(set.before(), "theirs");
  EXPECT_EQ(set.content_json(), R"({"actions":[]})");
  EXPECT_EQ(
      Call("PUT", rule + "/enabled", R"({"enabled":false})", "person").status,
      200);
  set = LastAsked<pb::SetPushRuleRequest>("SetPushRule");
  EXPECT_EQ(set.path().attribute(), "enabled");
  EXPECT_EQ(Call("DELETE", rule, "", "person").status, 200);
  EXPECT_EQ(
      LastAsked<pb::DeletePushRuleRequest>("DeletePushRule").path().rule_id(),
      "mine");
}

TEST_F(PushRuleRoutesTest, RulesAreObjects) {
  const std::string rule = absl::StrCat(kPath, "/global/override/mine");
  EXPECT_EQ(Call("PUT", rule, "[]", "person").body["errcode"], "M_BAD_JSON");
  EXPECT_EQ(Call("PUT", absl::StrCat(kPath, "/global"), "{}", "person").status,
            405);
  EXPECT_THAT(peers_.Requests<pb::SetPushRuleRequest>(
                  absl::StrCat(kPushRules, "SetPushRule")),
              SizeIs(0));
}

}  // namespace
}  // namespace causeway::gateway
