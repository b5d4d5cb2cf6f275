#include "services/registry/namespace_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "services/registry/incumbents.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using ::testing::HasSubstr;

class ComparisonTest : public ::testing::Test {
 protected:
  Incumbents::Reserved OwnUser(int64_t number, absl::string_view user_id) {
    return {.owner = owner_, .own_user = user_id, .number = number};
  }

  const std::shared_ptr<const Registration> owner_ =
      std::make_shared<const Registration>();
  const Claim claim_ =
      MakeClaim({namespaces::NamespaceKind::kUsers, "@irc_.*", true},
                "namespaces.users[0]")
          .value();
  Comparison comparison_{matrix::ServerName::Parse("hs.test").value()};
};

TEST_F(ComparisonTest, WhatIsDisjointIsKnownByItsNumber) {
  EXPECT_TRUE(comparison_.HoldAgainst(claim_, OwnUser(1, "@xmpp:hs.test"))
                  .refusal.ok());
  const Incumbents::Reserved taken = OwnUser(2, "@irc_bot:hs.test");
  EXPECT_EQ(comparison_.HoldAgainst(claim_, taken).witness, taken.own_user);
  EXPECT_FALSE(comparison_.HoldAgainst(claim_, taken).refusal.ok());
  // No look at what is known: else it would be refused.
  EXPECT_TRUE(
      comparison_.HoldAgainst(claim_, OwnUser(1, taken.own_user)).refusal.ok());
}

TEST_F(ComparisonTest, ComparisonsAreBounded) {
  for (int i = 1; i <= kComparisonsMax; ++i) {
    ASSERT_TRUE(comparison_.HoldAgainst(claim_, OwnUser(i, "@xmpp:hs.test"))
                    .refusal.ok());
  }
  const Objection beyond = comparison_.HoldAgainst(
      claim_, OwnUser(kComparisonsMax + 1, "@xmpp:hs.test"));
  EXPECT_EQ(GetErrcode(beyond.refusal), "M_EXCLUSIVE");
  EXPECT_THAT(std::string(beyond.refusal.message()),
              HasSubstr("takes more than 300000 comparisons"));
  EXPECT_TRUE(comparison_.HoldAgainst(claim_, OwnUser(1, "@xmpp:hs.test"))
                  .refusal.ok());
}

}  // namespace
}  // namespace causeway::registry
