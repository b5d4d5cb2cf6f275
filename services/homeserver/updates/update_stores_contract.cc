// What the stores of updates must do, on whatever they keep it.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/homeserver/news/news_key.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/updates/update_stores.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";

absl::Status PutText(AccountDataStore& store, const char* user,
                     const AccountDataPlace& place, const std::string& text) {
  return store.Put(User(user), place,
                   [&](const std::optional<std::string>&) { return text; });
}

std::vector<std::string> ContentsAfter(AccountDataStore& store, int64_t after,
                                       int64_t up_to) {
  const std::vector<AccountData> list =
      store.ListAfter(User(kAlice), after, up_to).value();
  std::vector<std::string> contents;
  for (const AccountData& data : list) {
    contents.push_back(
        absl::StrCat(data.place.room_id, data.place.type, data.content_json));
  }
  return contents;
}

TEST_P(UpdateStoreContract, AccountDataIsKeptByPlace) {
  AccountDataStore& store = *stores_.account_data;
  const AccountDataPlace of_all = {.room_id = "", .type = "t"};
  const AccountDataPlace of_room = {.room_id = kRoom, .type = "t"};
  EXPECT_EQ(store.Find(User(kAlice), of_all).value(), std::nullopt);
  ASSERT_TRUE(PutText(store, kAlice, of_all, R"({"a":"\u0000"})").ok());
  ASSERT_TRUE(PutText(store, kAlice, of_room, "{}").ok());
  EXPECT_EQ(store.Find(User(kAlice), of_all).value(), R"({"a":"\u0000"})");
  EXPECT_EQ(store.Find(User(kAlice), of_room).value(), "{}");
  EXPECT_EQ(store.Find(User(kBob), of_all).value(), std::nullopt);
  EXPECT_TRUE(absl::IsNotFound(PutText(store, "@nobody:hs", of_all, "{}")));
}

TEST_P(UpdateStoreContract, AccountDataIsListedByItsLastChange) {
  AccountDataStore& store = *stores_.account_data;
  ASSERT_TRUE(PutText(store, kAlice, {"", "a"}, "1").ok());
  ASSERT_TRUE(PutText(store, kAlice, {kRoom, "b"}, "2").ok());
  ASSERT_TRUE(PutText(store, kAlice, {"", "a"}, "3").ok());
  EXPECT_EQ(stores_.log->LastPosition().value(), 3);
  EXPECT_THAT(ContentsAfter(store, 0, 3), ElementsAre("!r:hsb2", "a3"));
  EXPECT_THAT(ContentsAfter(store, 2, 3), ElementsAre("a3"));
  EXPECT_THAT(ContentsAfter(store, 0, 2), ElementsAre("!r:hsb2"));
}

TEST_P(UpdateStoreContract, ChangeOfAccountDataSeesWhatStandsAndMayRefuse) {
  AccountDataStore& store = *stores_.account_data;
  ASSERT_TRUE(PutText(store, kAlice, {"", "a"}, "1").ok());
  const absl::Status refused =
      store.Put(User(kAlice), {"", "a"},
                [](const std::optional<std::string>& before)
                    -> absl::StatusOr<std::string> {
                  return absl::AbortedError(before.value_or("nothing"));
                });
  EXPECT_EQ(refused, absl::AbortedError("1"));
  EXPECT_EQ(store.Find(User(kAlice), {"", "a"}).value(), "1");
  EXPECT_EQ(stores_.log->LastPosition().value(), 1);
}

TEST_P(UpdateStoreContract, AccountDataOfOneUserIsBounded) {
  AccountDataStore& store = *stores_.account_data;
  const std::string piece(65536, 'x');
  const size_t fit = kAccountDataBytesPerUserMax / piece.size();
  for (size_t i = 0; i < fit; ++i) {
    ASSERT_TRUE(PutText(store, kAlice, {"", absl::StrCat(i)}, piece).ok());
  }
  EXPECT_TRUE(
      absl::IsResourceExhausted(PutText(store, kAlice, {"", "more"}, "x")));
  EXPECT_TRUE(PutText(store, kAlice, {"", "0"}, piece).ok());
  EXPECT_TRUE(PutText(store, kBob, {"", "more"}, "x").ok());
}

Receipt ReceiptAt(int64_t event_position, const char* user = kBob,
                  const char* type = kReadType, const char* thread = "") {
  return {.room_id = kRoom,
          .user_id = user,
          .type = type,
          .thread_id = thread,
          .event_id = absl::StrCat("$", event_position),
          .event_position = event_position,
          .ts_ms = 1700000000000};
}

TEST_P(UpdateStoreContract, ReceiptsGoForwardOnly) {
  AppendRoom(*stores_.rooms, kRoom, kBob);
  ReceiptStore& store = *stores_.receipts;
  EXPECT_TRUE(store.Put(ReceiptAt(2)).value());
  EXPECT_FALSE(store.Put(ReceiptAt(2)).value());
  EXPECT_FALSE(store.Put(ReceiptAt(1)).value());
  EXPECT_TRUE(store.Put(ReceiptAt(1, kBob, kReadType, "main")).value());
  EXPECT_TRUE(store.Put(ReceiptAt(3)).value());
  auto list = [&](int64_t after, int64_t up_to, int limit) {
    return store
        .ListAfter({kRoom, "!other:hs"}, User(kAlice), after, up_to, limit)
        .value();
  };
  const int64_t last = stores_.log->LastPosition().value();
  const Receipt threaded = ReceiptAt(1, kBob, kReadType, "main");
  EXPECT_THAT(list(0, last, 10), ElementsAre(threaded, ReceiptAt(3)));
  EXPECT_THAT(list(last - 1, last, 10), ElementsAre(ReceiptAt(3)));
  EXPECT_THAT(list(0, last - 1, 10), ElementsAre(threaded));
  EXPECT_THAT(list(0, last, 1), ElementsAre(ReceiptAt(3)));
  EXPECT_THAT(store.ListAfter({"!other:hs"}, User(kAlice), 0, last, 10).value(),
              IsEmpty());
}

TEST_P(UpdateStoreContract, PrivateReceiptsAreSeenByTheirUserAlone) {
  AppendRoom(*stores_.rooms, kRoom, kBob);
  ReceiptStore& store = *stores_.receipts;
  const Receipt receipt = ReceiptAt(1, kBob, kReadPrivateType);
  ASSERT_TRUE(store.Put(receipt).value());
  EXPECT_THAT(store.ListAfter({kRoom}, User(kAlice), 0, 9, 10).value(),
              IsEmpty());
  EXPECT_THAT(store.ListAfter({kRoom}, User(kBob), 0, 9, 10).value(),
              ElementsAre(receipt));
}

TEST_P(UpdateStoreContract, ReceiptsOfTheNewestThreadsAreKept) {
  AppendRoom(*stores_.rooms, kRoom, kBob);
  ReceiptStore& store = *stores_.receipts;
  ASSERT_TRUE(store.Put(ReceiptAt(1)).value());
  for (int i = 0; i <= kReceiptThreadsMax; ++i) {
    ASSERT_TRUE(
        store.Put(ReceiptAt(1, kBob, kReadType, absl::StrCat("$", i).c_str()))
            .value());
  }
  const std::vector<Receipt> kept =
      store.ListAfter({kRoom}, User(kAlice), 0, 1000, 1000).value();
  ASSERT_EQ(kept.size(), kReceiptThreadsMax + 1u);
  EXPECT_EQ(kept[0].thread_id, "");
  EXPECT_EQ(kept[1].thread_id, "$1");
}

std::vector<std::string> Received(ToDeviceStore& store, const char* device,
                                  int64_t acknowledged, int limit = 100) {
  return store.Receive(User(kAlice), device, acknowledged, 1 << 20, limit)
      .value()
      .jsons;
}

TEST_P(UpdateStoreContract, MessagesWaitUntilTheirDeviceAcknowledgesThem) {
  ToDeviceStore& store = *stores_.to_device;
  EXPECT_TRUE(store
                  .Send({"s", "t", "1"},
                        {{User(kAlice), "PHONE", "1"},
                         {User(kAlice), kAllDevices, "2"},
                         {User(kAlice), "NONE", "3"},
                         {User(kBob), kAllDevices, "4"}},
                        {})
                  .value());
  const int64_t last = stores_.log->LastPosition().value();
  EXPECT_EQ(last, 3);
  EXPECT_THAT(Received(store, "PHONE", 0), ElementsAre("1", "2"));
  EXPECT_THAT(Received(store, "PHONE", 0), ElementsAre("1", "2"));
  EXPECT_THAT(Received(store, "PHONE", last), IsEmpty());
  EXPECT_THAT(Received(store, "PHONE", 0), IsEmpty());
  EXPECT_THAT(Received(store, "TABLET", 0), ElementsAre("2"));
  EXPECT_THAT(stores_.published_to_device(), IsEmpty());
}

TEST_P(UpdateStoreContract, MessagesComeInPages) {
  ToDeviceStore& store = *stores_.to_device;
  ASSERT_TRUE(store
                  .Send({"s", "t", "1"},
                        {{User(kAlice), "PHONE", "1"},
                         {User(kAlice), "PHONE", "2"},
                         {User(kAlice), "PHONE", "3"}},
                        {})
                  .ok());
  ToDeviceStore::Page page =
      store.Receive(User(kAlice), "PHONE", 0, 9, 2).value();
  EXPECT_THAT(page.jsons, ElementsAre("1", "2"));
  EXPECT_EQ(page.position, 2);
  page = store.Receive(User(kAlice), "PHONE", page.position, 9, 2).value();
  EXPECT_THAT(page.jsons, ElementsAre("3"));
  EXPECT_EQ(page.position, 9);
  EXPECT_THAT(store.Receive(User(kAlice), "PHONE", 2, 2, 2).value().jsons,
              IsEmpty());
}

TEST_P(UpdateStoreContract, RepeatedRequestSendsNothing) {
  ToDeviceStore& store = *stores_.to_device;
  const std::vector<MessageToDevice> messages = {{User(kAlice), "PHONE", "1"}};
  EXPECT_TRUE(store.Send({"s", "t", "1"}, messages, {"{}"}).value());
  EXPECT_FALSE(store.Send({"s", "t", "1"}, messages, {"{}"}).value());
  EXPECT_TRUE(store.Send({"other", "t", "1"}, {}, {}).value());
  EXPECT_TRUE(store.Send({"s", "other", "1"}, {}, {}).value());
  EXPECT_THAT(Received(store, "PHONE", 0), ElementsAre("1"));
  EXPECT_THAT(stores_.published_to_device(), ElementsAre("{}"));
}

TEST_P(UpdateStoreContract, MessagesToAppservicesAreInTheStreamInOrder) {
  ToDeviceStore& store = *stores_.to_device;
  AppendRoom(*stores_.rooms, kRoom, kBob);
  ASSERT_TRUE(
      store.Send({"s", "t", "1"}, {}, {R"({"n":1})", R"({"n":2})"}).ok());
  ASSERT_TRUE(store.Send({"s", "t", "2"}, {}, {R"({"n":3})"}).ok());
  EXPECT_THAT(stores_.published_to_device(),
              ElementsAre(R"({"n":1})", R"({"n":2})", R"({"n":3})"));
  EXPECT_EQ(stores_.log->LastPosition().value(), 0);
}

TEST_P(UpdateStoreContract, OldestMessagesAreDroppedWhenTooManyWait) {
  ToDeviceStore& store = *stores_.to_device;
  for (int i = 0; i <= kMessagesPerDeviceMax; i += 91) {
    std::vector<MessageToDevice> messages;
    for (int j = i; j < i + 91; ++j) {
      messages.push_back({User(kAlice), "PHONE", absl::StrCat(j)});
    }
    ASSERT_TRUE(store.Send({"s", "t", absl::StrCat(i)}, messages, {}).ok());
  }
  EXPECT_EQ(Received(store, "PHONE", 0, 2000).size(),
            static_cast<size_t>(kMessagesPerDeviceMax));
  EXPECT_EQ(Received(store, "PHONE", 0, 1)[0], "1");
}

TEST_P(UpdateStoreContract, NewsIsOfWhomItConcerns) {
  AppendRoom(*stores_.rooms, kRoom, kBob);
  ASSERT_TRUE(PutText(*stores_.account_data, kAlice, {"", "a"}, "1").ok());
  ASSERT_TRUE(stores_.receipts->Put(ReceiptAt(1)).ok());
  ASSERT_TRUE(stores_.receipts->Put(ReceiptAt(1, kBob, kReadPrivateType)).ok());
  ASSERT_TRUE(stores_.to_device
                  ->Send({"s", "t", "1"}, {{User(kAlice), "PHONE", "1"}}, {})
                  .ok());
  const std::vector<NewsSource::News> all =
      stores_.log->NewsAfter(0, 4).value();
  std::vector<std::vector<NewsKey>> keys;
  for (const NewsSource::News& news : all) {
    EXPECT_EQ(news.position, static_cast<int64_t>(keys.size()) + 1);
    keys.push_back(news.keys);
  }
  EXPECT_THAT(keys, ElementsAre(ElementsAre(NewsOfUser(kAlice)),
                                ElementsAre(NewsOfRoom(kRoom)),
                                ElementsAre(NewsOfUser(kBob)),
                                ElementsAre(NewsOfUser(kAlice))));
  EXPECT_EQ(stores_.log->NewsAfter(1, 2).value().size(), 2u);
}

}  // namespace
}  // namespace causeway::homeserver
