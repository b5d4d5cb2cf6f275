#include "services/registry/namespace_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/registry/appservice.h"
#include "services/registry/grant.h"
#include "services/registry/incumbents.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum namespaces::NamespaceKind;

class NamespaceCheckTest : public ::testing::Test {
 protected:
  NamespaceCheckTest() {
    grant_.ceilings.users = {"@_irc_.*", "@_xmpp_.*"};
    Appservice other;
    other.uid = 1;
    other.registration.id = "old";
    other.registration.sender_localpart = "_own";
    other.registration.namespaces = {{kUsers, "@_irc_b.*", true},
                                     {kUsers, ".*", false}};
    EXPECT_TRUE(others_.Put(other).ok());
  }

  std::vector<Finding> Refusals(std::vector<Namespace> namespaces,
                                const Grant* grant) {
    Registration wanted;
    wanted.namespaces = std::move(namespaces);
    return FindRefusals(wanted, grant, others_, server_name_);
  }
  std::vector<Finding> Refusals(std::vector<Namespace> namespaces) {
    return Refusals(std::move(namespaces), &grant_);
  }

  static std::vector<std::string> Names(const std::vector<Finding>& findings) {
    std::vector<std::string> names;
    for (const Finding& finding : findings) {
      names.push_back(absl::StrCat(finding.field, " ", finding.code));
    }
    return names;
  }

  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  Grant grant_;
  Incumbents others_{server_name_};
};

TEST_F(NamespaceCheckTest, WhatIsAllowedHasNoRefusal) {
  EXPECT_THAT(
      Refusals({{kUsers, "@_xmpp_.*", true}, {kUsers, "@_irc_.*", false}}),
      IsEmpty());
}

TEST_F(NamespaceCheckTest, AllRefusalsAreFound) {
  const std::vector<Finding> findings =
      Refusals({{kUsers, "@_xmpp_.*", true},
                {kUsers, "@_irc_(", true},
                {kRooms, "!irc_.*", false},
                {kUsers, "@_(irc_b|x).*", true},
                {kUsers, "@_irc_b[a-z]ot:", true}});
  EXPECT_THAT(Names(findings), ElementsAre("namespaces.users[1] invalid",
                                           "namespaces.rooms[0] beyond_grant",
                                           "namespaces.users[2] beyond_grant",
                                           "namespaces.users[2] overlap",
                                           "namespaces.users[3] overlap"));
  for (const Finding& finding : findings) {
    EXPECT_TRUE(finding.refuses);
    EXPECT_THAT(finding.text,
                AllOf(HasSubstr(finding.field), HasSubstr(finding.witness)));
  }
  EXPECT_EQ(findings[1].witness, "!irc_:hs.test");
  EXPECT_EQ(findings[2].witness, "@_x:hs.test");
  EXPECT_EQ(findings[3].witness, "@_irc_b:hs.test");
  EXPECT_THAT(findings[3].text,
              AllOf(HasSubstr("\"old\""), HasSubstr("\"@_irc_b.*\""),
                    HasSubstr("\"@_(irc_b|x).*\"")));
  EXPECT_EQ(findings[3].ns->regex, "@_(irc_b|x).*");
}

TEST_F(NamespaceCheckTest, OwnUserOfAnotherIsAWitness) {
  const std::vector<Finding> findings = Refusals(
      {{kUsers, "@_o[a-z]n:", true}, {kUsers, "@_own", false}}, nullptr);
  ASSERT_THAT(Names(findings), ElementsAre("namespaces.users[0] overlap"));
  EXPECT_EQ(findings[0].witness, "@_own:hs.test");
}

TEST_F(NamespaceCheckTest, WithoutGrantCeilingsAreNotChecked) {
  EXPECT_THAT(Refusals({{kUsers, "@anything", true}}, nullptr), IsEmpty());
}

TEST_F(NamespaceCheckTest, WhatNoConsumerCouldIndexIsFound) {
  std::vector<Namespace> list;
  for (size_t i = 0; i < namespaces::kPatternsPerPrefixMax; ++i) {
    list.push_back({kUsers, absl::StrCat(".*_", i, "$"), false});
  }
  EXPECT_THAT(Names(Refusals(list, nullptr)),
              ElementsAre(absl::StrCat("namespaces.users[",
                                       namespaces::kPatternsPerPrefixMax - 1,
                                       "] too_many_alike")));
}

TEST_F(NamespaceCheckTest, NamesAndUrlAreHeldAgainstGrantAndOthers) {
  grant_.name = "irc";
  grant_.sender_localpart = "irc";
  grant_.url_prefix = "https://a.test/";
  Registration wanted;
  wanted.id = "irc";
  wanted.url = "https://a.test/irc";
  wanted.sender_localpart = "irc";
  const auto find = [&] {
    return FindRefusals(wanted, &grant_, others_, server_name_);
  };
  EXPECT_THAT(find(), IsEmpty());

  wanted.id = "old";
  wanted.url = "https://b.test/";
  wanted.sender_localpart = "_own";
  std::vector<Finding> findings = find();
  EXPECT_THAT(Names(findings),
              ElementsAre("id id_taken", "url url_beyond_grant",
                          "sender_localpart sender_beyond_grant",
                          "sender_localpart sender_taken"));
  for (const Finding& finding : findings) {
    EXPECT_TRUE(finding.refuses);
    EXPECT_FALSE(finding.ns.has_value());
  }
  EXPECT_EQ(findings[3].witness, "@_own:hs.test");
  EXPECT_THAT(findings[3].text, HasSubstr("\"old\""));

  wanted.id = "a\nb";
  wanted.url = "ftp://a.test/";
  wanted.sender_localpart = "_irc_bot";
  findings = find();
  EXPECT_THAT(Names(findings),
              ElementsAre("id invalid", "url invalid",
                          "sender_localpart sender_in_namespace"));

  wanted = {};
  wanted.sender_localpart = "a:b";
  EXPECT_THAT(Names(find()), ElementsAre("sender_localpart invalid"));
}

TEST_F(NamespaceCheckTest, FlawsAreAdvice) {
  const std::vector<Finding> findings = FindFlaws(
      {{kUsers, "@_irc_(", true}, {kAliases, "#_irc.org_.*:hs\\.test$", true}},
      server_name_);
  ASSERT_THAT(Names(findings),
              ElementsAre("namespaces.aliases[0] unescaped_dot"));
  EXPECT_FALSE(findings[0].refuses);
  EXPECT_EQ(findings[0].suggestion, "#_irc\\.org_.*:hs\\.test$");
  EXPECT_EQ(findings[0].offset, 5u);
}

}  // namespace
}  // namespace causeway::registry
