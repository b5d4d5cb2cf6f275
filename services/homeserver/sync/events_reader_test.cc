#include "services/homeserver/sync/events_reader.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/ephemeral/receipt_store.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/homeserver/sync/test_updates.h"
#include "services/homeserver/sync/update_reader.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRoom[] = "!r:hs";
constexpr char kOther[] = "!other:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";

class EventsReaderTest : public ::testing::Test {
 protected:
  EventsReaderTest() {
    for (const char* room : {kRoom, kOther}) {
      AppendRoom(store_, room, kBob);
      Append(store_, room, MemberDraft(kBob, kAlice, "join"));
    }
  }
  void Say(const char* room, const std::string& body) {
    Append(store_, room, MessageDraft(kBob, body));
  }
  int64_t Now() { return store_.LastPosition().value(); }
  EventsPage Read(const SyncPosition& from, const std::string& room_id = "") {
    return reader_
        .Read({.user_id = User(kAlice), .from = from, .room_id = room_id},
              Now(), absl::UnixEpoch())
        .value();
  }
  EventsPage Read(int64_t from, const std::string& room_id = "") {
    return Read(SyncPosition{.events = from}, room_id);
  }
  std::vector<std::string> Bodies(const EventsPage& page) {
    std::vector<std::string> bodies;
    for (const std::string& json : page.event_jsons) {
      bodies.push_back(BodyOf(json));
    }
    return bodies;
  }

  FakeRoomStore store_;
  FakeClock clock_;
  NewsWaiters waiters_{{}};
  TestUpdates updates_{store_, waiters_, clock_};
  UpdateReader update_reader_{updates_.sources()};
  EventsReader reader_{store_, update_reader_};
};

TEST_F(EventsReaderTest, EventsOfAllRoomsComeInTheirOrder) {
  const int64_t from = Now();
  Say(kRoom, "1");
  Say(kOther, "2");
  Say("!elsewhere:hs", "not hers");
  Say(kRoom, "3");
  const EventsPage page = Read(from);
  EXPECT_THAT(Bodies(page), ElementsAre("1", "2", "3"));
  EXPECT_THAT(page.event_jsons[0], HasSubstr(R"("room_id":"!r:hs")"));
  EXPECT_THAT(page.event_jsons[0], HasSubstr(R"("age":)"));
  EXPECT_EQ(page.position.events, Now());
  EXPECT_THAT(page.joined_room_ids, ElementsAre(kOther, kRoom));
  EXPECT_THAT(Bodies(Read(page.position)), IsEmpty());
}

TEST_F(EventsReaderTest, OneRoomCanBeChosen) {
  const int64_t from = Now();
  Say(kRoom, "1");
  Say(kOther, "2");
  EXPECT_THAT(Bodies(Read(from, kOther)), ElementsAre("2"));
  EXPECT_EQ(GetErrcode(reader_
                           .Read({.user_id = User(kAlice),
                                  .from = SyncPosition{.events = from},
                                  .room_id = "!elsewhere:hs"},
                                 Now(), absl::UnixEpoch())
                           .status()),
            "M_FORBIDDEN");
}

TEST_F(EventsReaderTest, PagesLeaveNoGap) {
  const int64_t from = Now();
  for (int i = 0; i <= kEventsPageMax; ++i) {
    Say(i % 2 == 0 ? kRoom : kOther, absl::StrCat(i));
  }
  const EventsPage first = Read(from);
  EXPECT_EQ(first.event_jsons.size(), static_cast<size_t>(kEventsPageMax));
  EXPECT_THAT(Bodies(Read(first.position)),
              ElementsAre(absl::StrCat(kEventsPageMax)));
}

TEST_F(EventsReaderTest, ARoomIsNewToThePageThatTellsOfTheJoin) {
  AppendRoom(store_, "!new:hs", kBob);
  const int64_t from = Now();
  for (int i = 0; i < kEventsPageMax; ++i) Say(kRoom, absl::StrCat(i));
  Append(store_, "!new:hs", MemberDraft(kBob, kAlice, "join"));
  const EventsPage first = Read(from);
  EXPECT_THAT(first.new_room_ids, IsEmpty());
  EXPECT_THAT(Read(first.position).new_room_ids, ElementsAre("!new:hs"));
}

TEST_F(EventsReaderTest, WhoHasLeftHearsNothingMore) {
  const int64_t from = Now();
  Say(kRoom, "hers");
  Append(store_, kRoom, MemberDraft(kAlice, kAlice, "leave"));
  Say(kRoom, "not hers");
  const EventsPage page = Read(from);
  ASSERT_EQ(page.event_jsons.size(), 2u);
  EXPECT_EQ(BodyOf(page.event_jsons[0]), "hers");
  EXPECT_THAT(page.joined_room_ids, ElementsAre(kOther));
}

TEST_F(EventsReaderTest, RoomThatIsForgottenIsGone) {
  const int64_t from = Now();
  Say(kRoom, "hers once");
  Append(store_, kRoom, MemberDraft(kAlice, kAlice, "leave"));
  Forget(store_, kRoom, kAlice);
  EXPECT_THAT(Bodies(Read(from)), IsEmpty());
  EXPECT_EQ(GetErrcode(reader_
                           .Read({.user_id = User(kAlice),
                                  .from = SyncPosition{.events = from},
                                  .room_id = kRoom},
                                 Now(), absl::UnixEpoch())
                           .status()),
            "M_FORBIDDEN");
}

TEST_F(EventsReaderTest, OwnInvitationIsTold) {
  AppendRoom(store_, "!new:hs", kBob);
  const int64_t from = Now();
  Append(store_, "!new:hs", MemberDraft(kBob, kAlice, "invite"));
  Say("!new:hs", "not hers yet");
  const EventsPage page = Read(from);
  ASSERT_EQ(page.event_jsons.size(), 1u);
  EXPECT_THAT(page.event_jsons[0], HasSubstr(R"("membership":"invite")"));
  EXPECT_THAT(page.event_jsons[0], HasSubstr(R"("room_id":"!new:hs")"));
  EXPECT_THAT(Read(page.position).event_jsons, IsEmpty());
}

TEST_F(EventsReaderTest, WhoComesIntoARoomLearnsWhoIsThere) {
  AppendRoom(store_, "!new:hs", kBob);
  updates_.presence.Set(kBob, PresenceState::kOnline, "", true, {"!new:hs"});
  const SyncPosition from = {.events = Now(),
                             .ephemeral = updates_.count.Last()};
  EXPECT_THAT(Read(from).event_jsons, IsEmpty());
  Append(store_, "!new:hs", MemberDraft(kAlice, kAlice, "join"));
  const EventsPage page = Read(from);
  ASSERT_EQ(page.event_jsons.size(), 2u);
  EXPECT_THAT(page.event_jsons[1],
              AllOf(HasSubstr(R"("type":"m.presence")"), HasSubstr(kBob)));
  EXPECT_THAT(Read(page.position).event_jsons, IsEmpty());
}

// Goal: what isn't an event of a room is told once, with its room. Method: some
// of each after a first read, which tells nothing of before.
TEST_F(EventsReaderTest, TypingReceiptsAndPresenceComeAfterTheEvents) {
  const auto receipt = [&](int64_t position) {
    return updates_.receipt_store.Put({.room_id = kRoom,
                                       .user_id = kBob,
                                       .type = kReadType,
                                       .thread_id = "",
                                       .event_id = "$e",
                                       .event_position = position,
                                       .ts_ms = 5});
  };
  ASSERT_TRUE(receipt(1).ok());
  updates_.presence.Set(kBob, PresenceState::kOnline, "", true, {kRoom});
  EventsPage page =
      reader_
          .Read({.user_id = User(kAlice), .from = std::nullopt, .room_id = ""},
                Now(), absl::UnixEpoch())
          .value();
  EXPECT_THAT(page.event_jsons, IsEmpty());
  const SyncPosition from = page.position;
  ASSERT_TRUE(receipt(2).ok());
  updates_.typing.Set(kRoom, kBob, absl::Seconds(30));
  updates_.presence.Set(kBob, PresenceState::kOffline, "", true, {kRoom});
  Say(kRoom, "1");
  page = Read(from);
  ASSERT_EQ(page.event_jsons.size(), 4u);
  EXPECT_EQ(BodyOf(page.event_jsons[0]), "1");
  EXPECT_THAT(page.event_jsons[1], AllOf(HasSubstr(R"("type":"m.receipt")"),
                                         HasSubstr(R"("room_id":"!r:hs")")));
  EXPECT_THAT(page.event_jsons[2], AllOf(HasSubstr(R"("type":"m.typing")"),
                                         HasSubstr(R"("room_id":"!r:hs")")));
  EXPECT_THAT(page.event_jsons[3], HasSubstr(R"("type":"m.presence")"));
  EXPECT_EQ(page.position.to_device, from.to_device);
  EXPECT_THAT(Read(page.position).event_jsons, IsEmpty());
  EXPECT_EQ(Read(from, kOther).event_jsons.size(), 0u);
}

}  // namespace
}  // namespace causeway::homeserver
