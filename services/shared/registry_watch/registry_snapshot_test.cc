#include "services/shared/registry_watch/registry_snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::registry_watch {
namespace {

using namespaces::NamespaceKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Ids(const std::vector<const Registration*>& list) {
  std::vector<std::string> ids;
  for (const Registration* registration : list) ids.push_back(registration->id);
  return ids;
}

// An IRC bridge that owns its users, and a wide one that only listens.
std::shared_ptr<const RegistrySnapshot> TwoBridges() {
  return SnapshotBuilder("hs.test")
      .Add({.id = "wide",
            .namespaces = {{NamespaceKind::kUsers, "@.*", false},
                           {NamespaceKind::kRooms, "!irc/.*", false}}})
      .Add({.id = "irc",
            .sender_localpart = "irc.bot",
            .namespaces = {{NamespaceKind::kUsers, "@irc_.*", true},
                           {NamespaceKind::kAliases, "#irc_.*", true}}},
           "T_a")
      .Build();
}

TEST(RegistrySnapshotTest, EmptyOneMatchesNothing) {
  RegistrySnapshot snapshot;
  EXPECT_EQ(snapshot.revision(), 0);
  EXPECT_EQ(snapshot.FindById("irc"), nullptr);
  EXPECT_EQ(snapshot.ExclusiveOwner(NamespaceKind::kUsers, "@a:hs.test"),
            nullptr);
  EXPECT_THAT(snapshot.Interested(NamespaceKind::kUsers, "@a:hs.test"),
              IsEmpty());
}

TEST(RegistrySnapshotTest, FindsByUidIdAndToken) {
  auto snapshot = TwoBridges();
  ASSERT_NE(snapshot->FindById("irc"), nullptr);
  EXPECT_EQ(snapshot->FindByUid("2"), snapshot->FindById("irc"));
  EXPECT_EQ(snapshot->FindByTokenSha256(matrix::Sha256("T_a")),
            snapshot->FindById("irc"));
  EXPECT_EQ(snapshot->FindByUid("3"), nullptr);
  EXPECT_EQ(snapshot->FindById(""), nullptr);
  EXPECT_EQ(snapshot->FindByTokenSha256("T_a"), nullptr);
}

TEST(RegistrySnapshotTest, RegistrationsAreInNumericalOrderOfUid) {
  auto snapshot = SnapshotBuilder()
                      .Add({.uid = "10", .id = "c"})
                      .Add({.uid = "9", .id = "b"})
                      .Add({.uid = "1", .id = "a"})
                      .Build();
  ASSERT_EQ(snapshot->registrations().size(), 3u);
  EXPECT_EQ(snapshot->registrations()[0]->id, "a");
  EXPECT_EQ(snapshot->registrations()[1]->id, "b");
  EXPECT_EQ(snapshot->registrations()[2]->id, "c");
}

TEST(RegistrySnapshotTest, WideNamespaceHidesNoExclusiveOne) {
  auto snapshot = TwoBridges();
  const Registration* owner =
      snapshot->ExclusiveOwner(NamespaceKind::kUsers, "@irc_bob:hs.test");
  ASSERT_NE(owner, nullptr);
  EXPECT_EQ(owner->id, "irc");
  EXPECT_EQ(snapshot->ExclusiveOwner(NamespaceKind::kUsers, "@bob:hs.test"),
            nullptr);
}

TEST(RegistrySnapshotTest, InterestedAreAllThatMatchInOrderOfUid) {
  auto snapshot = TwoBridges();
  EXPECT_THAT(
      Ids(snapshot->Interested(NamespaceKind::kUsers, "@irc_bob:hs.test")),
      ElementsAre("wide", "irc"));
  EXPECT_THAT(Ids(snapshot->Interested(NamespaceKind::kUsers, "@bob:hs.test")),
              ElementsAre("wide"));
  EXPECT_THAT(
      Ids(snapshot->Interested(NamespaceKind::kRooms, "!irc/#x:hs.test")),
      ElementsAre("wide"));
  EXPECT_THAT(snapshot->Interested(NamespaceKind::kRooms, "!x:hs.test"),
              IsEmpty());
}

TEST(RegistrySnapshotTest, OwnUserIsExclusivelyItsOwn) {
  auto snapshot = TwoBridges();
  const Registration* irc = snapshot->FindById("irc");
  EXPECT_EQ(snapshot->ExclusiveOwner(NamespaceKind::kUsers, "@irc.bot:hs.test"),
            irc);
  EXPECT_TRUE(
      snapshot->InNamespace(*irc, NamespaceKind::kUsers, "@irc.bot:hs.test"));
  EXPECT_THAT(
      Ids(snapshot->Interested(NamespaceKind::kUsers, "@irc.bot:hs.test")),
      ElementsAre("wide", "irc"));
}

// Goal: a sender_localpart is no regular expression, nor a beginning.
TEST(RegistrySnapshotTest, OwnUserMatchesNoOther) {
  auto snapshot = TwoBridges();
  for (const char* user_id : {"@ircxbot:hs.test", "@irc.bot:hs.test.evil",
                              "@irc.bot2:hs.test", "@irc.bot:other.test"}) {
    SCOPED_TRACE(user_id);
    EXPECT_EQ(snapshot->ExclusiveOwner(NamespaceKind::kUsers, user_id),
              nullptr);
  }
}

TEST(RegistrySnapshotTest, OwnUserMayHaveAnyCharacter) {
  const std::string sender = R"(a\.[]{}()*+?^$|/#~b)";
  auto snapshot = SnapshotBuilder("hs.test")
                      .Add({.id = "odd", .sender_localpart = sender})
                      .Build();
  EXPECT_EQ(snapshot->ExclusiveOwner(NamespaceKind::kUsers,
                                     "@" + sender + ":hs.test"),
            snapshot->FindById("odd"));
}

TEST(RegistrySnapshotTest, InNamespaceAsksThatRegistrationAlone) {
  auto snapshot = TwoBridges();
  const Registration& irc = *snapshot->FindById("irc");
  EXPECT_TRUE(
      snapshot->InNamespace(irc, NamespaceKind::kUsers, "@irc_bob:hs.test"));
  EXPECT_FALSE(
      snapshot->InNamespace(irc, NamespaceKind::kUsers, "@bob:hs.test"));
  EXPECT_FALSE(
      snapshot->InNamespace(irc, NamespaceKind::kRooms, "!irc/#x:hs.test"));
}

TEST(RegistrySnapshotTest, InNamespaceOfWhoHasLeftIsFalse) {
  auto old = TwoBridges();
  RegistrySnapshot empty;
  EXPECT_FALSE(empty.InNamespace(*old->FindById("irc"), NamespaceKind::kUsers,
                                 "@irc_bob:hs.test"));
}

TEST(RegistrySnapshotTest, MatchGivesIndexesOfRegistrations) {
  auto snapshot = TwoBridges();
  auto hits = snapshot->Match(NamespaceKind::kUsers, "@irc_bob:hs.test");
  ASSERT_EQ(hits->size(), 2u);
  EXPECT_EQ(snapshot->registrations()[(*hits)[0].registration]->id, "wide");
  EXPECT_FALSE((*hits)[0].exclusive);
  EXPECT_EQ(snapshot->registrations()[(*hits)[1].registration]->id, "irc");
  EXPECT_TRUE((*hits)[1].exclusive);
}

std::shared_ptr<const Registration> Bridge(const std::string& uid,
                                           const std::string& id,
                                           const std::string& users) {
  return std::make_shared<Registration>(
      Registration{.uid = uid,
                   .id = id,
                   .as_token_sha256 = "sha256 of " + id,
                   .sender_localpart = "bot-" + id,
                   .namespaces = {{NamespaceKind::kUsers, users, true}}});
}

TEST(RegistrySnapshotTest, AfterAChangeTheRestIsTheSame) {
  auto before = SnapshotBuilder("hs.test")
                    .Add(*Bridge("1", "a", "@a_.*"))
                    .Add(*Bridge("2", "b", "@b_.*"))
                    .Add(*Bridge("3", "c", "@c_.*"))
                    .Build();
  // One moves, one takes its name and place, one goes, one comes.
  auto after =
      before->After(7,
                    {Bridge("9", "d", "@d_.*"), Bridge("1", "a2", "@a2_.*"),
                     Bridge("2", "a", "@a_.*")},
                    {"3", "8"});
  ASSERT_TRUE(after.ok()) << after.status();
  const RegistrySnapshot& snapshot = **after;
  EXPECT_EQ(snapshot.revision(), 7);
  EXPECT_EQ(snapshot.server_name(), "hs.test");
  EXPECT_EQ(snapshot.registration_count(), 3);
  EXPECT_EQ(snapshot.FindById("a")->uid, "2");
  EXPECT_EQ(snapshot.FindById("a2")->uid, "1");
  EXPECT_EQ(snapshot.FindById("b"), nullptr);
  EXPECT_EQ(snapshot.FindByUid("3"), nullptr);
  EXPECT_EQ(snapshot.FindByTokenSha256("sha256 of c"), nullptr);
  EXPECT_EQ(snapshot.FindByTokenSha256("sha256 of a")->uid, "2");
  auto owner = [&snapshot](const char* user_id) -> std::string {
    const Registration* registration =
        snapshot.ExclusiveOwner(NamespaceKind::kUsers, user_id);
    return registration == nullptr ? "" : registration->uid;
  };
  EXPECT_EQ(owner("@a_x:hs.test"), "2");
  EXPECT_EQ(owner("@a2_x:hs.test"), "1");
  EXPECT_EQ(owner("@b_x:hs.test"), "");
  EXPECT_EQ(owner("@c_x:hs.test"), "");
  EXPECT_EQ(owner("@d_x:hs.test"), "9");
  EXPECT_EQ(owner("@bot-a:hs.test"), "2");
  EXPECT_EQ(owner("@bot-b:hs.test"), "");
  EXPECT_EQ(owner("@bot-d:hs.test"), "9");

  EXPECT_EQ(before->FindById("a")->uid, "1");
  EXPECT_EQ(before->ExclusiveOwner(NamespaceKind::kUsers, "@c_x:hs.test")->uid,
            "3");
}

// Goal: a change costs no more than it is large.
TEST(RegistrySnapshotTest, WhatIsUnchangedIsShared) {
  auto before = TwoBridges();
  auto after = before->After(2, {Bridge("3", "new", "@new_.*")}, {});
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ((*after)->FindById("irc"), before->FindById("irc"));
}

TEST(RegistrySnapshotTest, GapsAreClosedWhenThereAreMany) {
  auto snapshot = SnapshotBuilder("hs.test")
                      .Add(*Bridge("1", "a", "@a_.*"))
                      .Add(*Bridge("2", "b", "@b_.*"))
                      .Add(*Bridge("3", "c", "@c_.*"))
                      .Build();
  snapshot = snapshot->After(2, {}, {"1"}).value();
  ASSERT_EQ(snapshot->registrations().size(), 3u);
  EXPECT_EQ(snapshot->registrations()[0], nullptr);
  snapshot = snapshot->After(3, {}, {"2"}).value();
  ASSERT_EQ(snapshot->registrations().size(), 1u);
  EXPECT_EQ(snapshot->registrations()[0]->id, "c");
  EXPECT_EQ(snapshot->revision(), 3);
  EXPECT_EQ(snapshot->ExclusiveOwner(NamespaceKind::kUsers, "@c_x:hs.test")->id,
            "c");
}

TEST(RegistrySnapshotTest, WhoComesLateStandsInOrderAllTheSame) {
  auto snapshot =
      SnapshotBuilder("hs.test").Add(*Bridge("9", "late", "@l_.*")).Build();
  snapshot = snapshot->After(2, {Bridge("2", "early", "@e_.*")}, {}).value();
  ASSERT_EQ(snapshot->registrations().size(), 2u);
  EXPECT_EQ(snapshot->registrations()[0]->id, "early");
  EXPECT_EQ(snapshot->registrations()[1]->id, "late");
}

TEST(RegistrySnapshotTest, RefusesWhatDoesNotCompile) {
  auto snapshot = RegistrySnapshot::Create(
      1, "hs.test",
      {{.uid = "1",
        .id = "irc",
        .namespaces = {{NamespaceKind::kUsers, "@(", false}}}});
  EXPECT_EQ(snapshot.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(snapshot.status().message(), HasSubstr("@("));
}

}  // namespace
}  // namespace causeway::registry_watch
