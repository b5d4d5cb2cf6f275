#include "services/shared/registry_watch/watch_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::registry_watch {
namespace {

namespace pb = causeway::registry::v1;
using namespaces::NamespaceKind;
using ::testing::ElementsAre;

pb::Appservice Appservice(const std::string& uid, const std::string& id,
                          const std::string& users = "@never_.*") {
  pb::Appservice appservice;
  appservice.set_uid(uid);
  appservice.set_id(id);
  appservice.set_as_token_sha256("sha256 of " + id);
  appservice.set_sender_localpart(id);
  pb::Namespace& ns = *appservice.add_namespaces();
  ns.set_kind(pb::Namespace::USERS);
  ns.set_regex(users);
  ns.set_exclusive(true);
  return appservice;
}

pb::WatchResponse Message(int64_t revision, bool complete,
                          const std::vector<pb::Appservice>& updated = {}) {
  pb::WatchResponse message;
  message.set_revision(revision);
  message.set_complete(complete);
  for (const pb::Appservice& appservice : updated) {
    *message.add_updated() = appservice;
  }
  return message;
}

pb::WatchResponse Reset(pb::WatchResponse message) {
  message.set_reset(true);
  message.set_server_name("hs.test");
  return message;
}

std::vector<std::string> Ids(const RegistrySnapshot& snapshot) {
  std::vector<std::string> ids;
  for (const auto& registration : snapshot.registrations()) {
    if (registration != nullptr) ids.push_back(registration->id);
  }
  return ids;
}

TEST(WatchAssemblerTest, SnapshotOfManyMessagesIsOne) {
  WatchAssembler assembler;
  auto none = assembler.Take(Reset(Message(9, false, {Appservice("1", "a")})));
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, nullptr);
  EXPECT_EQ(assembler.revision(), 0);
  auto snapshot = assembler.Take(Message(9, true, {Appservice("2", "b")}));
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ((*snapshot)->revision(), 9);
  EXPECT_EQ((*snapshot)->server_name(), "hs.test");
  EXPECT_THAT(Ids(**snapshot), ElementsAre("a", "b"));
  EXPECT_EQ(assembler.revision(), 9);
}

TEST(WatchAssemblerTest, EmptySnapshotIsOneToo) {
  WatchAssembler assembler;
  auto snapshot = assembler.Take(Reset(Message(1, true)));
  ASSERT_TRUE(snapshot.ok());
  ASSERT_NE(*snapshot, nullptr);
  EXPECT_TRUE((*snapshot)->registrations().empty());
}

TEST(WatchAssemblerTest, ChangesBuildOnWhatThereIs) {
  WatchAssembler assembler;
  ASSERT_TRUE(assembler
                  .Take(Reset(Message(
                      1, true, {Appservice("1", "a"), Appservice("2", "b")})))
                  .ok());
  pb::WatchResponse change = Message(2, true, {Appservice("3", "c")});
  change.add_removed_uids("1");
  auto snapshot = assembler.Take(change);
  ASSERT_TRUE(snapshot.ok());
  EXPECT_THAT(Ids(**snapshot), ElementsAre("b", "c"));
  EXPECT_EQ((*snapshot)->server_name(), "hs.test");
}

TEST(WatchAssemblerTest, ResetForgets) {
  WatchAssembler assembler;
  ASSERT_TRUE(
      assembler.Take(Reset(Message(5, true, {Appservice("1", "a")}))).ok());
  auto snapshot =
      assembler.Take(Reset(Message(3, true, {Appservice("2", "b")})));
  ASSERT_TRUE(snapshot.ok());
  EXPECT_THAT(Ids(**snapshot), ElementsAre("b"));
  EXPECT_EQ(assembler.revision(), 3);
}

TEST(WatchAssemblerTest, HeartbeatBringsNothing) {
  WatchAssembler assembler;
  ASSERT_TRUE(assembler.Take(Reset(Message(5, true))).ok());
  auto snapshot = assembler.Take(Message(5, true));
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(*snapshot, nullptr);
}

TEST(WatchAssemblerTest, RevisionWithoutVisibleChangeCounts) {
  WatchAssembler assembler;
  ASSERT_TRUE(assembler.Take(Reset(Message(5, true))).ok());
  auto snapshot = assembler.Take(Message(7, true));
  ASSERT_TRUE(snapshot.ok());
  ASSERT_NE(*snapshot, nullptr);
  EXPECT_EQ((*snapshot)->revision(), 7);
}

TEST(WatchAssemblerTest, HalfOfARevisionDiesWithItsStream) {
  WatchAssembler assembler;
  ASSERT_TRUE(
      assembler.Take(Reset(Message(1, true, {Appservice("1", "a")}))).ok());
  ASSERT_TRUE(assembler.Take(Message(2, false, {Appservice("2", "b")})).ok());
  assembler.StartStream();
  EXPECT_EQ(assembler.revision(), 1);
  auto snapshot = assembler.Take(Message(2, true, {Appservice("3", "c")}));
  ASSERT_TRUE(snapshot.ok());
  EXPECT_THAT(Ids(**snapshot), ElementsAre("a", "c"));
}

TEST(WatchAssemblerTest, UnusableRevisionIsMendedByALaterOne) {
  WatchAssembler assembler;
  auto broken =
      assembler.Take(Reset(Message(1, true, {Appservice("1", "a", "@(")})));
  EXPECT_EQ(broken.status().code(), absl::StatusCode::kInvalidArgument);
  pb::WatchResponse mend = Message(2, true, {Appservice("2", "b")});
  mend.add_removed_uids("1");
  auto snapshot = assembler.Take(mend);
  ASSERT_TRUE(snapshot.ok());
  EXPECT_THAT(Ids(**snapshot), ElementsAre("b"));
}

// Goal: what came with an unusable revision isn't lost with it.
TEST(WatchAssemblerTest, UnusableRevisionCountsAllTheSame) {
  WatchAssembler assembler;
  ASSERT_TRUE(assembler
                  .Take(Reset(Message(
                      1, true, {Appservice("1", "a"), Appservice("2", "b")})))
                  .ok());
  pb::WatchResponse broken =
      Message(2, true, {Appservice("3", "c"), Appservice("4", "d", "@(")});
  broken.add_removed_uids("1");
  EXPECT_FALSE(assembler.Take(broken).ok());
  EXPECT_EQ(assembler.revision(), 2);
  auto snapshot =
      assembler.Take(Message(3, true, {Appservice("4", "d", "@d_.*")}));
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ((*snapshot)->revision(), 3);
  EXPECT_THAT(Ids(**snapshot), ElementsAre("b", "c", "d"));
}

TEST(WatchAssemblerTest, EveryFieldArrives) {
  pb::Appservice sent = Appservice("17", "irc", "@irc_.*");
  sent.set_url("https://a.test");
  sent.set_hs_token_sealed("sealed");
  sent.set_previous_hs_token_sealed("older");
  sent.mutable_previous_hs_token_until()->set_seconds(1421416883);
  sent.set_rate_limited(true);
  sent.add_protocols("irc");
  sent.set_receive_ephemeral(true);
  sent.set_dialect(pb::DRAFT);
  sent.set_private_networks_allowed(false);
  sent.mutable_expire_time()->set_seconds(1421416884);
  sent.set_revision(4);
  pb::Namespace& alias = *sent.add_namespaces();
  alias.set_kind(pb::Namespace::ALIASES);
  alias.set_regex("#irc_.*");
  pb::Namespace& room = *sent.add_namespaces();
  room.set_kind(pb::Namespace::ROOMS);
  room.set_regex("!irc_.*");

  WatchAssembler assembler;
  auto snapshot = assembler.Take(Reset(Message(4, true, {sent})));
  ASSERT_TRUE(snapshot.ok());
  const Registration expected = {
      .uid = "17",
      .id = "irc",
      .url = "https://a.test",
      .as_token_sha256 = "sha256 of irc",
      .hs_token_sealed = "sealed",
      .previous_hs_token_sealed = "older",
      .previous_hs_token_until = absl::FromUnixSeconds(1421416883),
      .sender_localpart = "irc",
      .namespaces = {{NamespaceKind::kUsers, "@irc_.*", true},
                     {NamespaceKind::kAliases, "#irc_.*", false},
                     {NamespaceKind::kRooms, "!irc_.*", false}},
      .dialect = Dialect::kDraft,
      .receive_ephemeral = true,
      .rate_limited = true,
      .protocols = {"irc"},
      .private_networks_allowed = false,
      .expire_time = absl::FromUnixSeconds(1421416884),
      .revision = 4};
  EXPECT_EQ(*(*snapshot)->registrations().at(0), expected);
}

// Goal: an older registry, which says nothing of it, keeps nobody from a
// bridge.
TEST(WatchAssemblerTest, PrivateNetworksAreAllowedUnlessSaidOtherwise) {
  WatchAssembler assembler;
  auto snapshot = assembler.Take(
      Reset(Message(4, true, {Appservice("17", "irc", "@irc_.*")})));
  ASSERT_TRUE(snapshot.ok());
  EXPECT_TRUE((*snapshot)->registrations().at(0)->private_networks_allowed);
}

}  // namespace
}  // namespace causeway::registry_watch
