#include "services/homeserver/rooms/event_redactor.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/reason.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRoom[] = "!r:hs";

ActingUser Acting(const std::string& user_id) {
  return {.user_id = User(user_id),
          .device_id = "D",
          .may_massage_timestamps = false,
          .appservice_uid = "",
          .is_own_user = false,
          .txn_scope = absl::StrCat("token:", user_id)};
}

// A room of @alice:hs (100) with @bob:hs and @carol:hs (0).
class EventRedactorTest : public ::testing::Test {
 protected:
  EventRedactorTest() {
    AppendRoom(store_, kRoom, "@alice:hs");
    for (const char* user : {"@bob:hs", "@carol:hs"}) {
      Append(store_, kRoom, MemberDraft(user, user, "join"));
    }
  }

  static RedactRequest Request(const std::string& event_id,
                               const std::string& txn_id = "") {
    return {.room_id = Room(kRoom),
            .event_id = matrix::EventId::Parse(event_id).value(),
            .reason = "spam",
            .txn_id = txn_id,
            .origin_server_ts = 0};
  }
  std::string Served(const std::string& event_id) {
    return store_.FindEvent(kRoom, event_id).value()->json;
  }
  int64_t Now() { return store_.LastPosition().value(); }

  FakeClock clock_;
  FakeRoomStore store_;
  EventRedactor redactor_{store_, clock_};
};

TEST_F(EventRedactorTest, EventIsServedStrippedAndTheRedactionIsAnEvent) {
  const std::string event_id =
      Append(store_, kRoom, MessageDraft("@bob:hs", "secret"));
  clock_.SetTime(absl::FromUnixMillis(1700000000000));
  const std::string redaction_id =
      redactor_.Redact(Acting("@bob:hs"), Request(event_id)).value();
  const std::string redaction = Served(redaction_id);
  EXPECT_THAT(redaction,
              HasSubstr(absl::StrCat(R"("type":"m.room.redaction",)"
                                     R"("sender":"@bob:hs","redacts":")",
                                     event_id,
                                     R"(","origin_server_ts":1700000000000,)"
                                     R"("content":{"reason":"spam",)"
                                     R"("redacts":")",
                                     event_id, R"("})")));
  EXPECT_THAT(Served(event_id), Not(HasSubstr("secret")));
  EXPECT_THAT(Served(event_id),
              HasSubstr(absl::StrCat(R"("content":{},"user_id":"@bob:hs",)"
                                     R"("unsigned":{"redacted_because":)",
                                     redaction, "}}")));
}

TEST_F(EventRedactorTest, OthersEventsTakeTheRoomsLevel) {
  const std::string event_id =
      Append(store_, kRoom, MessageDraft("@bob:hs", "hi"));
  const absl::Status refused =
      redactor_.Redact(Acting("@carol:hs"), Request(event_id)).status();
  EXPECT_EQ(GetErrcode(refused), "M_FORBIDDEN");
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("takes power level 50, @carol:hs has 0"));
  EXPECT_THAT(Served(event_id), HasSubstr(R"("hi")"));
  EXPECT_TRUE(redactor_.Redact(Acting("@alice:hs"), Request(event_id)).ok());
  EXPECT_THAT(Served(event_id), Not(HasSubstr(R"("hi")")));
}

TEST_F(EventRedactorTest, LevelOfRedactionsCountsForOnesOwnToo) {
  const std::string event_id =
      Append(store_, kRoom, MessageDraft("@bob:hs", "hi"));
  Append(store_, kRoom,
         Draft("@alice:hs", kPowerLevelsType, "",
               R"({"users":{"@alice:hs":100},"redact":0,
                   "events":{"m.room.redaction":10}})"));
  const absl::Status refused =
      redactor_.Redact(Acting("@bob:hs"), Request(event_id)).status();
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("takes power level 10, @bob:hs has 0"));
}

TEST_F(EventRedactorTest, OnlyWhatIsThereForThoseWhoAreThere) {
  const std::string event_id =
      Append(store_, kRoom, MessageDraft("@bob:hs", "hi"));
  const int64_t before = Now();
  EXPECT_EQ(
      GetErrcode(redactor_.Redact(Acting("@bob:hs"), Request("$no")).status()),
      "M_NOT_FOUND");
  for (const std::string& target : {event_id, std::string("$no")}) {
    EXPECT_EQ(
        GetErrcode(
            redactor_.Redact(Acting("@stranger:hs"), Request(target)).status()),
        "M_FORBIDDEN");
  }
  RedactRequest elsewhere = Request(event_id);
  AppendRoom(store_, "!other:hs", "@bob:hs");
  elsewhere.room_id = Room("!other:hs");
  EXPECT_EQ(GetErrcode(redactor_.Redact(Acting("@bob:hs"), elsewhere).status()),
            "M_NOT_FOUND");
  RedactRequest long_reason = Request(event_id);
  long_reason.reason = std::string(kReasonBytesMax + 1, 'x');
  EXPECT_EQ(
      GetErrcode(redactor_.Redact(Acting("@bob:hs"), long_reason).status()),
      "M_INVALID_PARAM");
  EXPECT_EQ(Now(), before + 4);  // The other room.
}

TEST_F(EventRedactorTest, RepeatAnswersTheFirstRedaction) {
  const ActingUser bob = Acting("@bob:hs");
  const std::string one = Append(store_, kRoom, MessageDraft("@bob:hs", "1"));
  const std::string two = Append(store_, kRoom, MessageDraft("@bob:hs", "2"));
  const std::string first = redactor_.Redact(bob, Request(one, "m1")).value();
  const int64_t after = Now();
  EXPECT_EQ(redactor_.Redact(bob, Request(one, "m1")).value(), first);
  EXPECT_EQ(Now(), after);
  EXPECT_NE(redactor_.Redact(bob, Request(two, "m1")).value(), first);
  EXPECT_NE(redactor_.Redact(bob, Request(one, "m2")).value(), first);
}

TEST_F(EventRedactorTest, StateLosesItsContentWhereverItIsRepeated) {
  const std::string first = Append(
      store_, kRoom, Draft("@alice:hs", kTopicType, "", R"({"topic":"bad"})"));
  const std::string second = Append(
      store_, kRoom, Draft("@alice:hs", kTopicType, "", R"({"topic":"ok"})"));
  ASSERT_THAT(Served(second), HasSubstr(R"("bad")"));
  ASSERT_TRUE(redactor_.Redact(Acting("@alice:hs"), Request(first)).ok());
  EXPECT_THAT(Served(second), Not(HasSubstr(R"("bad")")));
  EXPECT_THAT(Served(second), HasSubstr(R"("content":{"topic":"ok"})"));
  ASSERT_TRUE(redactor_.Redact(Acting("@alice:hs"), Request(second)).ok());
  const std::string third = Append(
      store_, kRoom, Draft("@alice:hs", kTopicType, "", R"({"topic":"new"})"));
  EXPECT_THAT(Served(third), Not(HasSubstr(R"("ok")")));
}

TEST_F(EventRedactorTest, RedactedMemberIsStillInTheRoom) {
  const std::string join =
      store_.StateEventAt(kRoom, {kMemberType, "@bob:hs"}, Now()).value()->json;
  ASSERT_TRUE(redactor_
                  .Redact(Acting("@alice:hs"),
                          Request(ParseStoredEvent(join)->event_id))
                  .ok());
  const std::string mine =
      Append(store_, kRoom, MessageDraft("@bob:hs", "still here"));
  EXPECT_TRUE(redactor_.Redact(Acting("@bob:hs"), Request(mine)).ok());
}

TEST_F(EventRedactorTest, TellsWhenTheDatabaseIsAway) {
  store_.FailWith(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(
      redactor_.Redact(Acting("@bob:hs"), Request("$e")).status()));
}

}  // namespace
}  // namespace causeway::homeserver
