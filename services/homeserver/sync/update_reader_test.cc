#include "services/homeserver/sync/update_reader.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/account_data/account_data_store.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/ephemeral/ephemeral_position.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/ephemeral/receipt_store.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/homeserver/sync/test_updates.h"
#include "services/homeserver/to_device/to_device_store.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";

// Who reads according to an m.receipt event.
matrix::Json ReadersIn(const std::string& event) {
  return matrix::ParseObject(event).value()["content"]["$e"]["m.read"];
}

class UpdateReaderTest : public ::testing::Test {
 protected:
  UpdateReaderTest() { updates_.to_device.AddDevice(kAlice, "PHONE"); }

  // What alice's phone is told after `since`. She is in kRoom, which is new to
  // her with `is_new`.
  SyncResult Read(const SyncPosition& since, bool is_new = false) {
    SyncQuery query = {.user_id = User(kAlice),
                       .txn_scope = "",
                       .since = since,
                       .device_id = "PHONE",
                       .filter = filter_};
    SyncResult result;
    result.position.events = 7;
    result.joined_room_ids = {kRoom};
    if (is_new) {
      result.joined.emplace_back().room_id = kRoom;
      result.joined.back().is_new = true;
    }
    EXPECT_TRUE(reader_.Read(query, result).ok());
    return result;
  }
  void PutData(const std::string& room_id, const std::string& type) {
    ASSERT_TRUE(
        updates_.user_data.Set(User(kAlice), {room_id, type}, "{}").ok());
  }
  void SendReceipt(const std::string& user, const char* type = kReadType,
                   const std::string& room_id = kRoom) {
    ASSERT_TRUE(updates_.receipt_store
                    .Put({.room_id = room_id,
                          .user_id = user,
                          .type = type,
                          .thread_id = "",
                          .event_id = "$e",
                          .event_position = 1,
                          .ts_ms = 5})
                    .ok());
  }

  FakeClock clock_;
  FakeRoomStore rooms_;
  NewsWaiters waiters_{{}};
  TestUpdates updates_{rooms_, waiters_, clock_};
  UpdateReader reader_{updates_.sources()};
  SyncFilter filter_;
};

TEST_F(UpdateReaderTest, EverythingIsToldOnce) {
  PutData("", "m.direct");
  PutData(kRoom, "m.mine");
  PutData("!elsewhere:hs", "m.mine");
  SendReceipt(kBob);
  ASSERT_TRUE(updates_.to_device
                  .Send({"s", "t", "1"}, {{User(kAlice), "PHONE", "{}"}}, {})
                  .ok());
  updates_.typing.Set(kRoom, kBob, absl::Seconds(30));
  updates_.presence.Set(kBob, PresenceState::kOnline, "", true, {kRoom});

  const SyncResult first = Read({});
  EXPECT_THAT(first.account_data,
              ElementsAre(R"({"type":"m.direct","content":{}})"));
  ASSERT_EQ(first.joined.size(), 1u);
  EXPECT_EQ(first.joined[0].room_id, kRoom);
  EXPECT_EQ(first.joined[0].prev_position, 7);
  EXPECT_THAT(first.joined[0].account_data,
              ElementsAre(R"({"type":"m.mine","content":{}})"));
  EXPECT_THAT(
      first.joined[0].ephemeral,
      ElementsAre(R"({"content":{"$e":{"m.read":{"@bob:hs":{"ts":5}}}},)"
                  R"("type":"m.receipt"})",
                  HasSubstr("m.typing")));
  EXPECT_THAT(first.to_device, ElementsAre("{}"));
  EXPECT_THAT(first.presence, ElementsAre(HasSubstr(kBob)));

  const SyncResult second = Read(first.position);
  EXPECT_FALSE(second.has_news());
  EXPECT_EQ(second.position, first.position);
}

TEST_F(UpdateReaderTest, AcknowledgedMessagesAreGone) {
  ASSERT_TRUE(updates_.to_device
                  .Send({"s", "t", "1"}, {{User(kAlice), "PHONE", "{}"}}, {})
                  .ok());
  const SyncPosition now = Read({}).position;
  EXPECT_EQ(Read({}).to_device.size(), 1u);
  EXPECT_THAT(Read(now).to_device, IsEmpty());
  EXPECT_THAT(Read({}).to_device, IsEmpty());
}

TEST_F(UpdateReaderTest, NewRoomComesWithAllOfIt) {
  PutData("", "m.direct");
  PutData(kRoom, "m.mine");
  SendReceipt(kBob);
  updates_.typing.Set(kRoom, kBob, absl::Seconds(30));
  const SyncPosition now = Read({}).position;
  const SyncResult result = Read(now, /*is_new=*/true);
  EXPECT_THAT(result.account_data, IsEmpty());
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_EQ(result.joined[0].account_data.size(), 1u);
  EXPECT_EQ(result.joined[0].ephemeral.size(), 2u);
  // Also what changed since they asked last, which comes once.
  PutData(kRoom, "m.mine");
  EXPECT_EQ(Read(now, /*is_new=*/true).joined[0].account_data.size(), 1u);
}

TEST_F(UpdateReaderTest, RestartForgetsOnlyWhatLivesInMemory) {
  PutData("", "m.direct");
  updates_.typing.Set(kRoom, kBob, absl::Seconds(30));
  SyncPosition now = Read({}).position;
  now.ephemeral = {.epoch = 2, .number = 1000};
  const SyncResult result = Read(now);
  EXPECT_THAT(result.account_data, IsEmpty());
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(result.joined[0].ephemeral, ElementsAre(HasSubstr(kBob)));
}

TEST_F(UpdateReaderTest, PositionsOfALostDatabaseCountAsNone) {
  PutData("", "m.direct");
  EXPECT_EQ(Read({.events = 0, .updates = 99}).account_data.size(), 1u);
}

TEST_F(UpdateReaderTest, MessagesComeInPages) {
  std::vector<MessageToDevice> messages;
  for (int i = 0; i <= kToDevicePageMax; ++i) {
    messages.push_back({User(kAlice), "PHONE", absl::StrCat(i)});
  }
  ASSERT_TRUE(updates_.to_device.Send({"s", "t", "1"}, messages, {}).ok());
  const SyncResult first = Read({});
  EXPECT_EQ(first.to_device.size(), static_cast<size_t>(kToDevicePageMax));
  EXPECT_LT(first.position.to_device, first.position.updates);
  const SyncResult second = Read(first.position);
  EXPECT_THAT(second.to_device, ElementsAre(absl::StrCat(kToDevicePageMax)));
  EXPECT_EQ(second.position.to_device, second.position.updates);
}

// Goal: an answer has so many receipts at most, of rooms that are new and
// others together: the newest, and none of those left out with the next.
TEST_F(UpdateReaderTest, AnAnswerHasTheNewestReceipts) {
  SendReceipt(kBob);
  for (int i = 0; i < kReceiptPageMax; ++i) {
    SendReceipt(absl::StrCat("@", i, ":hs"));
  }
  const SyncResult result = Read({});
  ASSERT_EQ(result.joined.size(), 1u);
  ASSERT_EQ(result.joined[0].ephemeral.size(), 1u);
  EXPECT_EQ(ReadersIn(result.joined[0].ephemeral[0]).size(),
            static_cast<size_t>(kReceiptPageMax));
  EXPECT_FALSE(ReadersIn(result.joined[0].ephemeral[0]).contains(kBob));
  EXPECT_FALSE(Read(result.position).has_news());

  SendReceipt(kBob, kReadType, "!old:hs");
  SyncQuery query = {.user_id = User(kAlice),
                     .txn_scope = "",
                     .since = result.position,
                     .filter = {}};
  SyncResult both;
  both.joined_room_ids = {kRoom, "!old:hs"};
  both.joined.emplace_back().room_id = kRoom;
  both.joined.back().is_new = true;
  ASSERT_TRUE(reader_.Read(query, both).ok());
  ASSERT_EQ(both.joined.size(), 2u);
  EXPECT_EQ(ReadersIn(both.joined[0].ephemeral[0]).size(),
            static_cast<size_t>(kReceiptPageMax) - 1);
  EXPECT_TRUE(ReadersIn(both.joined[1].ephemeral[0]).contains(kBob));
}

TEST_F(UpdateReaderTest, FiltersCount) {
  PutData("", "m.direct");
  PutData(kRoom, "m.mine");
  SendReceipt(kBob);
  updates_.typing.Set(kRoom, kBob, absl::Seconds(30));
  updates_.presence.Set(kBob, PresenceState::kOnline, "", true, {kRoom});
  filter_.account_data.not_types = {"m.direct"};
  filter_.room_account_data.not_rooms = {kRoom};
  filter_.ephemeral.types = {"m.typing"};
  filter_.presence.not_senders = {kBob};
  const SyncResult result = Read({});
  EXPECT_THAT(result.account_data, IsEmpty());
  EXPECT_THAT(result.presence, IsEmpty());
  ASSERT_EQ(result.joined.size(), 1u);
  EXPECT_THAT(result.joined[0].account_data, IsEmpty());
  EXPECT_THAT(result.joined[0].ephemeral, ElementsAre(HasSubstr("m.typing")));
}

TEST_F(UpdateReaderTest, FirstSyncTellsThePushRulesThatEverybodyHas) {
  SyncQuery query = {.user_id = User(kAlice),
                     .txn_scope = "",
                     .since = std::nullopt,
                     .filter = {}};
  SyncResult result;
  ASSERT_TRUE(reader_.Read(query, result).ok());
  ASSERT_EQ(result.account_data.size(), 1u);
  EXPECT_THAT(result.account_data[0],
              HasSubstr(R"({"type":"m.push_rules","content":{"global":)"));
  ASSERT_TRUE(updates_.account_data
                  .Put(User(kAlice), {"", "m.push_rules"},
                       [](const std::optional<std::string>&) {
                         return std::string("{}");
                       })
                  .ok());
  result = SyncResult();
  ASSERT_TRUE(reader_.Read(query, result).ok());
  EXPECT_THAT(result.account_data,
              ElementsAre(R"({"type":"m.push_rules","content":{}})"));
  query.filter.account_data.not_types = {"m.push_rules"};
  result = SyncResult();
  ASSERT_TRUE(reader_.Read(query, result).ok());
  EXPECT_THAT(result.account_data, IsEmpty());
}

TEST_F(UpdateReaderTest, DevicesAreToldWhatIsLeftOfTheirKeys) {
  updates_.device_keys.AddDevice(kAlice, "PHONE");
  SyncResult result = Read({});
  EXPECT_FALSE(result.keys_left.has_value());
  ASSERT_TRUE(updates_.device_keys
                  .Put(User(kAlice), "PHONE",
                       {std::nullopt, {{"a", "1", "k"}}, {{"a", "f", "f"}}})
                  .ok());
  result = Read(result.position);
  ASSERT_TRUE(result.keys_left.has_value());
  EXPECT_EQ(result.keys_left->one_time_counts.at("a"), 1);
  EXPECT_THAT(result.keys_left->unused_fallback_algorithms, ElementsAre("a"));
  EXPECT_TRUE(result.has_news());
  const SyncPosition known = result.position;
  EXPECT_FALSE(Read(known).has_news());
  ASSERT_TRUE(updates_.device_keys.Claim({{kAlice, "PHONE", "a"}}).ok());
  result = Read(known);
  ASSERT_TRUE(result.keys_left.has_value());
  EXPECT_TRUE(result.keys_left->one_time_counts.empty());
}

TEST_F(UpdateReaderTest, DevicesWithKeysAreToldWhoseKeysChanged) {
  for (const char* user : {kAlice, kBob}) {
    updates_.device_keys.AddDevice(user, "PHONE");
  }
  AppendRoom(rooms_, kRoom, kBob);
  Append(rooms_, kRoom, MemberDraft(kAlice, kAlice, "join"));
  auto put = [&](const char* user, const char* keys) {
    ASSERT_TRUE(
        updates_.device_keys.Put(User(user), "PHONE", {keys, {}, {}}).ok());
  };
  put(kBob, R"({"k":1})");
  SyncPosition since = {.events = 7};
  EXPECT_THAT(Read(since).device_lists.changed, IsEmpty());
  put(kAlice, R"({"k":1})");
  EXPECT_THAT(Read(since).device_lists.changed, ElementsAre(kAlice, kBob));
  since = Read(since).position;
  put(kBob, R"({"k":2})");
  EXPECT_THAT(Read(since).device_lists.changed, ElementsAre(kBob));
  // Also when nothing else is told of the room in which they met.
  since = Read(since).position;
  since.events = 0;
  EXPECT_THAT(Read(since).device_lists.changed, ElementsAre(kAlice, kBob));
}

TEST_F(UpdateReaderTest, DevicesWithKeysAreToldWhoHasGone) {
  updates_.device_keys.AddDevice(kAlice, "PHONE");
  updates_.device_keys.AddDevice(kBob, "PHONE");
  for (const char* user : {kAlice, kBob}) {
    ASSERT_TRUE(
        updates_.device_keys.Put(User(user), "PHONE", {"{}", {}, {}}).ok());
  }
  AppendRoom(rooms_, kRoom, kAlice);
  Append(rooms_, kRoom, MemberDraft(kBob, kBob, "join"));
  SyncPosition since = Read({}).position;
  since.events = rooms_.LastPosition().value();
  Append(rooms_, kRoom, MemberDraft(kBob, kBob, "leave"));
  const SyncResult result = Read(since);
  EXPECT_THAT(result.device_lists.left, ElementsAre(kBob));
  EXPECT_TRUE(result.has_news());
}

}  // namespace
}  // namespace causeway::homeserver
