#include "services/registry/grant_excess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/registry/grant.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using enum namespaces::NamespaceKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class GrantExcessTest : public ::testing::Test {
 protected:
  GrantExcessTest() {
    grant_.name = "irc";
    grant_.sender_localpart = "irc";
    grant_.url_prefix = "https://a.test";
    grant_.ceilings.users = {"@irc_.*"};
    wanted_.url = "https://a.test/x";
    wanted_.sender_localpart = "irc";
    wanted_.namespaces = {{kUsers, "@irc_a.*", true}};
  }

  std::vector<Excess> Find(const Grant& grant) const {
    namespaces::Algebra algebra(server_name_.str());
    return FindExcess(wanted_, grant, server_name_, algebra).value();
  }

  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  Grant grant_;
  Registration wanted_;
};

TEST_F(GrantExcessTest, WhatIsWithinHasNone) {
  EXPECT_THAT(Find(grant_), IsEmpty());
}

TEST_F(GrantExcessTest, AllOfItIsFoundInOrderAndWidenedAway) {
  wanted_.url = "https://b.test";
  wanted_.sender_localpart = "boss";
  wanted_.namespaces.push_back({kUsers, "@xmpp_.*", true});
  wanted_.namespaces.push_back({kRooms, "!x.*", false});
  const std::vector<Excess> excess = Find(grant_);
  std::vector<std::string> fields;
  for (const Excess& one : excess) {
    fields.push_back(one.field);
    EXPECT_EQ(one.refusal.code(), absl::StatusCode::kPermissionDenied);
  }
  EXPECT_THAT(fields, ElementsAre("url", "namespaces.users[1]",
                                  "namespaces.rooms[0]", "sender_localpart"));
  EXPECT_THAT(excess[1].witness, StartsWith("@xmpp_"));

  const Grant widened = Widened(grant_, wanted_, excess);
  EXPECT_EQ(widened.url_prefix, "https://b.test");
  EXPECT_EQ(widened.sender_localpart, "boss");
  EXPECT_THAT(widened.ceilings.users, ElementsAre("@irc_.*", "@xmpp_.*"));
  EXPECT_THAT(widened.ceilings.rooms, IsEmpty());
  EXPECT_THAT(widened.ceilings.shared_rooms, ElementsAre("!x.*"));
  EXPECT_THAT(Find(widened), IsEmpty());
}

}  // namespace
}  // namespace causeway::registry
