#include "services/homeserver/push_rules/push_rules.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/account_data/fake_account_data_store.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/updates/fake_update_log.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;
using ::testing::ElementsAre;

class PushRulesTest : public ::testing::Test {
 protected:
  Json Get(const PushRulePath& path) {
    const absl::StatusOr<std::string> json = rules_.Get(alice_, path);
    EXPECT_TRUE(json.ok()) << json.status();
    return json.ok() ? Json::parse(*json) : Json();
  }
  std::vector<std::string> OwnOverrides() {
    std::vector<std::string> own;
    for (const Json& rule : Get({"global", "override", "", ""})) {
      if (!rule.at("default").get<bool>())
        own.push_back(rule.at("rule_id").get<std::string>());
    }
    return own;
  }
  absl::Status Set(const PushRulePath& path, const std::string& json,
                   const PushRulePlace& place = {}) {
    return rules_.Set(alice_, path, json, place);
  }
  static PushRulePath Override(const std::string& rule_id) {
    return {"global", "override", rule_id, ""};
  }

  FakeUpdateLog log_;
  FakeAccountDataStore store_{log_};
  UserData user_data_{store_};
  PushRules rules_{user_data_};
  const matrix::UserId alice_ = matrix::UserId::Parse("@alice:hs").value();
};

TEST_F(PushRulesTest, FreshAccountHasThePredefinedRules) {
  const Json all = Get({}).at("global");
  EXPECT_EQ(all.at("override").size(), 12u);
  EXPECT_EQ(all.at("override")[0].at("rule_id"), ".m.rule.master");
  EXPECT_EQ(all.at("override")[0].at("enabled"), false);
  EXPECT_EQ(all.at("content")[0].at("pattern"), "alice");
  EXPECT_EQ(all.at("underride").size(), 5u);
  for (const char* kind : {"room", "sender"}) {
    EXPECT_EQ(all.at(kind), Json::array());
  }
  EXPECT_EQ(Get({"global", "", "", ""}), all);
  const Json mention = Get(Override(".m.rule.is_user_mention"));
  EXPECT_EQ(mention.at("conditions")[0],
            Json({{"kind", "event_property_contains"},
                  {"key", "content.m\\.mentions.user_ids"},
                  {"value", "@alice:hs"}}));
  EXPECT_EQ(store_.ListAfter(alice_, 0, 9).value().size(), 0u);
}

TEST_F(PushRulesTest, AttributesOfAnyRuleCanBeSet) {
  const PushRulePath enabled = {"global", "underride", ".m.rule.message",
                                "enabled"};
  const PushRulePath actions = {"global", "underride", ".m.rule.message",
                                "actions"};
  EXPECT_EQ(Get(enabled), Json({{"enabled", true}}));
  ASSERT_TRUE(Set(enabled, R"({"enabled":false})").ok());
  ASSERT_TRUE(Set(actions, R"({"actions":[]})").ok());
  EXPECT_EQ(Get(enabled), Json({{"enabled", false}}));
  EXPECT_EQ(Get(actions), Json({{"actions", Json::array()}}));
  // Clients see it as account data.
  const Json kept =
      Json::parse(user_data_.Get(alice_, {"", kPushRulesType}).value());
  EXPECT_EQ(kept.at("global"), Get({"global", "", "", ""}));
}

TEST_F(PushRulesTest, OwnRulesStandBehindTheMasterInTheirOrder) {
  const std::string rule = R"({"actions":["notify"]})";
  ASSERT_TRUE(Set(Override("a"), rule).ok());
  ASSERT_TRUE(Set(Override("b"), rule).ok());
  EXPECT_THAT(OwnOverrides(), ElementsAre("b", "a"));
  EXPECT_EQ(Get({"global", "override", "", ""})[0].at("rule_id"),
            ".m.rule.master");
  ASSERT_TRUE(Set(Override("c"), rule, {.before = "a", .after = ""}).ok());
  EXPECT_THAT(OwnOverrides(), ElementsAre("b", "c", "a"));
  ASSERT_TRUE(Set(Override("b"), rule, {.before = "", .after = "a"}).ok());
  EXPECT_THAT(OwnOverrides(), ElementsAre("c", "a", "b"));
  ASSERT_TRUE(rules_.Delete(alice_, Override("a")).ok());
  EXPECT_THAT(OwnOverrides(), ElementsAre("c", "b"));
}

TEST_F(PushRulesTest, ChangedRuleStaysWhereItIsAndAsEnabledAsItWas) {
  ASSERT_TRUE(Set(Override("a"), R"({"actions":["notify"]})").ok());
  ASSERT_TRUE(Set(Override("b"), R"({"actions":["notify"]})").ok());
  ASSERT_TRUE(
      Set({"global", "override", "a", "enabled"}, R"({"enabled":false})").ok());
  ASSERT_TRUE(Set(Override("a"), R"({"actions":[],"conditions":[{}]})").ok());
  EXPECT_THAT(OwnOverrides(), ElementsAre("b", "a"));
  const Json rule = Get(Override("a"));
  EXPECT_EQ(rule.at("enabled"), false);
  EXPECT_EQ(rule.at("actions"), Json::array());
  EXPECT_EQ(rule.at("conditions").size(), 1u);
}

TEST_F(PushRulesTest, PatternIsOfContentRulesOnly) {
  EXPECT_EQ(
      GetErrcode(Set({"global", "content", "a", ""}, R"({"actions":[]})")),
      "M_MISSING_PARAM");
  ASSERT_TRUE(
      Set({"global", "content", "a", ""}, R"({"actions":[],"pattern":"lunch"})")
          .ok());
  EXPECT_EQ(Get({"global", "content", "a", ""}).at("pattern"), "lunch");
}

TEST_F(PushRulesTest, BadRequestsAreNamed) {
  const std::string rule = R"({"actions":[]})";
  for (const PushRulePath& path :
       {PushRulePath{"device", "override", "a", ""},
        PushRulePath{"global", "overdrive", "a", ""},
        PushRulePath{"global", "override", "", ""},
        PushRulePath{"global", "override", ".a", ""},
        PushRulePath{"global", "override", "a/b", ""},
        PushRulePath{"global", "override", std::string(256, 'a'), ""},
        PushRulePath{"global", "override", "a", "mood"}}) {
    EXPECT_EQ(GetErrcode(Set(path, rule)), "M_INVALID_PARAM");
  }
  EXPECT_EQ(GetErrcode(Set(Override("a"), R"({"actions":[1]})")), "M_BAD_JSON");
  EXPECT_EQ(GetErrcode(Set(Override("a"), "{}")), "M_MISSING_PARAM");
  EXPECT_EQ(GetErrcode(Set(Override("a"), rule, {.before = "b", .after = ""})),
            "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(Set(Override("a"), rule,
                           {.before = "", .after = ".m.rule.master"})),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(Set({"global", "override", "a", "enabled"},
                           R"({"enabled":1})")),
            "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(rules_.Delete(alice_, Override("a"))), "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(rules_.Delete(alice_, Override(".m.rule.master"))),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(rules_.Get(alice_, Override("a")).status()),
            "M_NOT_FOUND");
}

TEST_F(PushRulesTest, TooManyAreRefused) {
  const std::string pattern(32000, 'x');
  const std::string rule = R"({"actions":[],"pattern":")" + pattern + R"("})";
  ASSERT_TRUE(Set({"global", "content", "a", ""}, rule).ok());
  EXPECT_EQ(GetErrcode(Set({"global", "content", "b", ""}, rule)),
            "M_TOO_LARGE");
}

}  // namespace
}  // namespace causeway::homeserver
