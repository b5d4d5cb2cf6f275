#include "services/push_dispatcher/core/interest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = namespaces::NamespaceKind;

constexpr char kRoom[] = "!plain:hs.test";

class InterestTest : public ::testing::Test {
 protected:
  InterestTest() {
    registry_watch::SnapshotBuilder builder("hs.test");
    builder
        .Add({.id = "users",
              .url = "http://a",
              .sender_localpart = "bot",
              .namespaces = {{Kind::kUsers, "@ghost_.*", true}}})
        .Add({.id = "aliases",
              .url = "http://a",
              .namespaces = {{Kind::kAliases, "#irc_.*", true}}})
        .Add({.id = "rooms",
              .url = "http://a",
              .namespaces = {{Kind::kRooms, "!irc_.*", true}}})
        .Add({.id = "silent", .namespaces = {{Kind::kUsers, "@.*", false}}});
    rules_ = std::make_shared<InterestRules>(builder.Build());
  }

  RoomInterest Room(absl::string_view room_id, const RoomFacts& facts = {}) {
    return RoomInterest(rules_, room_id, facts);
  }

  // IDs of the interested that have a queue.
  std::vector<std::string> Ids(absl::Span<const RoomInterest::Handle> handles) {
    std::vector<std::string> ids;
    for (RoomInterest::Handle handle : handles) {
      if (rules_->QueueOf(handle).has_value()) {
        ids.push_back(rules_->snapshot().registrations()[handle]->id);
      }
    }
    return ids;
  }

  // Those for whose interest there is a reason.
  std::vector<RoomInterest::Handle> Explained(const RoomInterest& room,
                                              const RoutedEvent& event) {
    std::vector<RoomInterest::Handle> handles;
    for (size_t i = 0; i < rules_->snapshot().registrations().size(); ++i) {
      const auto handle = static_cast<RoomInterest::Handle>(i);
      if (!room.Explain(event, handle).empty()) handles.push_back(handle);
    }
    return handles;
  }

  std::shared_ptr<const InterestRules> rules_;
};

TEST_F(InterestTest, EachRuleFindsItsEvents) {
  struct Case {
    const char* name;
    const char* room_id;
    RoomFacts facts;
    RoutedEvent event;
    std::vector<std::string> expected;
  };
  const std::vector<Case> cases = {
      {"nobody's", kRoom, {}, {.sender = "@alice:hs.test"}, {}},
      {"room ID",
       "!irc_x:hs.test",
       {},
       {.sender = "@alice:hs.test"},
       {"rooms"}},
      {"alias",
       kRoom,
       {.aliases = {"#other:hs.test", "#irc_x:hs.test"}},
       {.sender = "@alice:hs.test"},
       {"aliases"}},
      {"sender", kRoom, {}, {.sender = "@ghost_bob:hs.test"}, {"users"}},
      {"the application service's own user as sender",
       kRoom,
       {},
       {.sender = "@bot:hs.test"},
       {"users"}},
      {"state_key of a member event",
       kRoom,
       {},
       {.sender = "@alice:hs.test", .member = "@ghost_bob:hs.test"},
       {"users"}},
      {"joined member",
       kRoom,
       {.joined_members = {"@alice:hs.test", "@ghost_bob:hs.test"}},
       {.sender = "@alice:hs.test"},
       {"users"}},
      {"own user joined",
       kRoom,
       {.joined_members = {"@bot:hs.test"}},
       {.sender = "@alice:hs.test"},
       {"users"}},
      {"a joined member of another homeserver",
       kRoom,
       {.joined_members = {"@ghost_bob:elsewhere.test"}},
       {.sender = "@alice:hs.test"},
       {}},
      {"several rules, several services, each once",
       "!irc_x:hs.test",
       {.joined_members = {"@ghost_a:hs.test", "@ghost_b:hs.test"},
        .aliases = {"#irc_x:hs.test"}},
       {.sender = "@ghost_a:hs.test", .member = "@ghost_c:hs.test"},
       {"users", "aliases", "rooms"}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    RoomInterest room = Room(test.room_id, test.facts);
    RoutedEvent event = test.event;
    event.room_id = test.room_id;
    EXPECT_EQ(Ids(room.Match(event)), test.expected);
    EXPECT_EQ(Ids(Explained(room, event)), test.expected);
  }
}

TEST_F(InterestTest, NamesEveryReason) {
  using Rule = InterestReason::Rule;
  const RoomInterest room =
      Room("!irc_x:hs.test",
           {.joined_members = {"@ghost_b:hs.test", "@ghost_a:hs.test",
                               "@alice:hs.test"},
            .aliases = {"#irc_x:hs.test", "#other:hs.test"}});
  const RoutedEvent event = {.room_id = "!irc_x:hs.test",
                             .sender = "@ghost_a:hs.test",
                             .member = "@ghost_c:hs.test"};
  EXPECT_THAT(
      room.Explain(event, 0),
      ElementsAre(InterestReason{Rule::kSender, "@ghost_a:hs.test"},
                  InterestReason{Rule::kStateKey, "@ghost_c:hs.test"},
                  InterestReason{Rule::kJoinedMember, "@ghost_a:hs.test"},
                  InterestReason{Rule::kJoinedMember, "@ghost_b:hs.test"}));
  EXPECT_THAT(room.Explain(event, 1),
              ElementsAre(InterestReason{Rule::kAlias, "#irc_x:hs.test"}));
  EXPECT_THAT(room.Explain(event, 2),
              ElementsAre(InterestReason{Rule::kRoomId, "!irc_x:hs.test"}));
  EXPECT_EQ(room.Candidates(event).size(), 8u);
}

TEST_F(InterestTest, FollowsMembership) {
  RoomInterest room = Room(kRoom);
  const RoutedEvent message = {.sender = "@alice:hs.test"};
  EXPECT_THAT(Ids(room.Match(message)), IsEmpty());

  EXPECT_TRUE(room.SetJoined("@ghost_a:hs.test", true));
  EXPECT_FALSE(room.SetJoined("@ghost_a:hs.test", true));
  EXPECT_TRUE(room.SetJoined("@ghost_b:hs.test", true));
  EXPECT_THAT(Ids(room.Match(message)), ElementsAre("users"));

  EXPECT_TRUE(room.SetJoined("@ghost_a:hs.test", false));
  EXPECT_THAT(Ids(room.Match(message)), ElementsAre("users"));
  EXPECT_TRUE(room.SetJoined("@ghost_b:hs.test", false));
  EXPECT_FALSE(room.SetJoined("@ghost_b:hs.test", false));
  EXPECT_THAT(Ids(room.Match(message)), IsEmpty());
}

TEST_F(InterestTest, TheLastUsersLeaveStillConcernsItsService) {
  RoomInterest room = Room(kRoom, {.joined_members = {"@ghost_a:hs.test"}});
  const RoutedEvent leave = {.sender = "@ghost_a:hs.test",
                             .member = "@ghost_a:hs.test"};
  EXPECT_THAT(Ids(room.Match(leave)), ElementsAre("users"));
  room.SetJoined("@ghost_a:hs.test", false);
  EXPECT_THAT(Ids(room.Match(leave)), ElementsAre("users"));
}

TEST_F(InterestTest, FollowsAliases) {
  RoomInterest room = Room(kRoom);
  const RoutedEvent message = {.sender = "@alice:hs.test"};
  EXPECT_TRUE(room.SetAlias("#irc_x:hs.test", true));
  EXPECT_THAT(Ids(room.Match(message)), ElementsAre("aliases"));
  EXPECT_TRUE(room.SetAlias("#irc_x:hs.test", false));
  EXPECT_FALSE(room.SetAlias("#irc_x:hs.test", false));
  EXPECT_THAT(Ids(room.Match(message)), IsEmpty());
}

// So that one who registers later finds the rooms where its users are.
TEST_F(InterestTest, KeepsMembersThatNobodyMatches) {
  RoomInterest room = Room(kRoom);
  EXPECT_TRUE(room.SetJoined("@alice:hs.test", true));
  EXPECT_EQ(room.member_count(), 1u);
}

TEST_F(InterestTest, AServiceWithoutUrlHasNoQueue) {
  EXPECT_TRUE(rules_->QueueOf(0).has_value());
  EXPECT_FALSE(rules_->QueueOf(3).has_value());
}

TEST(ParseUidTest, TakesPositiveNumbersOnly) {
  EXPECT_EQ(ParseUid("17"), 17);
  for (const char* text : {"", "0", "-1", "x", "99999999999999999999"}) {
    EXPECT_EQ(ParseUid(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace causeway::push
