#include "services/homeserver/rooms/room_timeline.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";

class RoomTimelineTest : public ::testing::Test {
 protected:
  std::string Say(const std::string& body, const char* sender = kBob) {
    return Append(store_, kRoom, MessageDraft(sender, body));
  }
  void Member(const std::string& user_id, const std::string& membership) {
    Append(store_, kRoom, MemberDraft(kBob, user_id, membership));
  }
  // A public room with alice and bob, in which nothing was said.
  void MakeRoom() {
    AppendRoom(store_, kRoom, kBob);
    Member(kAlice, "join");
  }
  static std::vector<std::string> Bodies(
      const std::vector<std::string>& jsons) {
    std::vector<std::string> bodies;
    for (const std::string& json : jsons) bodies.push_back(BodyOf(json));
    return bodies;
  }
  static std::vector<std::string> Bodies(const MessagesPage& page) {
    return Bodies(page.event_jsons);
  }
  // All messages, newest first.
  MessagesPage Read(const std::string& filter_json, int limit = 10) {
    MessagesQuery query;
    query.backwards = true;
    query.limit = limit;
    query.filter = ParseEventFilter(filter_json).value();
    return timeline_.Messages(reader_, kRoom, query).value();
  }

  const Reader reader_ = {.user_id = User(kAlice), .txn_scope = "token:alice"};
  FakeClock clock_;
  FakeRoomStore store_;
  RoomTimeline timeline_{store_, clock_};
};

TEST_F(RoomTimelineTest, StrangersReadNothing) {
  AppendRoom(store_, kRoom, kBob);
  EXPECT_EQ(GetErrcode(timeline_.Messages(reader_, kRoom, {}).status()),
            "M_FORBIDDEN");
  EXPECT_EQ(GetErrcode(timeline_.FindEvent(reader_, kRoom, "$e").status()),
            "M_FORBIDDEN");
  EXPECT_EQ(
      GetErrcode(timeline_.Context(reader_, kRoom, "$e", 10, {}).status()),
      "M_FORBIDDEN");
}

TEST_F(RoomTimelineTest, EventThatMayNotBeSeenIsNotFound) {
  AppendRoom(store_, kRoom, kBob, "joined");
  const std::string before =
      Append(store_, kRoom, Draft(kBob, "m.x", R"({"body":"secret"})"));
  Member(kAlice, "join");
  const std::string after =
      Append(store_, kRoom, Draft(kBob, "m.x", R"({"body":"open"})"));
  EXPECT_EQ(GetErrcode(timeline_.FindEvent(reader_, kRoom, before).status()),
            "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(timeline_.FindEvent(reader_, kRoom, "$none").status()),
            "M_NOT_FOUND");
  EXPECT_EQ(BodyOf(timeline_.FindEvent(reader_, kRoom, after).value()), "open");
}

// Goal: pages meet without a gap and without a repeat. Method: both ways
// through the same five messages, two at a time.
TEST_F(RoomTimelineTest, PagesFollowOneAnotherBothWays) {
  AppendRoom(store_, kRoom, kBob);
  Member(kAlice, "join");
  const int64_t begin = store_.LastPosition().value();
  for (const char* body : {"1", "2", "3", "4", "5"}) Say(body);
  const int64_t end = store_.LastPosition().value();

  MessagesQuery query = {
      .backwards = true, .from = {}, .to = begin, .limit = 2, .filter = {}};
  MessagesPage page = timeline_.Messages(reader_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("5", "4"));
  EXPECT_EQ(page.start, end);
  query.from = page.end;
  page = timeline_.Messages(reader_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("3", "2"));
  query.from = page.end;
  page = timeline_.Messages(reader_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("1"));
  EXPECT_EQ(page.end, std::nullopt);

  query = {
      .backwards = false, .from = begin, .to = {}, .limit = 3, .filter = {}};
  page = timeline_.Messages(reader_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("1", "2", "3"));
  EXPECT_EQ(page.start, begin);
  query.from = page.end;
  page = timeline_.Messages(reader_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("4", "5"));
  EXPECT_EQ(page.end, std::nullopt);
  query.from = end;
  EXPECT_THAT(timeline_.Messages(reader_, kRoom, query)->event_jsons,
              IsEmpty());
}

TEST_F(RoomTimelineTest, FilterChoosesByTypeSenderAndUrl) {
  MakeRoom();
  Say("1");
  Say("2", kAlice);
  Append(store_, kRoom,
         Draft(kBob, "m.room.message", R"({"body":"3","url":"mxc://a"})"));
  Append(store_, kRoom, Draft(kBob, "m.sticker", R"({"body":"4"})"));
  EXPECT_THAT(Bodies(Read(R"({"types":["m.sticker"]})")), ElementsAre("4"));
  EXPECT_THAT(Bodies(Read(R"({"types":["m.room.mess*"]})")),
              ElementsAre("3", "2", "1"));
  EXPECT_THAT(
      Bodies(Read(R"({"types":["m.*"],"not_types":["m.room.m*","m.room.c*",
                      "m.room.j*","m.room.h*"]})")),
      ElementsAre("4"));
  EXPECT_THAT(Bodies(Read(R"({"types":[]})")), IsEmpty());
  EXPECT_THAT(Bodies(Read(R"({"senders":["@alice:hs"]})")), ElementsAre("2"));
  EXPECT_THAT(Bodies(Read(R"({"not_senders":["@bob:hs"]})")), ElementsAre("2"));
  EXPECT_THAT(Bodies(Read(R"({"contains_url":true})")), ElementsAre("3"));
  EXPECT_THAT(
      Bodies(Read(R"({"contains_url":false,"types":["m.room.message"]})")),
      ElementsAre("2", "1"));
  EXPECT_THAT(Bodies(Read(R"({"rooms":["!other:hs"]})")), IsEmpty());
  EXPECT_THAT(Bodies(Read(R"({"not_rooms":["!r:hs"]})")), IsEmpty());
}

// Goal: a filter that takes little neither ends the room nor looks through all
// of it in one go. Method: more events of others than one call looks at.
TEST_F(RoomTimelineTest, FilterThatFindsLittleGoesOnWithTheNextPage) {
  MakeRoom();
  Append(store_, kRoom, Draft(kAlice, "m.sticker", R"({"body":"wanted"})"));
  ASSERT_TRUE(store_
                  .Write([](RoomTransaction& transaction) {
                    RoomState state;
                    for (int i = 0; i < kFilteredEventsMax; ++i) {
                      AppendReported(transaction, Room(kRoom),
                                     MessageDraft(kBob, "x"), state)
                          .value();
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  MessagesQuery query;
  query.backwards = true;
  for (const char* filter :
       {R"({"senders":["@alice:hs"],"types":["m.room.message","m.sticker"]})",
        R"({"types":["m.sticker"]})", R"({"not_types":["m.room.*"]})"}) {
    SCOPED_TRACE(filter);
    query.from.reset();
    query.filter = ParseEventFilter(filter).value();
    MessagesPage page = timeline_.Messages(reader_, kRoom, query).value();
    EXPECT_THAT(Bodies(page), IsEmpty());
    ASSERT_TRUE(page.end.has_value());
    query.from = page.end;
    page = timeline_.Messages(reader_, kRoom, query).value();
    EXPECT_THAT(Bodies(page), ElementsAre("wanted"));
    EXPECT_EQ(page.end, std::nullopt);
  }
}

// Goal: an answer is bounded in bytes as well, and what it leaves out comes
// with the next. Method: more in large messages than an answer may tell.
TEST_F(RoomTimelineTest, PageEndsBeforeItTellsTooManyBytes) {
  MakeRoom();
  constexpr int kCount = 150;
  const std::string large(60000, 'x');
  std::vector<std::string> said;
  std::string middle_id;
  for (int i = 0; i < kCount; ++i) {
    said.push_back(absl::StrCat(i, large));
    const std::string event_id = Say(said.back());
    if (i == kCount / 2) middle_id = event_id;
  }
  ASSERT_GT(kCount * large.size(), kAnswerEventBytesMax);

  for (const bool backwards : {true, false}) {
    MessagesQuery query = {
        .backwards = backwards,
        .from = std::nullopt,
        .to = std::nullopt,
        .limit = 1000,
        .filter = ParseEventFilter(R"({"types":["m.room.message"]})").value()};
    std::vector<std::string> read;
    int page_count = 0;
    do {
      const MessagesPage page =
          timeline_.Messages(reader_, kRoom, query).value();
      EXPECT_LT(absl::StrJoin(page.event_jsons, "").size(),
                kAnswerEventBytesMax + (1 << 20));
      for (std::string& body : Bodies(page)) read.push_back(std::move(body));
      ++page_count;
      query.from = page.end;
    } while (query.from.has_value());
    EXPECT_EQ(page_count, 2);
    if (backwards) std::reverse(read.begin(), read.end());
    EXPECT_TRUE(read == said);  // Not shown: it would be long.
  }

  // What is around an event shares one bound, half of it each way.
  const EventContext context =
      timeline_.Context(reader_, kRoom, middle_id, 1000, {}).value();
  for (const auto& side : {context.before, context.after}) {
    EXPECT_THAT(side, SizeIs(kAnswerEventBytesMax / 2 / (large.size() + 300)));
  }
}

TEST_F(RoomTimelineTest, LazyMembersAreThoseWhoSpeak) {
  MakeRoom();
  Member("@carol:hs", "join");
  Say("hi");
  EXPECT_THAT(Read("", 1).state, IsEmpty());
  const MessagesPage page = Read(R"({"lazy_load_members":true})", 1);
  ASSERT_THAT(page.state, SizeIs(1));
  EXPECT_THAT(page.state[0], HasSubstr(R"("state_key":"@bob:hs")"));
}

TEST_F(RoomTimelineTest, TransactionIdIsToldToItsSenderOnly) {
  MakeRoom();
  clock_.SetTime(absl::FromUnixMillis(1421416883133 + 40));
  std::string event_id;
  ASSERT_TRUE(store_
                  .Write([&](RoomTransaction& transaction) {
                    RoomState state;
                    event_id = AppendReported(transaction, Room(kRoom),
                                              MessageDraft(kAlice, "x"), state)
                                   .value()
                                   .event_id;
                    transaction.RememberSent(
                        {"token:alice", kRoom, "m.room.message", "m1"},
                        event_id);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(timeline_.FindEvent(reader_, kRoom, event_id).value(),
              HasSubstr(R"("unsigned":{"age":40,"transaction_id":"m1"})"));
  EXPECT_THAT(Read("").event_jsons[0],
              HasSubstr(R"("unsigned":{"age":40,"transaction_id":"m1"})"));
  const Reader other_device = {.user_id = User(kAlice),
                               .txn_scope = "token:other"};
  EXPECT_THAT(timeline_.FindEvent(other_device, kRoom, event_id).value(),
              Not(HasSubstr("transaction_id")));
}

TEST_F(RoomTimelineTest, ContextIsWhatWasSaidAround) {
  MakeRoom();
  for (const char* body : {"1", "2", "3"}) Say(body);
  const std::string event_id = Say("here");
  const int64_t position = store_.LastPosition().value();
  for (const char* body : {"5", "6", "7"}) Say(body);
  Member("@carol:hs", "join");
  EventContext context =
      timeline_.Context(reader_, kRoom, event_id, 3, {}).value();
  EXPECT_EQ(BodyOf(context.event_json), "here");
  EXPECT_THAT(Bodies(context.before), ElementsAre("3"));
  EXPECT_THAT(Bodies(context.after), ElementsAre("5", "6"));
  EXPECT_EQ(context.start, position - 2);
  EXPECT_EQ(context.end, position + 2);
  EXPECT_THAT(context.state, SizeIs(5));  // Without carol, who came later.

  context = timeline_.Context(reader_, kRoom, event_id, 1, {}).value();
  EXPECT_THAT(context.before, IsEmpty());
  EXPECT_EQ(context.start, position - 1);
  context = timeline_
                .Context(reader_, kRoom, event_id, 10,
                         ParseEventFilter(R"({"lazy_load_members":true,
                                              "types":["m.room.message"]})")
                             .value())
                .value();
  EXPECT_THAT(Bodies(context.before), ElementsAre("3", "2", "1"));
  EXPECT_THAT(Bodies(context.after), ElementsAre("5", "6", "7"));
  ASSERT_THAT(context.state, SizeIs(1));
  EXPECT_THAT(context.state[0], HasSubstr(R"("state_key":"@bob:hs")"));
}

TEST_F(RoomTimelineTest, ContextShowsNothingThatMayNotBeSeen) {
  AppendRoom(store_, kRoom, kBob, "joined");
  const std::string before = Say("secret");
  Member(kAlice, "join");
  const std::string after = Say("open");
  Member(kAlice, "leave");
  Say("too late");
  EXPECT_EQ(
      GetErrcode(timeline_.Context(reader_, kRoom, before, 10, {}).status()),
      "M_NOT_FOUND");
  const EventContext context =
      timeline_
          .Context(reader_, kRoom, after, 10,
                   ParseEventFilter(R"({"types":["m.room.message"]})").value())
          .value();
  EXPECT_EQ(BodyOf(context.event_json), "open");
  EXPECT_THAT(context.before, IsEmpty());
  EXPECT_THAT(context.after, IsEmpty());
}

TEST(EventFilterTest, NamesWhatIsWrong) {
  for (const auto& [json, errcode] :
       {std::pair("x", "M_NOT_JSON"), std::pair("[]", "M_BAD_JSON"),
        std::pair(R"({"types":"m.x"})", "M_BAD_JSON"),
        std::pair(R"({"senders":[1]})", "M_BAD_JSON"),
        std::pair(R"({"contains_url":1})", "M_BAD_JSON"),
        std::pair(R"({"lazy_load_members":"yes"})", "M_BAD_JSON")}) {
    EXPECT_EQ(GetErrcode(ParseEventFilter(json).status()), errcode) << json;
  }
  EXPECT_TRUE(ParseEventFilter(R"({"limit":1000000,"org.x":1})").ok());
}

}  // namespace
}  // namespace causeway::homeserver
