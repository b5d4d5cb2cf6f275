// What every RoomStore must do with what has been written before: redactions,
// forgetting, and the lists of public rooms.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/published_rooms.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store_contract.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/status/errcode.h"
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

// An event as it might be served in place of `event_id`.
std::string ServedJson(const std::string& event_id, const EventDraft& draft) {
  return BuildEvent(draft, Room(kRoom), event_id, nullptr).value().json;
}

TEST_P(RoomStoreContract, FindsAnEventAndWhatTookItsPlace) {
  const std::string message = Append(store_, kRoom, MessageDraft(kAlice, "hi"));
  const std::string first = Append(store_, kRoom, Topic("first"));
  const std::string second = Append(store_, kRoom, Topic("second"));
  Append(store_, kRoom, Topic("third"));
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(auto found,
                              transaction.FindEvent(Room(kRoom), message));
    EXPECT_EQ(BodyOf(found->json), "hi");
    EXPECT_EQ(found->replacing_json, "");
    CAUSEWAY_ASSIGN_OR_RETURN(found, transaction.FindEvent(Room(kRoom), first));
    EXPECT_EQ(BodyOf(found->json), "first");
    EXPECT_EQ(BodyOf(found->replacing_json), "second");
    CAUSEWAY_ASSIGN_OR_RETURN(found,
                              transaction.FindEvent(Room(kRoom), second));
    EXPECT_EQ(BodyOf(found->replacing_json), "third");
    CAUSEWAY_ASSIGN_OR_RETURN(found,
                              transaction.FindEvent(Room(kOther), first));
    EXPECT_EQ(found, std::nullopt);
    return absl::OkStatus();
  }),
            absl::OkStatus());
}

// Goal: what was taken away can be read nowhere. Method: every way to read it.
TEST_P(RoomStoreContract, ServesInPlaceOfWhatWasWritten) {
  const std::string event_id = Append(store_, kRoom, Topic("secret"));
  const std::string member =
      Append(store_, kRoom, MemberDraft(kAlice, kBob, "join"));
  const std::string topic_json = ServedJson(event_id, Topic("open"));
  const std::string member_json =
      ServedJson(member, Draft(kAlice, kMemberType, kBob,
                               R"({"membership":"join","body":"open"})"));
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
    transaction.ServeAs(event_id, topic_json);
    transaction.ServeAs(member, member_json);
    return absl::OkStatus();
  }),
            absl::OkStatus());
  EXPECT_EQ(history_.LastPosition().value(), 2);
  EXPECT_EQ(commit_count_, 2);
  EXPECT_EQ(history_.FindEvent(kRoom, event_id).value()->json, topic_json);
  EXPECT_EQ(history_.StateAt(kRoom, 2, 0, kAnswerStateBytesMax).value()[0].json,
            topic_json);
  EXPECT_EQ(history_.StateEventAt(kRoom, {kTopicType, ""}, 1).value()->json,
            topic_json);
  EXPECT_EQ(
      history_.StateEventsAt(kRoom, {{kTopicType, ""}}, 1, kAnswerStateBytesMax)
          .value()[0]
          .json,
      topic_json);
  EXPECT_EQ(history_.MembersAt(kRoom, 2, {}, kAnswerMemberBytesMax)
                .value()[0]
                .event_json,
            member_json);
  EXPECT_EQ(history_
                .FindEvents({.room_id = kRoom,
                             .ranges = {{1, 2}},
                             .newest_first = true,
                             .limit = 2,
                             .filter = {.types = {{kTopicType}}}})
                .value()[0]
                .json,
            topic_json);
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(
        RoomState state,
        transaction.LoadState(Room(kRoom), {{kTopicType, ""}}));
    EXPECT_EQ(state.Find(kTopicType)->json, topic_json);
    CAUSEWAY_ASSIGN_OR_RETURN(auto found,
                              transaction.FindEvent(Room(kRoom), event_id));
    EXPECT_EQ(found->json, topic_json);
    return absl::OkStatus();
  }),
            absl::OkStatus());
  Append(store_, kRoom, Topic("next"));
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(auto found,
                              transaction.FindEvent(Room(kRoom), event_id));
    EXPECT_EQ(BodyOf(found->replacing_json), "next");
    return absl::OkStatus();
  }),
            absl::OkStatus());
}

TEST_P(RoomStoreContract, NothingIsServedOtherwiseAfterAFailedTransaction) {
  const std::string event_id = Append(store_, kRoom, Topic("kept"));
  EXPECT_EQ(store_.Write([&](RoomTransaction& transaction) {
    transaction.ServeAs(event_id, ServedJson(event_id, Topic("lost")));
    return absl::FailedPreconditionError("changed my mind");
  }),
            absl::FailedPreconditionError("changed my mind"));
  EXPECT_EQ(BodyOf(history_.FindEvent(kRoom, event_id).value()->json), "kept");
}

TEST_P(RoomStoreContract, StateEventsOfSomePlaces) {
  Append(store_, kRoom, MemberDraft(kAlice, kBob, "invite"));  // 1
  Append(store_, kRoom, Topic("first"));                       // 2
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));      // 3
  Append(store_, kOther, Topic("elsewhere"));                  // 4
  auto positions_at = [&](int64_t position) {
    std::vector<int64_t> positions;
    const std::vector<StoredEvent> events =
        history_
            .StateEventsAt(kRoom,
                           {{kTopicType, ""},
                            {kMemberType, kBob},
                            {kMemberType, "@nobody:hs"}},
                           position, kAnswerStateBytesMax)
            .value();
    for (const StoredEvent& event : events) positions.push_back(event.position);
    return positions;
  };
  EXPECT_THAT(positions_at(1), ElementsAre(1));
  EXPECT_THAT(positions_at(2), ElementsAre(1, 2));
  EXPECT_THAT(positions_at(4), ElementsAre(2, 3));
  EXPECT_THAT(
      history_.StateEventsAt(kRoom, {}, 4, kAnswerStateBytesMax).value(),
      IsEmpty());
}

TEST_P(RoomStoreContract, ForgettingLastsUntilTheMembershipChanges) {
  auto is_forgotten_now = [&] {
    return history_.RoomsOf(kBob, history_.LastPosition().value(), 0)
        .value()[0]
        .forgotten;
  };
  auto forgotten = [&] {
    std::vector<bool> each;
    const std::vector<MembershipChange> changes =
        history_.MembershipsOf(kRoom, kBob).value();
    for (const MembershipChange& change : changes) {
      each.push_back(change.forgotten);
    }
    return each;
  };
  Forget(store_, kRoom, kBob);  // Who was never there.
  EXPECT_THAT(forgotten(), IsEmpty());
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));
  Append(store_, kRoom, MemberDraft(kBob, kBob, "leave"));
  Append(store_, kRoom, MemberDraft(kAlice, kAlice, "join"));
  EXPECT_THAT(forgotten(), ElementsAre(false, false));
  EXPECT_FALSE(is_forgotten_now());
  Forget(store_, kRoom, kBob);
  EXPECT_THAT(forgotten(), ElementsAre(false, true));
  EXPECT_TRUE(is_forgotten_now());
  EXPECT_FALSE(history_.MembershipsOf(kRoom, kAlice).value()[0].forgotten);
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));
  EXPECT_THAT(forgotten(), ElementsAre(false, true, false));
  EXPECT_FALSE(is_forgotten_now());
}

TEST_P(RoomStoreContract, AliasesOfARoomAndAllRooms) {
  ASSERT_EQ(store_.Write([](RoomTransaction& transaction) {
    for (const char* alias : {"#b:hs", "#B:hs", "#a:hs"}) {
      transaction.AppendAlias({Alias(alias), Room(kRoom), User(kAlice)});
    }
    transaction.AppendAlias({Alias("#c:hs"), Room(kOther), User(kAlice)});
    return absl::OkStatus();
  }),
            absl::OkStatus());
  EXPECT_THAT(history_.AliasesOf(kRoom).value(),
              ElementsAre("#B:hs", "#a:hs", "#b:hs"));
  EXPECT_THAT(history_.AliasesOf("!none:hs").value(), IsEmpty());
  EXPECT_THAT(history_.RoomIdsAfter("", 9).value(), IsEmpty());
  for (const char* room_id : {"!b:hs", "!B:hs", "!a:hs"}) {
    AppendRoom(store_, room_id, kAlice);
  }
  EXPECT_THAT(history_.RoomIdsAfter("", 2).value(),
              ElementsAre("!B:hs", "!a:hs"));
  EXPECT_THAT(history_.RoomIdsAfter("!a:hs", 2).value(), ElementsAre("!b:hs"));
}

TEST_P(RoomStoreContract, ListsAreReadInTheOrderOfTheirMembers) {
  auto publish = [&](const char* list, const char* room_id, bool published) {
    ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
      transaction.SetPublished(list, Room(room_id), published);
      return absl::OkStatus();
    }),
              absl::OkStatus());
  };
  for (const char* room_id : {"!one:hs", "!ONE:hs", "!two:hs", "!gone:hs"}) {
    AppendRoom(store_, room_id, kAlice);
    publish(kServerList, room_id, true);
  }
  Append(store_, "!two:hs", MemberDraft(kBob, kBob, "join"));
  Append(store_, "!one:hs", MemberDraft(kAlice, kBob, "invite"));
  Append(store_, "!gone:hs", MemberDraft(kAlice, kAlice, "leave"));
  Append(store_, "!two:hs", Topic("of two"));
  publish("irc|x", "!two:hs", true);
  publish("irc|x", "!two:hs", true);  // A repeat.

  auto list = [&](PublishedRoomsQuery query) {
    std::vector<std::pair<std::string, int64_t>> rooms;
    const std::vector<PublishedRoom> found = published_.List(query).value();
    for (const PublishedRoom& room : found) {
      rooms.emplace_back(room.room_id, room.joined_count);
    }
    return rooms;
  };
  PublishedRoomsQuery all = {.list = kServerList, .after = {}, .limit = 9};
  EXPECT_THAT(list(all), ElementsAre(Pair("!two:hs", 2), Pair("!ONE:hs", 1),
                                     Pair("!one:hs", 1)));
  EXPECT_THAT(list({.list = std::nullopt, .after = {}, .limit = 2}),
              ElementsAre(Pair("!two:hs", 2), Pair("!ONE:hs", 1)));
  EXPECT_THAT(list({.list = kServerList,
                    .after = {{.joined_count = 1, .room_id = "!ONE:hs"}},
                    .limit = 9}),
              ElementsAre(Pair("!one:hs", 1)));
  EXPECT_THAT(list({.list = kServerList,
                    .after = {},
                    .limit = 1,
                    .before = {{.joined_count = 1, .room_id = "!one:hs"}}}),
              ElementsAre(Pair("!ONE:hs", 1)));
  EXPECT_THAT(list({.list = std::nullopt,
                    .after = {},
                    .limit = 9,
                    .before = {{.joined_count = 1, .room_id = "!one:hs"}}}),
              ElementsAre(Pair("!ONE:hs", 1), Pair("!two:hs", 2)));
  EXPECT_THAT(list({.list = "irc|x", .after = {}, .limit = 9}),
              ElementsAre(Pair("!two:hs", 2)));
  EXPECT_THAT(list({.list = "irc", .after = {}, .limit = 9}), IsEmpty());

  Append(store_, "!two:hs",
         Draft(kAlice, kNameType, "",
               absl::StrCat("{\"name\":\"",
                            std::string(kListedEventBytesMax, 'x'), "\"}")));
  const RoomState state = published_.List(all).value()[0].state;
  EXPECT_EQ(state.Find(kNameType), nullptr);
  EXPECT_EQ(state.Creator(), kAlice);
  EXPECT_EQ(state.JoinRule(), "public");
  EXPECT_EQ(state.StringOf(kTopicType, "body"), "of two");
  EXPECT_EQ(published_.Count(kServerList).value(), 3);
  EXPECT_EQ(published_.Count(std::nullopt).value(), 3);
  EXPECT_EQ(published_.Count("irc|x").value(), 1);

  EXPECT_TRUE(published_.IsPublished("irc|x", "!two:hs").value());
  EXPECT_FALSE(published_.IsPublished("irc|x", "!one:hs").value());
  publish("irc|x", "!two:hs", false);
  EXPECT_FALSE(published_.IsPublished("irc|x", "!two:hs").value());
  EXPECT_TRUE(published_.IsPublished(kServerList, "!two:hs").value());
}

// Goal: a list tells how many are in a room, whatever has happened there.
// Method: every change of membership, between publishing and after it, against
// what a count of the members says.
TEST_P(RoomStoreContract, ListsTellHowManyAreInARoom) {
  const auto publish = [&](const std::string& list, bool published) {
    ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
      transaction.SetPublished(list, Room(kRoom), published);
      return absl::OkStatus();
    }),
              absl::OkStatus());
  };
  const auto listed = [&](const std::optional<std::string>& list) {
    const std::vector<PublishedRoom> rooms =
        published_.List({.list = list, .after = {}, .limit = 9}).value();
    EXPECT_LE(rooms.size(), 1u);
    return rooms.empty() ? 0 : rooms[0].joined_count;
  };
  const auto expect_counted = [&] {
    const int64_t joined =
        history_.CountMembersAt(kRoom, history_.LastPosition().value())->joined;
    EXPECT_EQ(listed(kServerList), joined);
    EXPECT_EQ(listed(std::nullopt), joined);
  };
  const auto change = [&](const char* user_id, const char* membership) {
    SCOPED_TRACE(absl::StrCat(user_id, " ", membership));
    Append(store_, kRoom, MemberDraft(kAlice, user_id, membership));
    expect_counted();
  };
  AppendRoom(store_, kRoom, kAlice);
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));
  Append(store_, kRoom, MemberDraft(kBob, kBob, "leave"));
  publish(kServerList, true);
  expect_counted();
  change(kBob, "invite");
  change(kBob, "join");
  change(kBob, "join");  // Another name, say.
  publish("irc|x", true);
  change("@carol:hs", "join");
  EXPECT_EQ(listed("irc|x"), 3);
  change(kBob, "ban");
  EXPECT_EQ(listed("irc|x"), 2);
  change(kBob, "leave");
  Append(store_, kOther, MemberDraft(kBob, kBob, "join"));
  expect_counted();
  publish(kServerList, false);
  Append(store_, kRoom, MemberDraft(kBob, kBob, "join"));
  publish(kServerList, true);
  expect_counted();
  EXPECT_EQ(listed("irc|x"), 3);
  // Several at once, while another list takes the room.
  ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(
        RoomState state,
        transaction.LoadState(Room(kRoom), {{kMemberType, kBob}}));
    for (const char* membership : {"leave", "join", "leave"}) {
      CAUSEWAY_RETURN_IF_ERROR(
          AppendReported(transaction, Room(kRoom),
                         MemberDraft(kBob, kBob, membership), state)
              .status());
    }
    transaction.SetPublished("irc|y", Room(kRoom), true);
    return absl::OkStatus();
  }),
            absl::OkStatus());
  expect_counted();
  EXPECT_EQ(listed("irc|y"), 2);
}

TEST_P(RoomStoreContract, SoManyEventsAreLookedAtAndNoMore) {
  Append(store_, kRoom, MessageDraft(kAlice, "wanted"));
  for (const char* topic : {"2", "3", "4"}) {
    Append(store_, kOther, MessageDraft(kAlice, "elsewhere"));
    Append(store_, kRoom, Topic(topic));
  }
  EventQuery query = {
      .room_id = kRoom,
      .ranges = {{1, 7}},
      .newest_first = true,
      .limit = 9,
      .filter = {.types = std::vector<std::string>{"m.room.message"}},
      .looked_at_max = 3};
  EXPECT_THAT(history_.FindEvents(query).value(), IsEmpty());
  EXPECT_EQ(history_.LookedUpTo(query).value(), 3);
  query.looked_at_max = 5;
  EXPECT_EQ(BodyOf(history_.FindEvents(query)->at(0).json), "wanted");
  EXPECT_EQ(history_.LookedUpTo(query).value(), std::nullopt);
  query.newest_first = false;
  query.looked_at_max = 1;
  EXPECT_EQ(BodyOf(history_.FindEvents(query)->at(0).json), "wanted");
  EXPECT_EQ(history_.LookedUpTo(query).value(), 1);
  query.filter.types->clear();
  EXPECT_EQ(history_.LookedUpTo(query).value(), std::nullopt);
  query.filter = {};
  query.looked_at_max = 0;
  EXPECT_EQ(history_.LookedUpTo(query).value(), std::nullopt);
}

TEST_P(RoomStoreContract, EventsEndWithTheOneThatIsTooMuch) {
  for (const char* body : {"1", "2", "3"}) {
    Append(store_, kRoom, MessageDraft(kAlice, body));
  }
  EventQuery query = {
      .room_id = kRoom, .ranges = {{1, 3}}, .newest_first = true, .limit = 9};
  const size_t size = history_.FindEvents(query)->at(0).json.size();
  // Read with and without a bound of how many are looked at.
  for (const int looked_at_max : {0, 9}) {
    SCOPED_TRACE(looked_at_max);
    query.looked_at_max = looked_at_max;
    const auto read = [&](bool newest_first, size_t bytes_max) {
      query.newest_first = newest_first;
      query.bytes_max = bytes_max;
      std::vector<std::string> bodies;
      const std::vector<StoredEvent> events =
          history_.FindEvents(query).value();
      for (const StoredEvent& event : events) {
        bodies.push_back(BodyOf(event.json));
      }
      return bodies;
    };
    EXPECT_THAT(read(true, 0), ElementsAre("3"));
    EXPECT_THAT(read(true, size), ElementsAre("3", "2"));
    EXPECT_THAT(read(false, size), ElementsAre("1", "2"));
    EXPECT_THAT(read(true, 2 * size), ElementsAre("3", "2", "1"));
  }
}

TEST_P(RoomStoreContract, StateOfTooManyBytesIsRefused) {
  AppendRoom(store_, kRoom, kAlice);
  const int64_t position = history_.LastPosition().value();
  const std::vector<StateKey> places = {{kCreateType, ""},
                                        {kJoinRulesType, ""}};
  using Read =
      std::function<absl::StatusOr<std::vector<StoredEvent>>(size_t bytes_max)>;
  const Read reads[] = {
      [&](size_t bytes_max) {
        return history_.StateAt(kRoom, position, 0, bytes_max);
      },
      [&](size_t bytes_max) {
        return history_.StateWithoutMembersAt(kRoom, position, 0, bytes_max);
      },
      [&](size_t bytes_max) {
        return history_.StateEventsAt(kRoom, places, position, bytes_max);
      }};
  for (const Read& read : reads) {
    const std::vector<StoredEvent> state = read(kAnswerStateBytesMax).value();
    size_t bytes = 0;
    for (const StoredEvent& event : state) bytes += event.json.size();
    ASSERT_GT(bytes, 0u);
    EXPECT_TRUE(read(bytes).ok());
    EXPECT_EQ(GetErrcode(read(bytes - 1).status()), "M_TOO_LARGE");
    EXPECT_EQ(GetErrcode(read(0).status()), "M_TOO_LARGE");
  }
}

TEST_P(RoomStoreContract, MembersAreChosenAndTooManyBytesRefused) {
  AppendRoom(store_, kRoom, kAlice);
  Append(store_, kRoom, MemberDraft(kAlice, kBob, "invite"));
  Append(store_, kRoom, MemberDraft(kAlice, "@carol:hs", "ban"));
  const int64_t position = history_.LastPosition().value();
  const auto list = [&](const MemberChoice& choice, size_t bytes_max) {
    return history_.MembersAt(kRoom, position, choice, bytes_max);
  };
  const auto names = [&](const MemberChoice& choice) {
    std::vector<std::string> user_ids;
    const std::vector<StoredMember> members =
        list(choice, kAnswerMemberBytesMax).value();
    for (const StoredMember& member : members) {
      user_ids.push_back(member.user_id);
    }
    return user_ids;
  };
  const MemberChoice joined = {.only = Membership::kJoin};
  EXPECT_THAT(names({}), ElementsAre(kBob, kAlice, "@carol:hs"));
  EXPECT_THAT(names(joined), ElementsAre(kAlice));
  EXPECT_THAT(names({.without = Membership::kBan}), ElementsAre(kBob, kAlice));
  EXPECT_THAT(names({.only = Membership::kJoin, .without = Membership::kJoin}),
              IsEmpty());

  // Who isn't chosen takes no room.
  const size_t size =
      list(joined, kAnswerMemberBytesMax)->at(0).event_json.size();
  EXPECT_TRUE(list(joined, size).ok());
  EXPECT_EQ(GetErrcode(list(joined, size - 1).status()), "M_TOO_LARGE");
  EXPECT_EQ(GetErrcode(list({}, size).status()), "M_TOO_LARGE");
}

}  // namespace
}  // namespace causeway::homeserver
