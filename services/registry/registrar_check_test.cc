#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/registry/grant.h"
#include "services/registry/namespace_check.h"
#include "services/registry/registrar.h"
#include "services/registry/registrar_fixture.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using RegistrarCheckTest = RegistrarFixture;

// Goal: what is kept in memory is never taken for what is stored.
TEST_F(RegistrarCheckTest, CheckingNamespacesChangesNothing) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  ASSERT_TRUE(CreateGrant("xmpp", "T_b").ok());
  const int64_t revision = Revision();
  const size_t record_count = store_.audit_records().size();
  auto overlaps = [this](const Registrar::Question& question) {
    absl::StatusOr<std::vector<Finding>> findings =
        registrar_.CheckNamespaces(question);
    EXPECT_TRUE(findings.ok()) << findings.status();
    return !findings->empty() && findings->front().code == "overlap";
  };
  const Registration wanted = Claim("", "@irc_bot").registration;
  EXPECT_TRUE(overlaps({.wanted = wanted}));
  EXPECT_TRUE(overlaps({.wanted = wanted, .grant_name = "xmpp"}));
  EXPECT_TRUE(
      overlaps({.wanted = wanted, .as_token_sha256 = matrix::Sha256("T_b")}));
  // Whose own it is.
  EXPECT_FALSE(overlaps({.wanted = wanted, .grant_name = "irc"}));
  EXPECT_FALSE(overlaps({.wanted = wanted, .appservice_id = "irc"}));
  EXPECT_FALSE(
      overlaps({.wanted = wanted, .as_token_sha256 = matrix::Sha256("T_a")}));
  EXPECT_TRUE(overlaps({.wanted = wanted, .appservice_id = "nobody"}));
  EXPECT_EQ(Revision(), revision);
  EXPECT_EQ(store_.audit_records().size(), record_count);
  // The old registration is still in the way of others.
  ASSERT_FALSE(Register(Claim("T_b", "@irc_bot")).ok());
}

TEST_F(RegistrarCheckTest, FindingsAreInTheOrderOfFields) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  Registration wanted;
  wanted.url = "ftp://a.test/";
  wanted.sender_localpart = "a:b";
  wanted.namespaces = {{NamespaceKind::kUsers, "@_a:hs.test$", true},
                       {NamespaceKind::kUsers, "@(", true}};
  absl::StatusOr<std::vector<Finding>> findings =
      registrar_.CheckNamespaces({.wanted = wanted, .grant_name = "irc"});
  ASSERT_TRUE(findings.ok()) << findings.status();
  std::vector<std::string> names;
  for (const Finding& finding : *findings) {
    names.push_back(absl::StrCat(finding.field, " ", finding.code));
  }
  EXPECT_THAT(
      names,
      ElementsAre("url invalid", "namespaces.users[0] no_server_part",
                  "namespaces.users[0] unescaped_dot",
                  "namespaces.users[1] invalid", "sender_localpart invalid"));
}

TEST_F(RegistrarCheckTest, BadNamespaceQuestionsAreRefused) {
  EXPECT_EQ(
      registrar_.CheckNamespaces({.grant_name = "nobody"}).status().code(),
      absl::StatusCode::kNotFound);
  EXPECT_EQ(registrar_.CheckNamespaces({.grant_name = "a b"}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      registrar_.CheckNamespaces({.appservice_id = "a\nb"}).status().code(),
      absl::StatusCode::kInvalidArgument);
  const std::vector<Namespace> many(kNamespacesMax + 1,
                                    {NamespaceKind::kUsers, "@x", false});
  Registration wanted;
  wanted.namespaces = many;
  EXPECT_EQ(registrar_.CheckNamespaces({.wanted = wanted}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      registrar_.CheckNamespaces({.as_token_sha256 = "T_a"}).status().code(),
      absl::StatusCode::kInvalidArgument);
}

// Goal: the dry run finds what Register refuses, in the same words. Method:
// ask, then register, one after the other in every way.
TEST_F(RegistrarCheckTest, CheckFindsWhatRegisterRefuses) {
  Grant grant = MakeGrant("irc", "T_a");
  grant.ceilings.users = {"@irc_.*", "@bot_.*"};
  grant.url_prefix = "https://a.test/";
  ASSERT_TRUE(grants_.Create(grant, "r").ok());
  grant = MakeGrant("expired", "T_e");
  grant.expire_time = clock_.Now() + absl::Seconds(1);
  ASSERT_TRUE(grants_.Create(grant, "r").ok());
  clock_.AdvanceTime(absl::Seconds(1));
  ASSERT_TRUE(CreateGrant("other", "T_o").ok());
  Registrar::Application other = Claim("T_o", "@bot_o.*");
  other.registration.sender_localpart = "irc_other";
  ASSERT_TRUE(Register(other).ok());

  const auto claim = [](const std::string& token, const std::string& users,
                        const std::string& id, const std::string& sender,
                        const std::string& url) {
    Registrar::Application application = Claim(token, users);
    application.registration.id = id;
    application.registration.sender_localpart = sender;
    application.registration.url = url;
    return application;
  };
  const std::string url = "https://a.test/";
  struct Case {
    const char* code;  // Empty: nothing is refused.
    Registrar::Application application;
  };
  const Case cases[] = {
      {"no_grant", claim("T_x", "@irc_a", "irc", "irc", url)},
      {"grant_expired", claim("T_e", "@irc_a", "", "", url)},
      {"id_taken", claim("T_a", "@irc_a", "other", "irc", url)},
      {"invalid", claim("T_a", "@irc_a", "a\nb", "irc", url)},
      {"invalid", claim("T_a", "@irc_a", "irc", "irc", "ftp://a.test/")},
      {"url_beyond_grant", claim("T_a", "@irc_a", "irc", "irc", "http://b/")},
      {"beyond_grant", claim("T_a", "@xmpp_.*", "irc", "irc", url)},
      {"overlap", claim("T_a", "@bot_.*", "irc", "irc", url)},
      {"overlap", claim("T_a", "@irc_.*", "irc", "irc", url)},
      {"invalid", claim("T_a", "@irc_a", "irc", "a:b", url)},
      {"sender_beyond_grant", claim("T_a", "@irc_a", "irc", "xmpp", url)},
      {"sender_taken", claim("T_a", "@irc_a", "irc", "irc_other", url)},
      {"sender_in_namespace", claim("T_a", "@irc_a", "irc", "bot_one", url)},
      {"", claim("T_a", "@irc_a", "irc", "irc", url)},
      {"", claim("T_a", "@irc_a", "", "", "")},
      {"", claim("T_a", "@irc_a", "renamed", "irc_a", url)},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(absl::StrCat(one.code, " ", one.application.registration.id));
    const absl::StatusOr<std::vector<Finding>> findings =
        registrar_.CheckNamespaces(
            {.wanted = one.application.registration,
             .as_token_sha256 = matrix::Sha256(one.application.as_token)});
    ASSERT_TRUE(findings.ok()) << findings.status();
    std::vector<std::string> codes;
    std::string text;
    for (const Finding& finding : *findings) {
      if (!finding.refuses) continue;
      codes.push_back(finding.code);
      text = finding.text;
    }
    const absl::Status registered = Register(one.application).status();
    EXPECT_EQ(text, registered.message());
    if (registered.ok()) {
      EXPECT_THAT(codes, ElementsAre());
      EXPECT_STREQ(one.code, "");
    } else {
      EXPECT_THAT(codes, ElementsAre(one.code));
    }
  }
}

TEST_F(RegistrarCheckTest, CheckSaysWhenTheTokenIsOfAnotherGrant) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  Grant narrow = MakeGrant("narrow", "T_n");
  narrow.ceilings.users = {"@xmpp_.*"};
  ASSERT_TRUE(grants_.Create(narrow, "r").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  // Held against `narrow`, in place of what "irc" has.
  const absl::StatusOr<std::vector<Finding>> findings =
      registrar_.CheckNamespaces({.wanted = Claim("", "@irc_.*").registration,
                                  .grant_name = "narrow",
                                  .as_token_sha256 = matrix::Sha256("T_a")});
  ASSERT_TRUE(findings.ok()) << findings.status();
  ASSERT_GE(findings->size(), 2u);
  EXPECT_EQ((*findings)[0].code, "other_grant");
  EXPECT_FALSE((*findings)[0].refuses);
  EXPECT_THAT((*findings)[0].text, HasSubstr("\"irc\""));
  EXPECT_EQ((*findings)[1].code, "beyond_grant");
  for (const Finding& finding : *findings) EXPECT_NE(finding.code, "overlap");
}

}  // namespace
}  // namespace causeway::registry
