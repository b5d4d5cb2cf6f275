#include "services/registry/incumbents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/registry/appservice.h"
#include "services/registry/fake_registry_store.h"
#include "services/registry/registration.h"
#include "services/registry/registry_store.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::UnorderedElementsAre;
using enum namespaces::NamespaceKind;

Appservice Bridge(int64_t uid, const std::string& id,
                  std::vector<Namespace> namespaces, int64_t revision = 0) {
  Appservice appservice;
  appservice.uid = uid;
  appservice.revision = revision;
  appservice.grant_name = absl::StrCat("grant ", uid);
  appservice.registration.id = id;
  appservice.registration.sender_localpart = id;
  appservice.registration.namespaces = std::move(namespaces);
  return appservice;
}

class IncumbentsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Reserved(namespaces::NamespaceKind kind,
                                    const std::string& prefix) {
    std::vector<std::string> result;
    for (const Incumbents::Reserved& reserved :
         incumbents_.FindReserved(kind, prefix)) {
      result.push_back(absl::StrCat(reserved.owner->id, " ", reserved.regex,
                                    reserved.own_user));
    }
    return result;
  }

  absl::Status CatchUp() {
    return store_.Run([this](RegistryStore::Change& change) {
      return incumbents_.CatchUp(change);
    });
  }

  absl::Status Store(const std::vector<Appservice>& appservices) {
    return store_.Run([&](RegistryStore::Change& change) {
      for (Appservice appservice : appservices) {
        appservice.revision = change.AdvanceRevision().value();
        absl::Status put = change.PutAppservice(appservice);
        if (!put.ok()) return put;
      }
      return absl::OkStatus();
    });
  }

  FakeRegistryStore store_;
  Incumbents incumbents_{matrix::ServerName::Parse("hs.test").value()};
};

TEST_F(IncumbentsTest, FindsByNames) {
  ASSERT_TRUE(incumbents_.Put(Bridge(1, "irc", {})).ok());
  EXPECT_EQ(incumbents_.FindById("irc")->id, "irc");
  EXPECT_EQ(incumbents_.FindBySender("irc")->id, "irc");
  EXPECT_THAT(incumbents_.FindById("xmpp"), IsNull());
  incumbents_.Remove(1);
  EXPECT_THAT(incumbents_.FindById("irc"), IsNull());
  EXPECT_THAT(incumbents_.FindBySender("irc"), IsNull());
  EXPECT_THAT(Reserved(kUsers, ""), IsEmpty());
}

TEST_F(IncumbentsTest, WhatIsReservedIsFoundByEitherBeginning) {
  ASSERT_TRUE(incumbents_
                  .Put(Bridge(1, "irc",
                              {{kUsers, "@irc_.*", true},
                               {kUsers, "@irc_b.*", false},
                               {kAliases, "#irc_.*", true}}))
                  .ok());
  ASSERT_TRUE(
      incumbents_.Put(Bridge(2, "wide", {{kUsers, ".*_bot$", true}})).ok());
  EXPECT_THAT(Reserved(kUsers, "@irc_bob"),
              UnorderedElementsAre("irc @irc_.*", "wide .*_bot$"));
  EXPECT_THAT(
      Reserved(kUsers, "@i"),
      UnorderedElementsAre("irc @irc_.*", "irc @irc:hs.test", "wide .*_bot$"));
  EXPECT_THAT(Reserved(kUsers, "@x"), UnorderedElementsAre("wide .*_bot$"));
  EXPECT_THAT(Reserved(kAliases, ""), UnorderedElementsAre("irc #irc_.*"));
  EXPECT_THAT(Reserved(kRooms, ""), IsEmpty());
}

TEST_F(IncumbentsTest, CountsDifferentRegexesOfOnePrefix) {
  ASSERT_TRUE(
      incumbents_
          .Put(Bridge(1, "a", {{kUsers, "@x.*", false}, {kUsers, "@x", true}}))
          .ok());
  ASSERT_TRUE(incumbents_.Put(Bridge(2, "b", {{kUsers, "@x.*", false}})).ok());
  EXPECT_EQ(incumbents_.CountRegexes(kUsers, "@x"), 2u);
  EXPECT_EQ(incumbents_.CountRegexes(kUsers, "@a:hs.test"), 1u);
  EXPECT_EQ(incumbents_.CountRegexes(kRooms, "@x"), 0u);
  EXPECT_TRUE(incumbents_.HasRegex(kUsers, "@x", "@x.*"));
  EXPECT_FALSE(incumbents_.HasRegex(kUsers, "@x", "@x.+"));
  incumbents_.Remove(1);
  EXPECT_EQ(incumbents_.CountRegexes(kUsers, "@x"), 1u);
  EXPECT_EQ(incumbents_.CountRegexes(kUsers, "@a:hs.test"), 0u);
}

TEST_F(IncumbentsTest, CatchesUpWithWhatWasCommitted) {
  ASSERT_TRUE(Store({Bridge(1, "a", {{kUsers, "@a_.*", true}}),
                     Bridge(2, "b", {{kUsers, "@b_.*", true}})})
                  .ok());
  ASSERT_TRUE(CatchUp().ok());
  EXPECT_EQ(incumbents_.FindById("b")->id, "b");

  // One goes, the other takes its name.
  ASSERT_TRUE(store_
                  .Run([](RegistryStore::Change& change) {
                    change.AdvanceRevision().value();
                    return change.RemoveAppservice(2);
                  })
                  .ok());
  ASSERT_TRUE(Store({Bridge(1, "b", {{kUsers, "@new_.*", true}})}).ok());
  ASSERT_TRUE(CatchUp().ok());
  EXPECT_THAT(incumbents_.FindById("a"), IsNull());
  EXPECT_THAT(Reserved(kUsers, ""),
              UnorderedElementsAre("b @new_.*", "b @b:hs.test"));
}

TEST_F(IncumbentsTest, NamesMayBeSwapped) {
  ASSERT_TRUE(Store({Bridge(1, "a", {}), Bridge(2, "b", {})}).ok());
  ASSERT_TRUE(CatchUp().ok());
  ASSERT_TRUE(
      Store({Bridge(1, "c", {}), Bridge(2, "a", {}), Bridge(1, "b", {})}).ok());
  ASSERT_TRUE(CatchUp().ok());
  EXPECT_THAT(Reserved(kUsers, ""),
              UnorderedElementsAre("b @b:hs.test", "a @a:hs.test"));
  EXPECT_EQ(incumbents_.FindById("a")->id, "a");
  EXPECT_EQ(incumbents_.FindBySender("b")->id, "b");
}

TEST_F(IncumbentsTest, StartsOverFromARestoredDatabase) {
  absl::AnyInvocable<void()> restore = store_.BackUp();
  ASSERT_TRUE(Store({Bridge(1, "a", {}), Bridge(2, "b", {})}).ok());
  ASSERT_TRUE(CatchUp().ok());
  restore();
  ASSERT_TRUE(
      Store({Bridge(1, "x", {}), Bridge(1, "y", {}), Bridge(1, "z", {})}).ok());
  ASSERT_TRUE(CatchUp().ok());
  EXPECT_THAT(Reserved(kUsers, ""), UnorderedElementsAre("z @z:hs.test"));
}

// Removals are remembered for so long only.
TEST_F(IncumbentsTest, StartsOverWhenItHasMissedTooMuch) {
  ASSERT_TRUE(Store({Bridge(1, "a", {}), Bridge(2, "b", {})}).ok());
  ASSERT_TRUE(CatchUp().ok());
  FakeRegistryStore later;
  ASSERT_TRUE(later
                  .Run([](RegistryStore::Change& change) {
                    for (int64_t i = 0; i <= kRevisionsKept + 3; ++i) {
                      change.AdvanceRevision().value();
                    }
                    Appservice b = Bridge(2, "b", {});
                    b.revision = 3;
                    return change.PutAppservice(b);
                  })
                  .ok());
  ASSERT_TRUE(later
                  .Run([this](RegistryStore::Change& change) {
                    return incumbents_.CatchUp(change);
                  })
                  .ok());
  EXPECT_THAT(Reserved(kUsers, ""), UnorderedElementsAre("b @b:hs.test"));
}

TEST_F(IncumbentsTest, WhatCannotBeReadLeavesNobody) {
  ASSERT_TRUE(incumbents_.Put(Bridge(1, "a", {})).ok());
  EXPECT_EQ(incumbents_.Put(Bridge(2, "b", {{kUsers, "@(", true}})).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Reserved(kUsers, ""), IsEmpty());
}

}  // namespace
}  // namespace causeway::registry
