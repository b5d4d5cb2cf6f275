// What every RoomStore must do with searches for events.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store_contract.h"
#include "services/homeserver/rooms/test_events.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kRoom[] = "!r:hs";
constexpr char kOther[] = "!other:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@Bob:hs";

TEST_P(RoomStoreContract, EventIsFoundInItsOwnRoomOnly) {
  const std::string event_id =
      Append(store_, kRoom, MessageDraft(kAlice, "here"));
  EXPECT_TRUE(history_.FindEvent(kRoom, event_id).value().has_value());
  EXPECT_EQ(history_.FindEvent(kOther, event_id).value(), std::nullopt);
  EXPECT_EQ(history_.FindEvent(kRoom, "$none").value(), std::nullopt);
  EXPECT_EQ(history_.FindEventInAnyRoom(event_id).value()->json,
            history_.FindEvent(kRoom, event_id).value()->json);
  EXPECT_FALSE(history_.FindEventInAnyRoom("$none").value().has_value());
}

TEST_P(RoomStoreContract, FindsEventsInRangesAndDirection) {
  for (const char* body : {"1", "2", "3", "4", "5"}) {
    Append(store_, kRoom, MessageDraft(kAlice, body));
  }
  Append(store_, kOther, MessageDraft(kAlice, "6"));
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

}  // namespace
}  // namespace causeway::homeserver
