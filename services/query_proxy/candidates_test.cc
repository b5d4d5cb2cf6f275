#include "services/query_proxy/candidates.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::query {
namespace {

using registry_watch::Namespace;
using registry_watch::Registration;
using registry_watch::RegistrySnapshot;
using registry_watch::SnapshotBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = RegistrySnapshot::Kind;

Registration Appservice(std::string id, std::vector<Namespace> namespaces,
                        std::string url = "http://as.test") {
  Registration registration;
  registration.id = std::move(id);
  registration.url = std::move(url);
  registration.namespaces = std::move(namespaces);
  return registration;
}

std::vector<std::string> Ids(const RegistrySnapshot& snapshot,
                             QuestionKind kind, std::string id) {
  std::vector<std::string> ids;
  for (const std::string& uid :
       FindCandidates(snapshot, {.kind = kind, .id = std::move(id)})
           .appservice_uids) {
    ids.push_back(snapshot.FindByUid(uid)->id);
  }
  return ids;
}

TEST(CandidatesTest, OwnerAloneElseAllThatShareIt) {
  auto snapshot =
      SnapshotBuilder("hs.test")
          .Add(Appservice("wide", {{Kind::kUsers, "@.*", false},
                                   {Kind::kAliases, "#.*", false}}))
          .Add(Appservice("irc", {{Kind::kUsers, "@irc_.*", true},
                                  {Kind::kUsers, "@relay_.*", false}}))
          .Build();
  EXPECT_THAT(Ids(*snapshot, QuestionKind::kUser, "@irc_bob:hs.test"),
              ElementsAre("irc"));
  EXPECT_THAT(Ids(*snapshot, QuestionKind::kUser, "@relay_bob:hs.test"),
              ElementsAre("wide", "irc"));
  EXPECT_THAT(Ids(*snapshot, QuestionKind::kUser, "@alice:hs.test"),
              ElementsAre("wide"));
  // The kinds are apart.
  EXPECT_THAT(Ids(*snapshot, QuestionKind::kRoomAlias, "#irc_x:hs.test"),
              ElementsAre("wide"));
}

TEST(CandidatesTest, WhoHasNoUrlIsNotAskedAndNobodyInItsPlace) {
  auto snapshot =
      SnapshotBuilder("hs.test")
          .Add(Appservice("wide", {{Kind::kUsers, "@.*", false}}))
          .Add(Appservice("irc", {{Kind::kUsers, "@irc_.*", true}}, ""))
          .Build();
  EXPECT_THAT(Ids(*snapshot, QuestionKind::kUser, "@irc_bob:hs.test"),
              IsEmpty());
}

TEST(CandidatesTest, NobodyClaimsIt) {
  EXPECT_THAT(Ids(*SnapshotBuilder("hs.test").Build(), QuestionKind::kUser,
                  "@alice:hs.test"),
              IsEmpty());
}

TEST(CandidatesTest, RevisionIsThatOfTheNewestRegistration) {
  SnapshotBuilder builder("hs.test");
  builder.Revision(5).Add(Appservice("a", {{Kind::kUsers, "@.*", false}}));
  builder.Build();
  builder.Add(Appservice("b", {{Kind::kUsers, "@.*", false}}));
  auto snapshot = builder.Build();
  EXPECT_EQ(FindCandidates(*snapshot,
                           {.kind = QuestionKind::kUser, .id = "@x:hs.test"})
                .registration_revision,
            snapshot->FindById("b")->revision);
}

TEST(CandidatesTest, OnlySoManyAreAsked) {
  SnapshotBuilder builder("hs.test");
  for (size_t i = 0; i < kCandidatesMax + 3; ++i) {
    builder.Add(
        Appservice(absl::StrCat("as", i), {{Kind::kUsers, "@.*", false}}));
  }
  EXPECT_THAT(Ids(*builder.Build(), QuestionKind::kUser, "@x:hs.test"),
              SizeIs(kCandidatesMax));
}

TEST(FindByProtocolTest, FindsThoseThatDeclareItInTheirOrder) {
  const auto snapshot =
      registry_watch::SnapshotBuilder()
          .Add({.id = "a", .url = "http://a", .protocols = {"xmpp", "irc"}})
          .Add({.id = "b", .url = "http://b", .protocols = {"xmpp"}})
          .Add({.id = "c", .protocols = {"irc"}})  // Wants no traffic.
          .Add({.id = "d", .url = "http://d", .protocols = {"irc"}})
          .Build();
  const auto found = FindByProtocol(*snapshot, "irc");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0]->id, "a");
  EXPECT_EQ(found[1]->id, "d");
  EXPECT_EQ(FindByProtocol(*snapshot, "ir").size(), 0u);
}

}  // namespace
}  // namespace causeway::query
