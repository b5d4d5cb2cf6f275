// What every RoomStore must do with what is written: events, aliases and what
// was sent, as a whole or not at all.

#include "services/homeserver/rooms/room_store_contract.h"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

EventDraft Topic(const std::string& topic) {
  return Draft("@alice:hs", kTopicType, "",
               absl::StrCat("{\"body\":\"", topic, "\"}"));
}

std::vector<std::string> BodiesOf(const std::vector<StoredEvent>& events) {
  std::vector<std::string> bodies;
  for (const StoredEvent& event : events) bodies.push_back(BodyOf(event.json));
  return bodies;
}

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kRoom[] = "!r:hs";
constexpr char kOther[] = "!other:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@Bob:hs";

TEST_P(RoomStoreContract, EmptyStreamHasNoPosition) {
  EXPECT_EQ(history_.LastPosition().value(), 0);
  EXPECT_THAT(history_.TouchedAfter(0, 10).value(), IsEmpty());
  EXPECT_THAT(history_.RoomsOf(kAlice, 0, 0).value(), IsEmpty());
}

TEST_P(RoomStoreContract, PositionsAreDenseAcrossEventsAndAliases) {
  Append(store_, kRoom, MessageDraft(kAlice, "one"));
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
    event_id = AppendReported(transaction, Room(kRoom),
                              MessageDraft(kAlice, "once"), state)
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
