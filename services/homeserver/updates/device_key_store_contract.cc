#include "services/homeserver/updates/device_key_store_contract.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/news/news_key.h"
#include "services/homeserver/rooms/test_events.h"

namespace causeway::homeserver {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";

TEST_P(DeviceKeyStoreContract, KeysOfDevicesAreFoundByTheirUser) {
  ASSERT_TRUE(Put({R"({"k":1})", {}, {}}).ok());
  ASSERT_TRUE(Put({R"({"k":2})", {}, {}}, "TABLET").ok());
  ASSERT_TRUE(Put({R"({"k":3})", {}, {}}).ok());
  const std::vector<StoredDeviceKeys> found = Find({kBob, kAlice}).value();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].user_id, kAlice);
  EXPECT_EQ(found[0].device_id, "PHONE");
  EXPECT_EQ(found[0].json, R"({"k":3})");
  EXPECT_EQ(found[1].device_id, "TABLET");
  EXPECT_THAT(Find({kBob}).value(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(Put({"{}", {}, {}}, "NONE").status()));
  EXPECT_EQ(store_.Find({kAlice}, 14).value().size(), 2u);
  EXPECT_TRUE(absl::IsResourceExhausted(store_.Find({kAlice}, 13).status()));
}

TEST_P(DeviceKeyStoreContract, OneTimeKeyIsGivenOnceTheOldestFirst) {
  EXPECT_THAT(PutOneTimeKeys({{"a", "2", "k2"}, {"a", "1", "k1"}}).value(),
              ElementsAre(Pair("a", 2)));
  EXPECT_THAT(PutOneTimeKeys({{"b", "1", "k3"}, {"a", "2", "k2"}}).value(),
              ElementsAre(Pair("a", 2), Pair("b", 1)));
  EXPECT_EQ(Claim("a"), "2k2");
  EXPECT_EQ(Claim("a"), "1k1");
  EXPECT_EQ(Claim("a"), "");
  EXPECT_THAT(Left().one_time_counts, ElementsAre(Pair("b", 1)));
  EXPECT_THAT(store_.Claim({{kBob, "PHONE", "b"}}).value(), IsEmpty());
}

TEST_P(DeviceKeyStoreContract, FallbackKeyIsGivenWhenThereIsNoOther) {
  ASSERT_TRUE(Put({std::nullopt, {{"a", "1", "k"}}, {{"a", "f", "f"}}}).ok());
  EXPECT_THAT(Left().unused_fallback_algorithms, ElementsAre("a"));
  EXPECT_EQ(Claim("a"), "1k");
  EXPECT_THAT(Left().unused_fallback_algorithms, ElementsAre("a"));
  EXPECT_EQ(Claim("a"), "ff");
  EXPECT_EQ(Claim("a"), "ff");
  EXPECT_THAT(Left().unused_fallback_algorithms, IsEmpty());
  ASSERT_TRUE(Put({std::nullopt, {}, {{"a", "g", "g"}}}).ok());
  EXPECT_THAT(Left().unused_fallback_algorithms, ElementsAre("a"));
  EXPECT_EQ(Claim("a"), "gg");
}

TEST_P(DeviceKeyStoreContract, WhatIsRefusedChangesNothing) {
  ASSERT_TRUE(PutOneTimeKeys({{"a", "1", "k"}}).ok());
  const int64_t before = LastUpdate();
  EXPECT_TRUE(absl::IsAlreadyExists(
      Put({"{}", {{"a", "2", "k"}, {"a", "1", "other"}}, {}}).status()));
  std::vector<ClaimableKey> many;
  for (size_t i = 0; i < kOneTimeKeysPerDeviceMax; ++i) {
    many.push_back({"b", absl::StrCat(i), "k"});
  }
  EXPECT_TRUE(absl::IsResourceExhausted(Put({"{}", many, {}}).status()));
  std::vector<ClaimableKey> fallbacks;
  for (size_t i = 0; i < kFallbackKeysPerDeviceMax; ++i) {
    fallbacks.push_back({absl::StrCat("f", i), "1", "k"});
  }
  fallbacks.push_back({"g", "1", "k"});
  EXPECT_TRUE(absl::IsResourceExhausted(Put({"{}", {}, fallbacks}).status()));
  EXPECT_EQ(LastUpdate(), before);
  EXPECT_THAT(Left().one_time_counts, ElementsAre(Pair("a", 1)));
  EXPECT_THAT(Find({kAlice}).value(), IsEmpty());
}

TEST_P(DeviceKeyStoreContract, FallbackKeysOfAllUploadsAreBounded) {
  for (size_t i = 0; i < kFallbackKeysPerDeviceMax; ++i) {
    ASSERT_TRUE(
        Put({std::nullopt, {}, {{absl::StrCat("f", i), "1", "k"}}}).ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(
      Put({std::nullopt, {}, {{"g", "1", "k"}}}).status()));
  EXPECT_TRUE(Put({std::nullopt, {}, {{"f0", "2", "k"}}}).ok());
}

TEST_P(DeviceKeyStoreContract, WhatIsLeftHasThePositionOfItsLastChange) {
  EXPECT_EQ(store_.FindLeft(User(kAlice), "PHONE").value(), std::nullopt);
  ASSERT_TRUE(PutOneTimeKeys({{"a", "1", "k"}}).ok());
  const int64_t put = LastUpdate();
  EXPECT_EQ(Left().position, put);
  EXPECT_EQ(Claim("a"), "1k");
  EXPECT_EQ(Left().position, put + 1);
  EXPECT_EQ(Claim("a"), "");
  EXPECT_EQ(LastUpdate(), put + 1);
  EXPECT_THAT(stores_.log->NewsAfter(put, 1).value().at(0).keys,
              ElementsAre(NewsOfUser(kAlice)));
}

TEST_P(DeviceKeyStoreContract, ChangesAreToldToWhoSharesARoom) {
  AppendRoom(*stores_.rooms, kRoom, kBob);
  ASSERT_TRUE(Put({R"({"k":1})", {}, {}}).ok());
  EXPECT_THAT(Changes(kAlice, 0, LastEvent()), ElementsAre(kAlice));
  EXPECT_THAT(Changes(kBob, 0, LastEvent()), IsEmpty());
  Append(*stores_.rooms, kRoom, MemberDraft(kAlice, kAlice, "join"));
  const int64_t known = LastUpdate();
  EXPECT_THAT(Changes(kBob, 0, LastEvent()), ElementsAre(kAlice));
  EXPECT_THAT(Changes(kBob, known, LastEvent()), IsEmpty());
  // The same keys again are no change.
  ASSERT_TRUE(Put({R"({"k":1})", {}, {}}).ok());
  EXPECT_THAT(Changes(kBob, known, LastEvent()), IsEmpty());
  stores_.end_device_of_alice("PHONE");
  EXPECT_THAT(Changes(kBob, known, LastEvent()), ElementsAre(kAlice));
  EXPECT_THAT(Find({kAlice}).value(), IsEmpty());
  Append(*stores_.rooms, kRoom, MemberDraft(kAlice, kAlice, "leave"));
  EXPECT_THAT(Changes(kBob, known, LastEvent()), IsEmpty());
}

TEST_P(DeviceKeyStoreContract, WhoBeginsToShareARoomIsAChange) {
  ASSERT_TRUE(Put({R"({"k":1})", {}, {}}).ok());
  const int64_t known = LastUpdate();
  AppendRoom(*stores_.rooms, kRoom, kBob);
  int64_t before = LastEvent();
  Append(*stores_.rooms, kRoom, MemberDraft(kAlice, kAlice, "join"));
  EXPECT_THAT(Changes(kBob, known, before), ElementsAre(kAlice));
  EXPECT_THAT(Changes(kBob, known, LastEvent()), IsEmpty());
  AppendRoom(*stores_.rooms, "!other:hs", kAlice);
  before = LastEvent();
  Append(*stores_.rooms, "!other:hs", MemberDraft(kBob, kBob, "join"));
  EXPECT_THAT(Changes(kBob, known, before), ElementsAre(kAlice));
}

TEST_P(DeviceKeyStoreContract, WhoSharesNoRoomAnyMoreIsGone) {
  constexpr char kOther[] = "!other:hs";
  ASSERT_TRUE(Put({R"({"k":1})", {}, {}}).ok());
  for (const char* room : {kRoom, kOther}) {
    AppendRoom(*stores_.rooms, room, kBob);
    Append(*stores_.rooms, room, MemberDraft(kAlice, kAlice, "join"));
  }
  int64_t before = LastEvent();
  Append(*stores_.rooms, kRoom, MemberDraft(kAlice, kAlice, "leave"));
  EXPECT_THAT(Gone(kBob, before), IsEmpty());  // There is the other room.
  before = LastEvent();
  Append(*stores_.rooms, kOther, MemberDraft(kAlice, kAlice, "leave"));
  EXPECT_THAT(Gone(kBob, before), ElementsAre(kAlice));
  EXPECT_THAT(Gone(kBob, LastEvent()), IsEmpty());
  // Of bob, who has no keys, nobody is told.
  EXPECT_THAT(Gone(kAlice, before), IsEmpty());
  // Who leaves is told as well.
  Append(*stores_.rooms, kRoom, MemberDraft(kAlice, kAlice, "join"));
  EXPECT_THAT(Gone(kBob, before), IsEmpty());
  before = LastEvent();
  Append(*stores_.rooms, kRoom, MemberDraft(kBob, kBob, "leave"));
  EXPECT_THAT(Gone(kBob, before), ElementsAre(kAlice));
}

// Whoever was expelled learns nothing of those who came later, nor who came of
// those who had gone.
TEST_P(DeviceKeyStoreContract, WhoWasNeverMetIsNotGone) {
  constexpr char kOther[] = "!other:hs";
  ASSERT_TRUE(Put({R"({"k":1})", {}, {}}).ok());
  AppendRoom(*stores_.rooms, kRoom, kBob);
  int64_t before = LastEvent();
  Append(*stores_.rooms, kRoom, MemberDraft(kBob, kBob, "leave"));
  Append(*stores_.rooms, kRoom, MemberDraft(kAlice, kAlice, "join"));
  EXPECT_THAT(Gone(kBob, before), IsEmpty());
  AppendRoom(*stores_.rooms, kOther, kAlice);
  before = LastEvent();
  Append(*stores_.rooms, kOther, MemberDraft(kAlice, kAlice, "leave"));
  Append(*stores_.rooms, kOther, MemberDraft(kBob, kBob, "join"));
  EXPECT_THAT(Gone(kBob, before), IsEmpty());
}

TEST_P(DeviceKeyStoreContract, ChangedListIsNewsInTheUsersRooms) {
  AppendRoom(*stores_.rooms, kRoom, kAlice);
  const int64_t before = LastUpdate();
  ASSERT_TRUE(Put({R"({"k":1})", {}, {}}).ok());
  std::vector<NewsKey> keys;
  const std::vector<NewsSource::News> all =
      stores_.log->NewsAfter(before, 9).value();
  for (const NewsSource::News& news : all) {
    keys.insert(keys.end(), news.keys.begin(), news.keys.end());
  }
  EXPECT_THAT(keys, Contains(NewsOfUser(kAlice)));
  EXPECT_THAT(keys, Contains(NewsOfRoom(kRoom)));
}

}  // namespace
}  // namespace causeway::homeserver
