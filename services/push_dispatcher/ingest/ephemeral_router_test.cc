#include "services/push_dispatcher/ingest/ephemeral_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/testing/forwarding_ingest_store.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using Item = EphemeralItem;
using Kind = namespaces::NamespaceKind;

// A fake in which something happens while rooms are read.
class RoomsInMotion : public ForwardingIngestStore {
 public:
  absl::StatusOr<absl::flat_hash_map<std::string, RoomFacts>> LoadRooms(
      SourceId source_id, absl::Span<const std::string> room_ids) override {
    auto rooms = fake.LoadRooms(source_id, room_ids);
    ++reads;
    if (meanwhile != nullptr) std::exchange(meanwhile, nullptr)();
    return rooms;
  }

  std::function<void()> meanwhile;
  int reads = 0;
};

class EphemeralRouterTest : public ::testing::Test {
 protected:
  EphemeralRouterTest() {
    registry_
        .Add({.uid = "10",
              .id = "ghosts",
              .url = "http://a",
              .namespaces = {{Kind::kUsers, "@ghost_.*", true}},
              .receive_ephemeral = true})
        .Add({.uid = "20",
              .id = "rooms",
              .url = "http://a",
              .namespaces = {{Kind::kRooms, "!irc_.*", true},
                             {Kind::kAliases, "#irc_.*", true}},
              .receive_ephemeral = true})
        .Add({.uid = "30",
              .id = "didn't ask",
              .url = "http://a",
              .namespaces = {{Kind::kUsers, "@.*", false},
                             {Kind::kRooms, "!.*", false}}})
        .Add({.uid = "40",
              .id = "silent",
              .namespaces = {{Kind::kUsers, "@.*", false}},
              .receive_ephemeral = true});
    applied_.Set(registry_.Build());
  }

  // Another process takes it in.
  IngestBatch Change(std::vector<MemberChange> members,
                     std::vector<AliasChange> aliases = {}) {
    IngestBatch batch;
    batch.before = store_.OpenSource("hs").value();
    batch.end = {.position = batch.before.end.position + 1,
                 .prefix_sha256 = std::string(32, 'x')};
    batch.member_changes = std::move(members);
    batch.alias_changes = std::move(aliases);
    const absl::Status committed = store_.Commit(batch);
    EXPECT_TRUE(committed.ok()) << committed;
    return batch;
  }
  // This one does.
  void ChangeHere(std::vector<MemberChange> members,
                  std::vector<AliasChange> aliases = {}) {
    router_.Committed(Change(std::move(members), std::move(aliases)));
  }

  // Which queues get it.
  std::vector<AppserviceUid> Route(Item item,
                                   const std::string& source = "hs") {
    got_.clear();
    const absl::Status status =
        router_.Route(source, {std::make_shared<Item>(std::move(item))});
    EXPECT_TRUE(status.ok()) << status;
    std::vector<AppserviceUid> uids;
    for (const auto& [uid, items] : got_) uids.push_back(uid);
    return uids;
  }
  std::vector<AppserviceUid> Typing(const std::string& room_id) {
    return Route({.kind = Item::Kind::kTyping, .room_id = room_id});
  }
  std::vector<AppserviceUid> Receipt(const std::string& type,
                                     const std::string& user_id) {
    return Route({.kind = Item::Kind::kReceipt,
                  .room_id = "!irc_a:hs",
                  .user_id = user_id,
                  .event_id = "$1",
                  .receipt_type = type});
  }
  std::vector<AppserviceUid> Presence(const std::string& user_id) {
    return Route({.kind = Item::Kind::kPresence, .user_id = user_id});
  }

  RoomsInMotion store_;
  FakeClock clock_;
  registry_watch::SnapshotBuilder registry_{"hs"};
  registry_watch::LatestSnapshot applied_;
  std::map<AppserviceUid, EphemeralItems> got_;
  EphemeralRouter router_{store_, applied_, clock_,
                          [this](AppserviceUid uid, EphemeralItems items) {
                            got_[uid] = std::move(items);
                          }};
};

TEST_F(EphemeralRouterTest, TypingIsForThoseWhomTheRoomInterests) {
  Change({{"!a:hs", "@ghost_a:hs", true}, {"!c:hs", "@alice:hs", true}},
         {{"!b:hs", "#irc_b:hs", true}});
  EXPECT_THAT(Typing("!a:hs"), UnorderedElementsAre(10));
  EXPECT_THAT(Typing("!b:hs"), UnorderedElementsAre(20));
  EXPECT_THAT(Typing("!irc_a:hs"), UnorderedElementsAre(20));
  EXPECT_THAT(Typing("!c:hs"), IsEmpty());
  // A source that has published nothing yet.
  EXPECT_THAT(Route({.room_id = "!irc_a:hs"}, "new"), UnorderedElementsAre(20));
}

TEST_F(EphemeralRouterTest, PrivateReceiptsAreForWhoseUserHasRead) {
  Change({{"!irc_a:hs", "@ghost_a:hs", true}});
  EXPECT_THAT(Receipt("m.read", "@alice:hs"), UnorderedElementsAre(10, 20));
  EXPECT_THAT(Receipt("m.read.private", "@ghost_a:hs"),
              UnorderedElementsAre(10));
  EXPECT_THAT(Receipt("m.read.private", "@ghosts:hs"),
              UnorderedElementsAre(10));
  EXPECT_THAT(Receipt("m.read.private", "@alice:hs"), IsEmpty());
}

TEST_F(EphemeralRouterTest, PresenceIsForWhoseUserItIs) {
  EXPECT_THAT(Presence("@ghost_a:hs"), UnorderedElementsAre(10));
  EXPECT_THAT(Presence("@rooms:hs"), UnorderedElementsAre(20));
  EXPECT_THAT(Presence("@alice:hs"), IsEmpty());
}

TEST_F(EphemeralRouterTest, PresenceIsAlsoForWhomARoomOfTheUserInterests) {
  Change({{"!a:hs", "@ghost_a:hs", true}, {"!a:hs", "@alice:hs", true}});
  EphemeralItems items;
  for (const char* room_id : {"", "!other:hs", "!a:hs", "!irc_b:hs"}) {
    items.push_back(std::make_shared<Item>(Item{.kind = Item::Kind::kPresence,
                                                .room_id = room_id,
                                                .user_id = "@alice:hs",
                                                .json = "{}"}));
  }
  ASSERT_TRUE(router_.Route("hs", items).ok());
  EXPECT_THAT(got_, UnorderedElementsAre(Pair(10, testing::SizeIs(1)),
                                         Pair(20, testing::SizeIs(1))));
}

TEST_F(EphemeralRouterTest, PresenceIsToldOnceHoweverManyRoomsAreShared) {
  Change({{"!a:hs", "@ghost_a:hs", true}, {"!b:hs", "@ghost_a:hs", true}});
  EphemeralItems items;
  for (const char* room_id : {"!a:hs", "!b:hs"}) {
    items.push_back(std::make_shared<Item>(Item{.kind = Item::Kind::kPresence,
                                                .room_id = room_id,
                                                .user_id = "@alice:hs",
                                                .json = "{}"}));
  }
  ASSERT_TRUE(router_.Route("hs", items).ok());
  EXPECT_THAT(got_, UnorderedElementsAre(Pair(10, testing::SizeIs(1))));
}

TEST_F(EphemeralRouterTest, EachGetsAllOfItAtOnce) {
  const auto typing = std::make_shared<Item>(Item{.room_id = "!irc_a:hs"});
  const auto presence = std::make_shared<Item>(
      Item{.kind = Item::Kind::kPresence, .user_id = "@rooms:hs"});
  ASSERT_TRUE(router_.Route("hs", {typing, presence}).ok());
  EXPECT_THAT(got_,
              UnorderedElementsAre(Pair(20, EphemeralItems{typing, presence})));
}

// Rooms are read now and then, not for each word of who is typing: what others
// take in is known later.
TEST_F(EphemeralRouterTest, GoesByWhatItReadAWhileAgo) {
  Change({{"!a:hs", "@alice:hs", true}});
  EXPECT_THAT(Typing("!a:hs"), IsEmpty());
  Change({{"!a:hs", "@ghost_a:hs", true}});
  store_.fake.SetAway(true);
  EXPECT_THAT(Typing("!a:hs"), IsEmpty());
  EXPECT_EQ(
      router_.Route("hs", {std::make_shared<Item>(Item{.room_id = "!b:hs"})})
          .code(),
      absl::StatusCode::kUnavailable);
  store_.fake.SetAway(false);
  clock_.AdvanceTime(EphemeralRouter::kKnownFor);
  EXPECT_THAT(Typing("!a:hs"), UnorderedElementsAre(10));
}

TEST_F(EphemeralRouterTest, WhatThisProcessTakesInCountsAtOnce) {
  Change({{"!a:hs", "@alice:hs", true}, {"!b:hs", "@alice:hs", true}});
  EXPECT_THAT(Typing("!a:hs"), IsEmpty());
  EXPECT_THAT(Typing("!b:hs"), IsEmpty());
  ChangeHere({{"!a:hs", "@ghost_a:hs", true}});
  EXPECT_THAT(Typing("!a:hs"), UnorderedElementsAre(10));
  ChangeHere({}, {{"!b:hs", "#irc_b:hs", true}});
  EXPECT_THAT(Typing("!b:hs"), UnorderedElementsAre(20));
  ChangeHere({{"!a:hs", "@ghost_a:hs", false}});
  EXPECT_THAT(Typing("!a:hs"), IsEmpty());
  EXPECT_EQ(store_.reads, 2);  // Each room once.
}

// As when somebody joins the room that a bridge has just made for them: their
// presence may overtake what they have joined.
TEST_F(EphemeralRouterTest, WhatIsTakenInWhileRoomsAreReadCountsToo) {
  Change({{"!a:hs", "@alice:hs", true}});
  store_.meanwhile = [&] {
    ChangeHere({{"!a:hs", "@ghost_a:hs", true}});
    ChangeHere({}, {{"!a:hs", "#irc_a:hs", true}});
    ChangeHere({{"!a:hs", "@ghost_a:hs", false}});
  };
  EXPECT_THAT(Typing("!a:hs"), UnorderedElementsAre(20));
  EXPECT_THAT(Typing("!a:hs"), UnorderedElementsAre(20));
}

TEST_F(EphemeralRouterTest, RoomsOfAnotherSourceAreOthers) {
  Change({{"!a:hs", "@alice:hs", true}});
  IngestBatch other;
  other.before = store_.OpenSource("other").value();
  other.member_changes = {{"!a:hs", "@ghost_a:hs", true}};
  store_.meanwhile = [&] { router_.Committed(other); };
  EXPECT_THAT(Typing("!a:hs"), IsEmpty());
  router_.Committed(other);
  EXPECT_THAT(Typing("!a:hs"), IsEmpty());
}

TEST_F(EphemeralRouterTest, TakesInWhileOthersRoute) {
  Change({{"!a:hs", "@alice:hs", true}});
  std::thread ingest([&] {
    for (int i = 0; i < 200; ++i) {
      ChangeHere({{"!a:hs", "@ghost_a:hs", i % 2 == 0},
                  {absl::StrCat("!", i, ":hs"), "@ghost_b:hs", true}});
    }
  });
  for (int i = 0; i < 200; ++i) {
    Typing("!a:hs");
    Typing(absl::StrCat("!", i, ":hs"));
  }
  ingest.join();
  EXPECT_THAT(Typing("!a:hs"), IsEmpty());
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(Typing(absl::StrCat("!", i, ":hs")), UnorderedElementsAre(10));
  }
}

TEST_F(EphemeralRouterTest, NewRegistrationsCountAtOnce) {
  EXPECT_THAT(Typing("!xmpp_a:hs"), IsEmpty());
  registry_.Add({.uid = "50",
                 .id = "xmpp",
                 .url = "http://a",
                 .namespaces = {{Kind::kRooms, "!xmpp_.*", true}},
                 .receive_ephemeral = true});
  applied_.Set(registry_.Build());
  EXPECT_THAT(Typing("!xmpp_a:hs"), UnorderedElementsAre(50));
}

TEST_F(EphemeralRouterTest, WhileNobodyWantsAnyNothingIsRead) {
  for (const char* id : {"ghosts", "rooms"}) registry_.Remove(id);
  applied_.Set(registry_.Build());
  store_.fake.SetAway(true);
  EXPECT_THAT(Typing("!a:hs"), IsEmpty());
}

}  // namespace
}  // namespace causeway::push
