#include "services/registry/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"
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
  grant.expire_time = absl::FromUnixSeconds(1421416883);
  EXPECT_EQ(AuditJson(grant),
            R"({"aliases":[],"allow_broad":false,)"
            R"("expire_time":"2015-01-16T14:01:23+00:00","name":"irc",)"
            R"("private_networks_allowed":true,"rooms":[],)"
            R"("sender_localpart":"","shared_aliases":[],"shared_rooms":[],)"
            R"("shared_users":[],"url_prefix":"","users":["@irc_.*"]})");
}

TEST(AuditTest, AppserviceIsToldWithoutItsTokens) {
  Appservice appservice;
  appservice.uid = 7;
  appservice.grant_name = "irc";
  appservice.as_token_sha256 = "HASH";
  appservice.hs_token_sealed = "SEALED";
  appservice.registration.id = "irc";
  appservice.registration.dialect = Dialect::kDraft;
  appservice.registration.extra_fields_yaml = "secret: EXTRA";
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
  EXPECT_THAT(json, Not(HasSubstr("EXTRA")));
}

}  // namespace
}  // namespace causeway::registry
