#include "services/homeserver/rooms/room_store_contract.h"

#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kRoom[] = "!r:hs";
constexpr char kOther[] = "!other:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@Bob:hs";

EventDraft Message(const std::string& body) {
  return MessageDraft(kAlice, body);
}

EventDraft Topic(const std::string& topic) {
  return Draft(kAlice, kTopicType, "",
               absl::StrCat("{\"body\":\"", topic, "\"}"));
}

std::vector<std::string> BodiesOf(const std::vector<StoredEvent>& events) {
  std::vector<std::string> bodies;
  for (const StoredEvent& event : events) bodies.push_back(BodyOf(event.json));
  return bodies;
}

// Of events or records.
template <typename Placed>
std::vector<int64_t> PositionsOf(const std::vector<Placed>& all) {
  std::vector<int64_t> positions;
  for (const Placed& one : all) positions.push_back(one.position);
  return positions;
}

TEST_P(RoomStoreContract, EmptyStreamHasNoPosition) {
  EXPECT_EQ(history_.LastPosition().value(), 0);
  EXPECT_THAT(history_.TouchedAfter(0, 10).value(), IsEmpty());
  EXPECT_THAT(history_.RoomsOf(kAlice, 0, 0).value(), IsEmpty());
}

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

TEST_P(RoomStoreContract, EventsAreChosenBySender) {
  Append(store_, kRoom, MessageDraft(kAlice, "hers"));
  Append(store_, kRoom, MessageDraft(kBob, "his"));
  auto bodies = [&](const EventFilter& filter) {
    return BodiesOf(history_
                        .FindEvents({.room_id = kRoom,
                                     .ranges = {{1, 2}},
                                     .newest_first = false,
                                     .limit = 10,
                                     .filter = filter})
                        .value());
  };
  using Strings = std::vector<std::string>;
  EXPECT_THAT(bodies({}), ElementsAre("hers", "his"));
  EXPECT_THAT(bodies({.senders = Strings{kAlice, "@\"'%:hs"}}),
              ElementsAre("hers"));
  EXPECT_THAT(bodies({.senders = Strings()}), IsEmpty());
  EXPECT_THAT(bodies({.not_senders = {kAlice}}), ElementsAre("his"));
  EXPECT_THAT(bodies({.senders = Strings{kAlice}, .not_senders = {kAlice}}),
              IsEmpty());
}

TEST_P(RoomStoreContract, AnyTextMayBeFiltered) {
  Append(store_, kRoom,
         Draft(kAlice, "m.room.message",
               R"({"body":"x","a":"\u0000 \\u0000 \\"})"));
  const EventFilter filters[] = {{.senders = std::vector<std::string>{kAlice}},
                                 {.not_senders = {kBob}},
                                 {.contains_url = false}};
  for (const EventFilter& filter : filters) {
    EXPECT_THAT(BodiesOf(history_
                             .FindEvents({.room_id = kRoom,
                                          .ranges = {{1, 1}},
                                          .newest_first = false,
                                          .limit = 10,
                                          .filter = filter})
                             .value()),
                ElementsAre("x"));
  }
}

TEST_P(RoomStoreContract, PositionsAreDenseAcrossEventsAndAliases) {
  Append(store_, kRoom, Message("one"));
  ASSERT_EQ(store_.Write([](RoomTransaction& transaction) {
    transaction.AppendAlias({Alias("#a:hs"), Room(kRoom), User(kAlice)});
    return absl::OkStatus();
  }),
            absl::OkStatus());
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));
  Append(store_, kRoom, MemberDraft(kBob, kBob, "leave"));
  EXPECT_EQ(history_.LastPosition().value(), 4);
  std::vector<RoomHistory::Touched> touched =
      history_.TouchedAfter(0, 10).value();
  EXPECT_THAT(PositionsOf(touched), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(touched[1].room_id, kRoom);
  EXPECT_EQ(touched[1].member, "");
  EXPECT_FALSE(touched[1].is_join);
  EXPECT_EQ(touched[2].member, kBob);
  EXPECT_TRUE(touched[2].is_join);
  EXPECT_EQ(touched[3].member, kBob);
  EXPECT_FALSE(touched[3].is_join);
  EXPECT_THAT(PositionsOf(history_.TouchedAfter(1, 1).value()), ElementsAre(2));
  EXPECT_EQ(commit_count_, 4);
}

TEST_P(RoomStoreContract, NothingStaysOfAFailedTransaction) {
  absl::Status status = store_.Write([](RoomTransaction& transaction) {
    RoomState state;
    AppendReported(transaction, Room(kRoom), Topic("lost"), state).value();
    transaction.AppendAlias({Alias("#a:hs"), Room(kRoom), User(kAlice)});
    return absl::FailedPreconditionError("changed my mind");
  });
  EXPECT_EQ(status, absl::FailedPreconditionError("changed my mind"));
  EXPECT_EQ(history_.LastPosition().value(), 0);
  EXPECT_EQ(history_.FindAlias(Alias("#a:hs")).value(), std::nullopt);
  EXPECT_EQ(commit_count_, 0);
}

TEST_P(RoomStoreContract, TransactionThatAppendsNothingGivesNoPosition) {
  EXPECT_EQ(store_.Write([](RoomTransaction&) { return absl::OkStatus(); }),
            absl::OkStatus());
  EXPECT_EQ(history_.LastPosition().value(), 0);
  EXPECT_EQ(commit_count_, 0);
}

TEST_P(RoomStoreContract, EventComesBackByteForByte) {
  const std::string event_id =
      Append(store_, kRoom,
             Draft(kAlice, "m.room.message",
                   R"({"body":"\u0000 \"é\" \\u0041 😀 %_\\","n":[-1,{}]})"));
  std::string written;
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
    RoomState state;
    written =
        AppendReported(transaction, Room(kRoom),
                       Draft(kAlice, "m.text", R"({"\u0001":"\u0000"})"), state)
            .value()
            .json;
    return absl::OkStatus();
  }),
            absl::OkStatus());
  std::optional<StoredEvent> first =
      history_.FindEvent(kRoom, event_id).value();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->position, 1);
  EXPECT_THAT(first->json,
              HasSubstr(R"("body":"\u0000 \"é\" \\u0041 😀 %_\\","n":[-1,{}])"));
  EXPECT_EQ(history_
                .FindEvents({.room_id = kRoom,
                             .ranges = {{2, 2}},
                             .newest_first = false,
                             .limit = 1})
                .value()[0]
                .json,
            written);
}

TEST_P(RoomStoreContract, EventIsFoundInItsOwnRoomOnly) {
  const std::string event_id = Append(store_, kRoom, Message("here"));
  EXPECT_TRUE(history_.FindEvent(kRoom, event_id).value().has_value());
  EXPECT_EQ(history_.FindEvent(kOther, event_id).value(), std::nullopt);
  EXPECT_EQ(history_.FindEvent(kRoom, "$none").value(), std::nullopt);
  EXPECT_EQ(history_.FindEventInAnyRoom(event_id).value()->json,
            history_.FindEvent(kRoom, event_id).value()->json);
  EXPECT_FALSE(history_.FindEventInAnyRoom("$none").value().has_value());
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

TEST_P(RoomStoreContract, AliasPointsToItsRoomUntilItIsRemoved) {
  const AliasEntry entry = {Alias("#a/b:hs"), Room(kRoom), User(kAlice)};
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
    EXPECT_EQ(transaction.FindAlias(entry.alias).value(), std::nullopt);
    transaction.AppendAlias(entry);
    return absl::OkStatus();
  }),
            absl::OkStatus());
  std::optional<AliasEntry> found = history_.FindAlias(entry.alias).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->room_id, entry.room_id);
  EXPECT_EQ(found->creator, entry.creator);
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
    transaction.AppendAliasRemoval(*transaction.FindAlias(entry.alias).value());
    return absl::OkStatus();
  }),
            absl::OkStatus());
  EXPECT_EQ(history_.FindAlias(entry.alias).value(), std::nullopt);
  EXPECT_EQ(history_.LastPosition().value(), 2);
}

TEST_P(RoomStoreContract, SentEventIsKnownAgainByItsTxn) {
  const ClientTxn txn = {"token:1", kRoom, "m.room.message", "m1"};
  std::string event_id;
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
    EXPECT_EQ(transaction.FindSent(txn).value(), std::nullopt);
    RoomState state;
    event_id = AppendReported(transaction, Room(kRoom), Message("once"), state)
                   .value()
                   .event_id;
    transaction.RememberSent(txn, event_id);
    return absl::OkStatus();
  }),
            absl::OkStatus());
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
    EXPECT_EQ(transaction.FindSent(txn).value(), event_id);
    for (ClientTxn other :
         {ClientTxn{"token:2", kRoom, "m.room.message", "m1"},
          ClientTxn{"token:1", kOther, "m.room.message", "m1"},
          ClientTxn{"token:1", kRoom, "m.other", "m1"},
          ClientTxn{"token:1", kRoom, "m.room.message", "2"}}) {
      EXPECT_EQ(transaction.FindSent(other).value(), std::nullopt);
    }
    return absl::OkStatus();
  }),
            absl::OkStatus());
  EXPECT_THAT(history_.TxnIdsIn("token:1", {1, 1}).value(),
              ElementsAre(Pair(1, "m1")));
  EXPECT_THAT(history_.TxnIdsIn("token:1", {2, 9}).value(), IsEmpty());
  EXPECT_THAT(history_.TxnIdsIn("token:2", {1, 1}).value(), IsEmpty());
}

TEST_P(RoomStoreContract, FindsEventsInRangesAndDirection) {
  for (const char* body : {"1", "2", "3", "4", "5"}) {
    Append(store_, kRoom, Message(body));
  }
  Append(store_, kOther, Message("6"));
  EventQuery query = {.room_id = kRoom,
                      .ranges = {{1, 2}, {4, kPositionMax}},
                      .newest_first = false,
                      .limit = 10};
  EXPECT_THAT(BodiesOf(history_.FindEvents(query).value()),
              ElementsAre("1", "2", "4", "5"));
  query.newest_first = true;
  query.limit = 3;
  EXPECT_THAT(BodiesOf(history_.FindEvents(query).value()),
              ElementsAre("5", "4", "2"));
  query.ranges = {};
  EXPECT_THAT(history_.FindEvents(query).value(), IsEmpty());
}

TEST_P(RoomStoreContract, FindsEventsOfTypes) {
  Append(store_, kRoom, Draft(kAlice, "m.room.message", R"({"body":"1"})"));
  Append(store_, kRoom, Draft(kAlice, "m_room.message", R"({"body":"2"})"));
  Append(store_, kRoom, Draft(kAlice, "org%x", R"({"body":"3"})"));
  auto find = [&](std::optional<std::vector<std::string>> types,
                  std::vector<std::string> not_types) {
    return BodiesOf(
        history_
            .FindEvents({.room_id = kRoom,
                         .ranges = {{1, kPositionMax}},
                         .newest_first = false,
                         .limit = 10,
                         .filter = {.types = std::move(types),
                                    .not_types = std::move(not_types)}})
            .value());
  };
  using Strings = std::vector<std::string>;
  EXPECT_THAT(find(std::nullopt, {}), ElementsAre("1", "2", "3"));
  EXPECT_THAT(find(Strings{"m.room.message"}, {}), ElementsAre("1"));
  EXPECT_THAT(find(Strings{"m_room.*"}, {}), ElementsAre("2"));
  EXPECT_THAT(find(Strings{"*"}, {"m.*", "o%"}), ElementsAre("2", "3"));
  EXPECT_THAT(find(Strings(), {}), IsEmpty());
  EXPECT_THAT(find(std::nullopt, {"*"}), IsEmpty());
}

TEST_P(RoomStoreContract, FindsEventsWithAnUrlOrWithout) {
  for (const char* content :
       {R"({"body":"1","url":"mxc://hs/1"})", R"({"body":"2"})",
        R"({"body":"3","url":null})", R"({"body":"4","url":4})"}) {
    Append(store_, kRoom, Draft(kAlice, "m.room.message", content));
  }
  EventQuery query = {.room_id = kRoom,
                      .ranges = {{1, kPositionMax}},
                      .newest_first = false,
                      .limit = 10,
                      .filter = {.contains_url = true}};
  EXPECT_THAT(BodiesOf(history_.FindEvents(query).value()), ElementsAre("1"));
  query.filter.contains_url = false;
  EXPECT_THAT(BodiesOf(history_.FindEvents(query).value()),
              ElementsAre("2", "3", "4"));
  query.filter = {.not_rooms = {kRoom}};
  EXPECT_THAT(history_.FindEvents(query).value(), IsEmpty());
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
  Append(store_, kRoom, Message("not a member"));                 // 4
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
  Append(store_, kRoom, Message("news"));                       // 3
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

TEST_P(RoomStoreContract, WritersFollowOneAnother) {
  constexpr int kWriters = 4;
  constexpr int kEach = 10;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        // Counts on from what stands there: a lost update would show.
        EXPECT_EQ(
            store_.Write([](RoomTransaction& transaction) -> absl::Status {
              CAUSEWAY_ASSIGN_OR_RETURN(
                  RoomState state,
                  transaction.LoadState(Room(kRoom), {{kTopicType, ""}}));
              const Event* standing = state.Find(kTopicType);
              const int count =
                  standing == nullptr ? 0 : std::stoi(BodyOf(standing->json));
              return AppendReported(transaction, Room(kRoom),
                                    Topic(std::to_string(count + 1)), state)
                  .status();
            }),
            absl::OkStatus());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(history_.LastPosition().value(), kWriters * kEach);
  EXPECT_EQ(
      BodyOf(history_.StateEventAt(kRoom, {kTopicType, ""}, kWriters * kEach)
                 .value()
                 ->json),
      std::to_string(kWriters * kEach));
}

}  // namespace
}  // namespace causeway::homeserver
