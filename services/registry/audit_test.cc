#include "services/registry/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/registry/appservice.h"
#include "services/registry/grant.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(AuditTest, GrantIsToldWithoutItsToken) {
  Grant grant;
  grant.name = "irc";
  grant.as_token_sha256 = "HASH";
  grant.ceilings.users = {"@irc_.*"};
  EXPECT_EQ(AuditJson(grant),
            R"({"aliases":[],"name":"irc","rooms":[],"sender_localpart":"",)"
            R"("url_prefix":"",)"
            R"("users":["@irc_.*"]})");
}

TEST(AuditTest, AppserviceIsToldWithoutItsTokens) {
  Appservice appservice;
  appservice.uid = 7;
  appservice.grant_name = "irc";
  appservice.as_token_sha256 = "HASH";
  appservice.hs_token_sealed = "SEALED";
  appservice.registration.id = "irc";
  appservice.registration.dialect = Dialect::kDraft;
  appservice.registration.namespaces = {
      {namespaces::NamespaceKind::kRooms, "!irc_.*", true}};
  const std::string json = AuditJson(appservice);
  EXPECT_THAT(json, HasSubstr(R"("uid":"7")"));
  EXPECT_THAT(json, HasSubstr(R"("dialect":"draft")"));
  EXPECT_THAT(
      json,
      HasSubstr(R"({"exclusive":true,"kind":"rooms","regex":"!irc_.*"})"));
  EXPECT_THAT(json, Not(HasSubstr("HASH")));
  EXPECT_THAT(json, Not(HasSubstr("SEALED")));
}

}  // namespace
}  // namespace causeway::registry
