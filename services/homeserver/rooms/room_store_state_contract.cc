// What every RoomStore must do with state and members, at every position.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/homeserver/rooms/room_store_contract.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kRoom[] = "!r:hs";
constexpr char kOther[] = "!other:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@Bob:hs";

TEST_P(RoomStoreContract, ReadsStateByPlacesAndWithoutMembers) {
  AppendRoom(store_, kRoom, kAlice);                         // 1 to 4
  Append(store_, kRoom, MemberDraft(kAlice, kBob, "join"));  // 5
  Append(store_, kRoom, Topic("old"));                       // 6
  Append(store_, kRoom, Topic("new"));                       // 7
  const std::vector<StateKey> places = {
      {kTopicType, ""}, {kMemberType, kBob}, {kNameType, ""}};
  auto read = [&](int64_t position) {
    return PositionsOf(
        history_.StateEventsAt(kRoom, places, position, kAnswerStateBytesMax)
            .value());
  };
  EXPECT_THAT(read(7), ElementsAre(5, 7));
  EXPECT_THAT(read(6), ElementsAre(5, 6));
  EXPECT_THAT(read(4), IsEmpty());
  EXPECT_THAT(
      history_.StateEventsAt(kOther, places, 7, kAnswerStateBytesMax).value(),
      IsEmpty());

  EXPECT_THAT(
      PositionsOf(
          history_.StateWithoutMembersAt(kRoom, 6, 1, kAnswerStateBytesMax)
              .value()),
      ElementsAre(3, 4, 6));
}

TEST_P(RoomStoreContract, StateIsKnownAtEveryPosition) {
  Append(store_, kRoom, Topic("first"));                       // 1
  Append(store_, kRoom, MemberDraft(kAlice, kAlice, "join"));  // 2
  Append(store_, kRoom, Topic("second"));                      // 3
  Append(store_, kOther, Topic("elsewhere"));                  // 4

  EXPECT_THAT(
      BodiesOf(history_.StateAt(kRoom, 1, 0, kAnswerStateBytesMax).value()),
      ElementsAre("first"));
  EXPECT_THAT(
      BodiesOf(history_.StateAt(kRoom, 2, 0, kAnswerStateBytesMax).value()),
      ElementsAre("first", ""));
  EXPECT_THAT(
      BodiesOf(history_.StateAt(kRoom, 4, 0, kAnswerStateBytesMax).value()),
      ElementsAre("", "second"));
  EXPECT_THAT(
      BodiesOf(history_.StateAt(kRoom, 4, 2, kAnswerStateBytesMax).value()),
      ElementsAre("second"));
  EXPECT_THAT(history_.StateAt(kRoom, 4, 3, kAnswerStateBytesMax).value(),
              IsEmpty());

  auto topic_at = [&](int64_t position) {
    std::optional<StoredEvent> event =
        history_.StateEventAt(kRoom, {kTopicType, ""}, position).value();
    return event.has_value() ? BodyOf(event->json) : "none";
  };
  EXPECT_EQ(topic_at(0), "none");
  EXPECT_EQ(topic_at(2), "first");
  EXPECT_EQ(topic_at(3), "second");
}

TEST_P(RoomStoreContract, StateReplacedWithinOneTransaction) {
  ASSERT_EQ(store_.Write([](RoomTransaction& transaction) {
    RoomState state;
    for (const char* topic : {"first", "second", "third"}) {
      AppendReported(transaction, Room(kRoom), Topic(topic), state).value();
    }
    return absl::OkStatus();
  }),
            absl::OkStatus());
  EXPECT_THAT(
      BodiesOf(history_.StateAt(kRoom, 1, 0, kAnswerStateBytesMax).value()),
      ElementsAre("first"));
  EXPECT_THAT(
      BodiesOf(history_.StateAt(kRoom, 2, 0, kAnswerStateBytesMax).value()),
      ElementsAre("second"));
  EXPECT_THAT(
      BodiesOf(history_.StateAt(kRoom, 3, 0, kAnswerStateBytesMax).value()),
      ElementsAre("third"));
}

TEST_P(RoomStoreContract, LoadsTheStateThatIsAskedFor) {
  AppendRoom(store_, kRoom, kAlice);
  Append(store_, kRoom, MemberDraft(kBob, kBob, "invite"));
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));
  ASSERT_EQ(store_.Write([](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(
        RoomState state,
        transaction.LoadState(Room(kRoom), {{kCreateType, ""},
                                            {kMemberType, kBob},
                                            {kMemberType, "@nobody:hs"}}));
    EXPECT_EQ(state.Creator(), kAlice);
    EXPECT_EQ(state.MembershipOf(kBob), Membership::kJoin);
    EXPECT_EQ(state.MembershipOf("@nobody:hs"), Membership::kLeave);
    EXPECT_EQ(state.Find(kJoinRulesType), nullptr);
    EXPECT_TRUE(transaction.RoomExists(Room(kRoom)).value());
    EXPECT_FALSE(transaction.RoomExists(Room(kOther)).value());
    return absl::OkStatus();
  }),
            absl::OkStatus());
}

TEST_P(RoomStoreContract, HeroesAreTheFirstWhoAreInTheRoom) {
  AppendRoom(store_, kRoom, kAlice);
  Append(store_, kRoom, MemberDraft(kAlice, kBob, "join"));
  Append(store_, kRoom, MemberDraft(kAlice, "@carol:hs", "invite"));
  Append(store_, kRoom, MemberDraft(kAlice, "@dan:hs", "ban"));
  const int64_t before = history_.LastPosition().value();
  auto heroes = [&](const char* viewer, int64_t position, int limit) {
    return history_.HeroesAt(kRoom, viewer, position, limit).value();
  };
  EXPECT_THAT(heroes(kAlice, before, 5), ElementsAre(kBob, "@carol:hs"));
  EXPECT_THAT(heroes(kBob, before, 1), ElementsAre(kAlice));
  Append(store_, kRoom, MemberDraft(kAlice, kBob, "leave"));
  Append(store_, kRoom, MemberDraft(kAlice, "@carol:hs", "leave"));
  EXPECT_THAT(heroes(kAlice, before + 2, 5),
              ElementsAre("@dan:hs", kBob, "@carol:hs"));
  EXPECT_THAT(heroes(kAlice, before, 5), ElementsAre(kBob, "@carol:hs"));
}

TEST_P(RoomStoreContract, MembersAreListedAndCountedAtEveryPosition) {
  Append(store_, kRoom, MemberDraft(kAlice, "@b:hs", "join"));    // 1
  Append(store_, kRoom, MemberDraft(kAlice, "@B:hs", "invite"));  // 2
  Append(store_, kRoom, MemberDraft(kAlice, "@a:hs", "join"));    // 3
  Append(store_, kRoom, MemberDraft(kAlice, "@b:hs", "ban"));     // 4
  auto members_at = [&](int64_t position) {
    std::vector<std::pair<std::string, Membership>> members;
    const std::vector<StoredMember> listed =
        history_.MembersAt(kRoom, position, {}, kAnswerMemberBytesMax).value();
    for (const StoredMember& member : listed) {
      members.emplace_back(member.user_id, member.membership);
    }
    return members;
  };
  EXPECT_THAT(members_at(3), ElementsAre(Pair("@B:hs", Membership::kInvite),
                                         Pair("@a:hs", Membership::kJoin),
                                         Pair("@b:hs", Membership::kJoin)));
  EXPECT_THAT(members_at(4), ElementsAre(Pair("@B:hs", Membership::kInvite),
                                         Pair("@a:hs", Membership::kJoin),
                                         Pair("@b:hs", Membership::kBan)));
  auto counts_at = [&](int64_t position) {
    return history_.CountMembersAt(kRoom, position).value();
  };
  EXPECT_EQ(counts_at(0), (MemberCounts{.joined = 0, .invited = 0}));
  EXPECT_EQ(counts_at(3), (MemberCounts{.joined = 2, .invited = 1}));
  EXPECT_EQ(counts_at(4), (MemberCounts{.joined = 1, .invited = 1}));
}

TEST_P(RoomStoreContract, ChangeOfMemberCountsIsThatBetweenTwoPositions) {
  Append(store_, kRoom, MemberDraft(kAlice, "@b:hs", "invite"));  // 1
  Append(store_, kRoom, MemberDraft("@b:hs", "@b:hs", "join"));   // 2
  Append(store_, kOther, MemberDraft(kAlice, kAlice, "join"));    // 3
  Append(store_, kRoom, MessageDraft(kAlice, "not a member"));    // 4
  Append(store_, kRoom, MemberDraft("@b:hs", "@b:hs", "join"));   // 5
  Append(store_, kRoom, MemberDraft(kAlice, "@b:hs", "ban"));     // 6
  for (int64_t after = 0; after <= 6; ++after) {
    const MemberCounts before = history_.CountMembersAt(kRoom, after).value();
    for (int64_t position = after; position <= 6; ++position) {
      const MemberCounts now = history_.CountMembersAt(kRoom, position).value();
      EXPECT_EQ(history_.MemberCountChange(kRoom, after, position).value(),
                (MemberCounts{.joined = now.joined - before.joined,
                              .invited = now.invited - before.invited}))
          << after << " to " << position;
    }
  }
}

TEST_P(RoomStoreContract, HistoryOfMembershipAndVisibility) {
  Append(store_, kRoom, MemberDraft(kAlice, kBob, "invite"));  // 1
  Append(store_, kRoom,
         Draft(kAlice, kHistoryVisibilityType, "",
               R"({"a":"\u0000","history_visibility":"shared"})"));  // 2
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));            // 3
  Append(store_, kRoom,
         Draft(kAlice, kHistoryVisibilityType, "",
               R"({"history_visibility":"world_readable"})"));  // 4
  for (const char* content : {"{}", R"({"history_visibility":["shared"]})"}) {
    Append(store_, kRoom, Draft(kAlice, kHistoryVisibilityType, "", content));
  }
  std::vector<MembershipChange> memberships =
      history_.MembershipsOf(kRoom, kBob).value();
  ASSERT_EQ(memberships.size(), 2u);
  EXPECT_EQ(memberships[0].position, 1);
  EXPECT_EQ(memberships[0].membership, Membership::kInvite);
  EXPECT_EQ(memberships[1].position, 3);
  EXPECT_EQ(memberships[1].membership, Membership::kJoin);
  std::vector<VisibilityChange> visibilities =
      history_.VisibilitiesOf(kRoom).value();
  ASSERT_EQ(visibilities.size(), 4u);
  EXPECT_EQ(visibilities[0].position, 2);
  EXPECT_EQ(visibilities[0].visibility, HistoryVisibility::kShared);
  EXPECT_EQ(visibilities[1].visibility, HistoryVisibility::kWorldReadable);
  // No word is the strictest.
  EXPECT_EQ(visibilities[2].visibility, HistoryVisibility::kJoined);
  EXPECT_EQ(visibilities[3].visibility, HistoryVisibility::kJoined);
}

TEST_P(RoomStoreContract, RoomsOfAUserAndWhetherThereIsNews) {
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));       // 1
  Append(store_, kOther, MemberDraft(kAlice, kBob, "invite"));  // 2
  Append(store_, kRoom, MessageDraft(kAlice, "news"));          // 3
  Append(store_, kOther, MemberDraft(kBob, kBob, "leave"));     // 4

  std::vector<RoomOfUser> rooms = history_.RoomsOf(kBob, 3, 2).value();
  ASSERT_EQ(rooms.size(), 2u);
  EXPECT_EQ(rooms[0].room_id, kOther);
  EXPECT_EQ(rooms[0].membership, Membership::kInvite);
  EXPECT_EQ(rooms[0].position, 2);
  EXPECT_FALSE(rooms[0].has_news);
  EXPECT_EQ(rooms[1].room_id, kRoom);
  EXPECT_EQ(rooms[1].membership, Membership::kJoin);
  EXPECT_TRUE(rooms[1].has_news);

  rooms = history_.RoomsOf(kBob, 4, 3).value();
  ASSERT_EQ(rooms.size(), 2u);
  EXPECT_EQ(rooms[0].membership, Membership::kLeave);
  EXPECT_TRUE(rooms[0].has_news);
  EXPECT_FALSE(rooms[1].has_news);
}

}  // namespace
}  // namespace causeway::homeserver
