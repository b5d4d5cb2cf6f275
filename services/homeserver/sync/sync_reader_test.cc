#include "services/homeserver/sync/sync_reader.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/sync/member_counter.h"
#include "services/homeserver/sync/room_reader.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";
const absl::Time kNow = absl::FromUnixSeconds(1700000000);

class SyncReaderTest : public ::testing::Test {
 protected:
  void Say(const std::string& body) {
    Append(store_, kRoom, MessageDraft(kBob, body));
  }
  void Member(const std::string& user_id, const std::string& membership) {
    Append(store_, kRoom, MemberDraft(kBob, user_id, membership));
  }
  void SetTopic(const std::string& topic) {
    Append(store_, kRoom,
           Draft(kBob, kTopicType, "",
                 absl::StrCat("{\"topic\":\"", topic, "\"}")));
  }

  // In one transaction, which is faster.
  void AppendMany(const std::string& room_id, int count,
                  absl::FunctionRef<EventDraft(int index)> draft) {
    ASSERT_TRUE(store_
                    .Write([&](RoomTransaction& transaction) {
                      RoomState state;
                      for (int i = 0; i < count; ++i) {
                        AppendReported(transaction, Room(room_id), draft(i),
                                       state)
                            .value();
                      }
                      return absl::OkStatus();
                    })
                    .ok());
  }

  int64_t Now() { return store_.LastPosition().value(); }

  SyncResult Sync(std::optional<int64_t> since, int timeline_limit = 50,
                  bool full_state = false) {
    SyncQuery query = {.user_id = User(kAlice),
                       .txn_scope = "token:alice",
                       .since = std::nullopt,
                       .filter = filter_,
                       .full_state = full_state};
    if (since.has_value()) query.since = SyncPosition{.events = *since};
    query.filter.timeline_limit = timeline_limit;
    return reader_.Read(query, Now(), kNow).value();
  }

  FakeRoomStore store_;
  SyncReader reader_{store_};
  SyncFilter filter_;
};

// Each event as its type, or its body when it is a message.
std::vector<std::string> Shown(const std::vector<std::string>& jsons) {
  std::vector<std::string> shown;
  for (const std::string& json : jsons) {
    matrix::Json event = matrix::ParseObject(json).value();
    std::string type = matrix::GetString(event, "type").value();
    shown.push_back(type == "m.room.message" ? BodyOf(json) : type);
  }
  return shown;
}

TEST_F(SyncReaderTest, WhoIsNowhereHasNoNews) {
  AppendRoom(store_, kRoom, kBob);
  SyncResult result = Sync(std::nullopt);
  EXPECT_FALSE(result.has_news());
  EXPECT_EQ(result.position.events, Now());
}

TEST_F(SyncReaderTest, FirstSyncHasTheEndOfTheTimelineAndTheStateBeforeIt) {
  AppendRoom(store_, kRoom, kBob);  // 1 to 4
  Member(kAlice, "join");           // 5
  SetTopic("old");                  // 6
  Say("one");                       // 7
  SetTopic("new");                  // 8
  SyncResult result = Sync(std::nullopt, 2);
  ASSERT_EQ(result.joined.size(), 1u);
  const SyncedRoom& room = result.joined[0];
  EXPECT_EQ(room.room_id, kRoom);
  EXPECT_THAT(Shown(room.timeline), ElementsAre("one", kTopicType));
  EXPECT_TRUE(room.limited);
  EXPECT_EQ(room.prev_position, 6);
  EXPECT_THAT(Shown(room.state),
              ElementsAre(kCreateType, kMemberType, kJoinRulesType,
                          kHistoryVisibilityType, kMemberType, kTopicType));
  EXPECT_THAT(room.state.back(), HasSubstr("old"));
  EXPECT_EQ(room.summary->joined_count, 2);
  EXPECT_EQ(room.summary->invited_count, 0);
  EXPECT_THAT(*room.summary->heroes, ElementsAre(kBob));
  EXPECT_THAT(result.joined_room_ids, ElementsAre(kRoom));
}

TEST_F(SyncReaderTest, LaterSyncHasOnlyWhatHappenedSince) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  EXPECT_FALSE(Sync(since).has_news());
  Say("one");
  Say("two");
  SyncResult result = Sync(since);
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(Shown(result.joined[0].timeline), ElementsAre("one", "two"));
  EXPECT_THAT(result.joined[0].state, IsEmpty());
  EXPECT_FALSE(result.joined[0].limited);
  EXPECT_EQ(result.joined[0].prev_position, since);
  EXPECT_FALSE(result.joined[0].summary.has_value());
}

TEST_F(SyncReaderTest, MembersAreCountedAgainWhenOneComes) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Member("@carol:hs", "invite");
  SyncResult result = Sync(since);
  EXPECT_EQ(result.joined[0].summary->joined_count, 2);
  EXPECT_EQ(result.joined[0].summary->invited_count, 1);
}

TEST_F(SyncReaderTest, GapBringsTheStateThatChangedInIt) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  SetTopic("in the gap");
  Say("lost");
  Say("one");
  Say("two");
  SyncResult result = Sync(since, 2);
  EXPECT_THAT(Shown(result.joined[0].timeline), ElementsAre("one", "two"));
  EXPECT_TRUE(result.joined[0].limited);
  EXPECT_THAT(Shown(result.joined[0].state), ElementsAre(kTopicType));
}

// Goal: an answer is bounded in bytes, and tells where what it leaves out is to
// be found. Method: three rooms with more in large messages than it may tell.
TEST_F(SyncReaderTest, TimelinesEndBeforeTheyTellTooManyBytes) {
  const std::vector<std::string> room_ids = {"!a:hs", "!b:hs", "!c:hs"};
  for (const std::string& room_id : room_ids) {
    AppendRoom(store_, room_id, kBob);
    Append(store_, room_id, MemberDraft(kAlice, kAlice, "join"));
  }
  const int64_t since = Now();
  const std::string large(60000, 'x');
  for (const std::string& room_id : room_ids) {
    const int count = room_id == "!a:hs" ? 100 : room_id == "!b:hs" ? 60 : 1;
    for (int i = 0; i < count; ++i) {
      Append(store_, room_id, MessageDraft(kBob, large));
    }
  }
  const SyncResult result = Sync(since, 1000);
  ASSERT_EQ(result.joined.size(), 3u);
  size_t bytes = 0;
  for (const SyncedRoom& room : result.joined) {
    for (const std::string& json : room.timeline) bytes += json.size();
  }
  EXPECT_LT(bytes, kAnswerEventBytesMax + (1 << 20));
  const SyncedRoom& whole = result.joined[0];
  EXPECT_EQ(whole.timeline.size(), 100u);
  EXPECT_FALSE(whole.limited);
  const SyncedRoom& cut = result.joined[1];
  EXPECT_GT(cut.timeline.size(), 30u);
  EXPECT_LT(cut.timeline.size(), 40u);
  EXPECT_TRUE(cut.limited);
  EXPECT_EQ(cut.prev_position,
            since + 160 - static_cast<int64_t>(cut.timeline.size()));
  const SyncedRoom& left_out = result.joined[2];
  EXPECT_THAT(left_out.timeline, IsEmpty());
  EXPECT_TRUE(left_out.limited);
  EXPECT_EQ(left_out.prev_position, Now());
}

// Goal: a filter that takes little doesn't look through a whole room, and what
// it would have found beyond isn't lost. Method: more events of others than it
// is tried on.
TEST_F(SyncReaderTest, FilterThatFindsLittleTellsWhereToReadOn) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Append(store_, kRoom, Draft(kBob, "m.sticker", R"({"body":"wanted"})"));
  const int64_t wanted = Now();
  AppendMany(kRoom, kFilteredEventsMax,
             [](int) { return MessageDraft(kBob, "x"); });
  filter_.timeline.types = {"m.sticker"};
  const SyncResult result = Sync(since);
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(result.joined[0].timeline, IsEmpty());
  EXPECT_TRUE(result.joined[0].limited);
  EXPECT_EQ(result.joined[0].prev_position, wanted);
  // Who came or went isn't looked for further either, but told.
  EXPECT_TRUE(result.joined[0].summary.has_value());
  // Where fewer are to be looked at, nothing is missing.
  EXPECT_FALSE(Sync(wanted + 1).has_news());
  filter_.timeline.types = {"m.room.message"};
  EXPECT_EQ(Sync(wanted + 1).joined[0].timeline.size(), 50u);
}

// Goal: state is bounded in bytes, that of all rooms together. Method: two
// rooms, of which either fits and not both.
TEST_F(SyncReaderTest, StateOfTooManyBytesIsRefused) {
  SyncQuery query = {.user_id = User(kAlice),
                     .txn_scope = "token:alice",
                     .since = std::nullopt,
                     .filter = {}};
  query.filter.timeline_limit = 1;
  for (const char* room_id : {"!a:hs", "!b:hs"}) {
    AppendRoom(store_, room_id, kBob);
    Append(store_, room_id, MemberDraft(kAlice, kAlice, "join"));
    Append(store_, room_id,
           Draft(kBob, kTopicType, "",
                 absl::StrCat(R"({"topic":")", std::string(9000, 'x'), "\"}")));
    Append(store_, room_id, MessageDraft(kBob, "hi"));
  }
  const auto read = [&](const std::vector<std::string>& room_ids) {
    MemberCounter counter({}, store_);
    RoomReader reader(
        store_, counter, query,
        {.since = 0, .position = Now(), .now = kNow, .state_bytes_max = 15000});
    absl::Status status;
    for (const std::string& room_id : room_ids) {
      status.Update(reader.ReadJoined(room_id).status());
    }
    return status;
  };
  for (const bool is_lazy : {false, true}) {
    SCOPED_TRACE(is_lazy);
    query.filter.state.lazy_load_members = is_lazy;
    EXPECT_EQ(read({"!a:hs"}), absl::OkStatus());
    EXPECT_EQ(read({"!b:hs"}), absl::OkStatus());
    EXPECT_EQ(GetErrcode(read({"!a:hs", "!b:hs"})), "M_TOO_LARGE");
    query.filter.state.not_types = {kTopicType};
    EXPECT_EQ(read({"!a:hs", "!b:hs"}), absl::OkStatus());
    query.filter.state.not_types.clear();
  }
}

TEST_F(SyncReaderTest, FreshJoinBringsTheWholeRoomWithItsHistory) {
  AppendRoom(store_, kRoom, kBob);
  Say("hello?");
  const int64_t since = Now();
  Member(kAlice, "join");
  SyncResult result = Sync(since);
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(Shown(result.joined[0].timeline),
              ElementsAre(kCreateType, kMemberType, kJoinRulesType,
                          kHistoryVisibilityType, "hello?", kMemberType));
  EXPECT_EQ(result.joined[0].summary->joined_count, 2);
}

TEST_F(SyncReaderTest, JoinedHistoryBeginsWithTheJoin) {
  AppendRoom(store_, kRoom, kBob, "joined");
  Say("secret");
  Member(kAlice, "join");
  Say("open");
  SyncResult result = Sync(std::nullopt);
  EXPECT_THAT(Shown(result.joined[0].timeline),
              testing::Not(testing::Contains("secret")));
  EXPECT_EQ(Shown(result.joined[0].timeline).back(), "open");
  EXPECT_TRUE(result.joined[0].limited);
  EXPECT_THAT(Shown(result.joined[0].state), testing::Contains(kJoinRulesType));
}

TEST_F(SyncReaderTest, RejoinComesAsNew) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Member(kAlice, "leave");
  Say("missed");
  Member(kAlice, "join");
  SyncResult result = Sync(since, 2);
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(result.left, IsEmpty());
  EXPECT_THAT(Shown(result.joined[0].timeline),
              ElementsAre("missed", kMemberType));
  EXPECT_TRUE(result.joined[0].limited);
  EXPECT_THAT(Shown(result.joined[0].state), testing::Contains(kCreateType));
}

TEST_F(SyncReaderTest, ProfileChangeIsNoJoin) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Append(store_, kRoom,
         Draft(kAlice, kMemberType, kAlice,
               R"({"membership":"join","displayname":"A"})"));
  SyncResult result = Sync(since);
  EXPECT_THAT(Shown(result.joined[0].timeline), ElementsAre(kMemberType));
  EXPECT_THAT(result.joined[0].state, IsEmpty());
}

TEST_F(SyncReaderTest, InvitationShowsStrippedState) {
  AppendRoom(store_, kRoom, kBob);
  const int64_t since = Now();
  Append(store_, kRoom, Draft(kBob, kNameType, "", R"({"name":"n"})"));
  Member(kAlice, "invite");
  Say("not for her yet");
  SyncResult result = Sync(since);
  ASSERT_EQ(result.invited.size(), 1u);
  EXPECT_THAT(result.joined, IsEmpty());
  EXPECT_THAT(Shown(result.invited[0].stripped_state),
              ElementsAre(kCreateType, kJoinRulesType, kNameType, kMemberType,
                          kMemberType));
  EXPECT_THAT(result.invited[0].stripped_state[3], HasSubstr(kAlice));
  EXPECT_THAT(result.invited[0].stripped_state[3],
              testing::Not(HasSubstr("event_id")));
  EXPECT_EQ(Sync(std::nullopt).invited.size(), 1u);
  EXPECT_FALSE(Sync(Now()).has_news());
}

TEST_F(SyncReaderTest, LeavingIsTheLastThatIsSeen) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Say("last");
  Member(kAlice, "ban");
  Say("not for her");
  SyncResult result = Sync(since);
  ASSERT_EQ(result.left.size(), 1u);
  EXPECT_THAT(Shown(result.left[0].timeline), ElementsAre("last", kMemberType));
  EXPECT_FALSE(Sync(Now()).has_news());
  EXPECT_FALSE(Sync(std::nullopt).has_news());
}

// Goal: who has left learns nothing more. Method: a timeline that is empty by
// the filter, so that the state alone could tell.
TEST_F(SyncReaderTest, StateAfterLeavingIsNotTold) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  SetTopic("hers");
  Member(kAlice, "leave");
  Append(store_, kRoom, Draft(kBob, kNameType, "", R"({"name":"not hers"})"));
  filter_.timeline.not_types = {"*"};
  SyncResult result = Sync(since);
  ASSERT_EQ(result.left.size(), 1u);
  EXPECT_THAT(Shown(result.left[0].state),
              ElementsAre(kTopicType, kMemberType));
}

// Goal: clients learn that the invitation is over, and nothing else of a room
// that they haven't been in.
TEST_F(SyncReaderTest, RefusedInvitationIsALeftRoomWithThatAlone) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "invite");
  const int64_t since = Now();
  SetTopic("not for her");
  Member(kAlice, "leave");
  Say("nor this");
  SyncResult result = Sync(since);
  ASSERT_EQ(result.left.size(), 1u);
  EXPECT_THAT(result.left[0].state, IsEmpty());
  EXPECT_THAT(Shown(result.left[0].timeline), ElementsAre(kMemberType));
  EXPECT_FALSE(Sync(Now()).has_news());
}

// Goal: state isn't lost that changed between two events of a timeline that a
// filter keeps it out of.
TEST_F(SyncReaderTest, StateThatTheTimelineLeavesOutIsToldBesideIt) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Say("before");
  SetTopic("new");
  Say("after");
  filter_.timeline.types = {{"m.room.message"}};
  SyncResult result = Sync(since);
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(Shown(result.joined[0].timeline), ElementsAre("before", "after"));
  EXPECT_THAT(Shown(result.joined[0].state), ElementsAre(kTopicType));
  // What the timeline does have is not told twice.
  filter_.timeline.types = {{"m.room.message", kTopicType}};
  result = Sync(since);
  EXPECT_THAT(Shown(result.joined[0].timeline),
              ElementsAre("before", kTopicType, "after"));
  EXPECT_THAT(result.joined[0].state, IsEmpty());
}

TEST_F(SyncReaderTest, FullStateComesWhenAskedFor) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  SyncResult result = Sync(Now(), 50, /*full_state=*/true);
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(result.joined[0].timeline, IsEmpty());
  EXPECT_EQ(result.joined[0].state.size(), 5u);
}

TEST_F(SyncReaderTest, SenderSeesTheTransactionId) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  for (const char* scope : {"token:alice", "token:other"}) {
    ASSERT_EQ(store_.Write([&](RoomTransaction& transaction) {
      RoomState state;
      Event event =
          AppendReported(transaction, Room(kRoom),
                         Draft(kAlice, "m.room.message", R"({"body":"x"})"),
                         state)
              .value();
      transaction.RememberSent({scope, kRoom, "m.room.message", "m17"},
                               event.event_id);
      return absl::OkStatus();
    }),
              absl::OkStatus());
  }
  SyncResult result = Sync(since);
  ASSERT_EQ(result.joined[0].timeline.size(), 2u);
  EXPECT_THAT(result.joined[0].timeline[0],
              HasSubstr(R"("transaction_id":"m17")"));
  EXPECT_THAT(result.joined[0].timeline[1],
              testing::Not(HasSubstr("transaction_id")));
}

TEST_F(SyncReaderTest, FilterChoosesTypesAndRooms) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Say("one");
  Append(store_, kRoom, Draft(kBob, "m.reaction", "{}"));
  filter_.timeline.not_types = {"m.reaction"};
  EXPECT_THAT(Shown(Sync(since).joined[0].timeline), ElementsAre("one"));
  filter_.timeline.not_types = {"*"};
  EXPECT_FALSE(Sync(since).has_news());
  filter_ = SyncFilter();
  filter_.room.not_rooms = {kRoom};
  EXPECT_FALSE(Sync(since).has_news());
}

// Who is told to a client that loads members lazily.
std::vector<std::string> MembersIn(const std::vector<std::string>& jsons) {
  std::vector<std::string> members;
  for (const std::string& json : jsons) {
    matrix::Json event = matrix::ParseObject(json).value();
    if (matrix::GetString(event, "type").value() == kMemberType) {
      members.push_back(matrix::GetString(event, "state_key").value());
    }
  }
  return members;
}

TEST_F(SyncReaderTest, LazyLoadingBringsWhoSpeaksAndTheReaderAndTheHeroes) {
  AppendRoom(store_, kRoom, kBob);
  Append(store_, kRoom, Draft(kBob, kNameType, "", R"({"name":"n"})"));
  for (const char* user : {"@carol:hs", "@dan:hs", kAlice}) {
    Member(user, "join");
  }
  Append(store_, kRoom, MessageDraft("@dan:hs", "hi"));
  filter_.state.lazy_load_members = true;
  SyncResult named = Sync(std::nullopt, 1);
  EXPECT_THAT(MembersIn(named.joined[0].state), ElementsAre("@dan:hs", kAlice));
  EXPECT_THAT(Shown(named.joined[0].state), testing::Contains(kNameType));
  EXPECT_EQ(named.joined[0].summary->heroes, std::nullopt);

  AppendRoom(store_, "!nameless:hs", kBob);
  for (const char* user : {"@carol:hs", kAlice}) {
    Append(store_, "!nameless:hs", MemberDraft(kBob, user, "join"));
  }
  Append(store_, "!nameless:hs", MessageDraft(kAlice, "hi"));
  SyncResult nameless = Sync(std::nullopt, 1);
  EXPECT_THAT(*nameless.joined[0].summary->heroes,
              ElementsAre(kBob, "@carol:hs"));
  EXPECT_THAT(MembersIn(nameless.joined[0].state),
              ElementsAre(kBob, "@carol:hs", kAlice));
}

// Goal: a client that knows only some members can show who speaks. Method:
// somebody speaks whose joining is older than what the client knows.
TEST_F(SyncReaderTest, LazyLoadingBringsTheSenderOfALaterMessage) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Say("hi");
  filter_.state.lazy_load_members = true;
  SyncResult result = Sync(since);
  EXPECT_THAT(MembersIn(result.joined[0].state), ElementsAre(kBob));
  filter_.state.lazy_load_members = false;
  EXPECT_THAT(Sync(since).joined[0].state, IsEmpty());
}

TEST_F(SyncReaderTest, EventsTellTheirAge) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Say("hi");
  const matrix::Json event =
      matrix::ParseObject(Sync(since).joined[0].timeline[0]).value();
  EXPECT_EQ(
      event["unsigned"]["age"].get<int64_t>(),
      absl::ToUnixMillis(kNow) - event["origin_server_ts"].get<int64_t>());
}

TEST_F(SyncReaderTest, FilterChoosesStateAndSenders) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  Say("his");
  Append(store_, kRoom, MessageDraft(kAlice, "hers"));
  filter_.timeline.senders = {kAlice};
  filter_.state.types = {"m.room.join_*"};
  SyncResult result = Sync(std::nullopt);
  EXPECT_THAT(Shown(result.joined[0].timeline), ElementsAre("hers"));
  EXPECT_THAT(Shown(result.joined[0].state), ElementsAre(kJoinRulesType));
  filter_.timeline.senders.reset();
  filter_.timeline.not_senders = {kAlice, "@nobody:hs"};
  EXPECT_EQ(Shown(Sync(std::nullopt).joined[0].timeline).back(), "his");
  filter_.timeline.senders.emplace();
  filter_.state.types.emplace();
  EXPECT_FALSE(Sync(std::nullopt).has_news());
}

TEST_F(SyncReaderTest, FilterChoosesEventsWithUrlsAndFields) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  Append(store_, kRoom,
         Draft(kBob, "m.room.message", R"({"body":"b","url":"mxc://hs/u"})"));
  Say("without");
  filter_ = ParseSyncFilter(R"({"event_fields":["content.url"],
      "room":{"timeline":{"contains_url":true}}})")
                .value();
  const SyncResult result = Sync(std::nullopt);
  EXPECT_THAT(result.joined[0].timeline,
              ElementsAre(R"({"content":{"url":"mxc://hs/u"}})"));
  EXPECT_EQ(result.joined[0].state.front(), "{}");
}

TEST_F(SyncReaderTest, RoomsThatWereLeftComeWhenAskedFor) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  Say("hers too");
  Member(kAlice, "leave");
  Say("not hers");
  EXPECT_FALSE(Sync(std::nullopt).has_news());
  filter_.include_leave = true;
  SyncResult result = Sync(std::nullopt, 2);
  ASSERT_EQ(result.left.size(), 1u);
  EXPECT_THAT(Shown(result.left[0].timeline),
              ElementsAre("hers too", kMemberType));
  EXPECT_THAT(Shown(result.left[0].state), testing::Contains(kCreateType));
}

TEST_F(SyncReaderTest, RoomThatIsForgottenIsToldToWhoStillKnowsIt) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t since = Now();
  Member(kAlice, "leave");
  Forget(store_, kRoom, kAlice);
  filter_.include_leave = true;
  EXPECT_FALSE(Sync(std::nullopt).has_news());
  SyncResult result = Sync(since);
  ASSERT_EQ(result.left.size(), 1u);
  EXPECT_THAT(Shown(result.left[0].timeline), ElementsAre(kMemberType));
}

TEST_F(SyncReaderTest, TokenOfALostStreamStartsAgain) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  SyncResult result = Sync(Now() + 100);
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_EQ(result.position.events, Now());
}

}  // namespace
}  // namespace causeway::homeserver
