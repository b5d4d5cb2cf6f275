#include "services/homeserver/sync/events_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

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
  EventsPage Read(int64_t from, const std::string& room_id = "") {
    return reader_
        .Read({.user_id = User(kAlice), .from = from, .room_id = room_id},
              Now(), absl::UnixEpoch())
        .value();
  }
  std::vector<std::string> Bodies(const EventsPage& page) {
    std::vector<std::string> bodies;
    for (const std::string& json : page.event_jsons) {
      bodies.push_back(BodyOf(json));
    }
    return bodies;
  }

  FakeRoomStore store_;
  EventsReader reader_{store_};
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
  EXPECT_EQ(page.position, Now());
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
                                  .from = from,
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
  EXPECT_EQ(
      GetErrcode(
          reader_
              .Read({.user_id = User(kAlice), .from = from, .room_id = kRoom},
                    Now(), absl::UnixEpoch())
              .status()),
      "M_FORBIDDEN");
}

}  // namespace
}  // namespace causeway::homeserver
