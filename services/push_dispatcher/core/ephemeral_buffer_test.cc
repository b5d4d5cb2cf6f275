#include "services/push_dispatcher/core/ephemeral_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/ephemeral_item.h"

namespace causeway::push {
namespace {

using Kind = EphemeralItem::Kind;

constexpr int64_t kPlenty = 1 << 20;

std::shared_ptr<const EphemeralItem> Typing(const std::string& room_id,
                                            const std::string& json) {
  return std::make_shared<EphemeralItem>(
      EphemeralItem{.kind = Kind::kTyping, .room_id = room_id, .json = json});
}

std::shared_ptr<const EphemeralItem> Presence(const std::string& user_id,
                                              const std::string& json) {
  return std::make_shared<EphemeralItem>(
      EphemeralItem{.kind = Kind::kPresence, .user_id = user_id, .json = json});
}

std::shared_ptr<const EphemeralItem> Receipt(const std::string& room_id,
                                             const std::string& event_id,
                                             const std::string& user_id,
                                             int ts) {
  return std::make_shared<EphemeralItem>(
      EphemeralItem{.kind = Kind::kReceipt,
                    .room_id = room_id,
                    .user_id = user_id,
                    .event_id = event_id,
                    .receipt_type = "m.read",
                    .json = absl::StrCat("{\"ts\":", ts, "}")});
}

// Takes all that is there.
std::string TakeAll(EphemeralBuffer& buffer) {
  const EphemeralBuffer::Batch batch = buffer.Oldest(kPlenty);
  buffer.Remove(batch.last, &EphemeralCounts::rode_along);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.bytes(), 0);
  return batch.events;
}

TEST(EphemeralBufferTest, OfTypingAndPresenceTheLastWordCounts) {
  EphemeralBuffer buffer;
  buffer.Add(Typing("!a", "[1]"));
  buffer.Add(Presence("!a", "[2]"));  // The same text, but a user.
  buffer.Add(Typing("!b", "[3]"));
  buffer.Add(Typing("!a", "[4]"));
  buffer.Add(Presence("!a", "[5]"));
  EXPECT_EQ(TakeAll(buffer), "[3],[4],[5]");
  EXPECT_EQ(buffer.counts(), (EphemeralCounts{.queued = 5,
                                              .coalesced = 2,
                                              .dropped = 0,
                                              .rode_along = 3,
                                              .sent_alone = 0}));
}

TEST(EphemeralBufferTest, ReceiptsOfARoomAreOneEvent) {
  EphemeralBuffer buffer;
  buffer.Add(Receipt("!a", "$1", "@x", 1));
  buffer.Add(Receipt("!b", "$1", "@x", 2));
  buffer.Add(Receipt("!a", "$1", "@y\"", 3));
  buffer.Add(Receipt("!a", "$2", "@x", 4));
  buffer.Add(Receipt("!a", "$1", "@x", 5));
  buffer.Add(Typing("!a", "[]"));
  EXPECT_EQ(TakeAll(buffer),
            R"([],{"content":{"$1":{"m.read":{"@x":{"ts":5},"@y\"":{"ts":3}}},)"
            R"("$2":{"m.read":{"@x":{"ts":4}}}},)"
            R"("room_id":"!a","type":"m.receipt"},)"
            R"({"content":{"$1":{"m.read":{"@x":{"ts":2}}}},)"
            R"("room_id":"!b","type":"m.receipt"})");
  EXPECT_EQ(buffer.counts().coalesced, 1);
}

TEST(EphemeralBufferTest, GivesTheOldestThatFit) {
  EphemeralBuffer buffer;
  for (int i = 0; i < 150; ++i) {
    buffer.Add(Typing(absl::StrCat("!", i), absl::StrCat("[", i % 10, "]")));
  }
  // Each takes four bytes, with its comma.
  EXPECT_EQ(buffer.Oldest(11).events, "[0],[1]");
  EXPECT_EQ(buffer.Oldest(12).events, "[0],[1],[2]");
  EphemeralBuffer::Batch batch = buffer.Oldest(kPlenty);
  EXPECT_EQ(batch.events.size(), 399u);  // 100.
  buffer.Remove(batch.last, &EphemeralCounts::sent_alone);
  batch = buffer.Oldest(kPlenty);
  EXPECT_EQ(batch.events.size(), 199u);
  EXPECT_EQ(buffer.counts().sent_alone, 100);
}

// Room is reckoned so that what comes out never takes more.
TEST(EphemeralBufferTest, WhatComesOutIsNotMoreThanWasAskedFor) {
  EphemeralBuffer buffer;
  for (int i = 0; i < 50; ++i) {
    buffer.Add(Receipt(absl::StrCat("!\"\\", i), "$\\", "@\"", i));
  }
  for (int64_t bytes_max : {100, 500, 1000, 5000}) {
    EXPECT_LE(static_cast<int64_t>(buffer.Oldest(bytes_max).events.size()),
              bytes_max);
  }
}

TEST(EphemeralBufferTest, WhatIsTakenStaysUntilItIsRemoved) {
  EphemeralBuffer buffer;
  buffer.Add(Typing("!a", "[1]"));
  buffer.Add(Typing("!b", "[2]"));
  EXPECT_EQ(buffer.Oldest(kPlenty).events, "[1],[2]");
  const EphemeralBuffer::Batch batch = buffer.Oldest(kPlenty);
  EXPECT_EQ(batch.events, "[1],[2]");
  // Another word, which the batch hasn't got.
  buffer.Add(Typing("!a", "[3]"));
  buffer.Remove(batch.last, &EphemeralCounts::rode_along);
  EXPECT_EQ(TakeAll(buffer), "[3]");
}

TEST(EphemeralBufferTest, WhatFitsNowhereIsDropped) {
  EphemeralBuffer buffer;
  buffer.Add(Typing("!a", std::string(200, ' ')));
  buffer.Add(Typing("!b", "[2]"));
  EXPECT_EQ(buffer.Oldest(100).events, "[2]");
  EXPECT_EQ(buffer.counts().dropped, 1);
}

TEST(EphemeralBufferTest, TheOldestGoesWhenThereIsTooMuch) {
  EphemeralBuffer buffer;
  for (size_t i = 0; i < kEphemeralPendingItemsMax + 2; ++i) {
    buffer.Add(Presence(absl::StrCat("@", i), absl::StrCat("[", i, "]")));
  }
  EXPECT_EQ(buffer.counts().dropped, 2);
  EXPECT_EQ(buffer.Oldest(4).events, "[2]");

  buffer.Add(Presence("@large", std::string(kEphemeralPendingBytesMax, ' ')));
  EXPECT_TRUE(buffer.empty());  // It is too large by its comma.
  buffer.Add(Presence("@a", std::string(kEphemeralPendingBytesMax / 2, ' ')));
  buffer.Add(Presence("@b", std::string(kEphemeralPendingBytesMax / 2, ' ')));
  EXPECT_EQ(buffer.bytes(), kEphemeralPendingBytesMax / 2 + 1);
  buffer.Clear();
  EXPECT_TRUE(buffer.empty());
  buffer.Refuse(3);
  EXPECT_EQ(buffer.counts().queued,
            static_cast<int64_t>(kEphemeralPendingItemsMax) + 8);
  EXPECT_EQ(buffer.counts().dropped, buffer.counts().queued);
}

}  // namespace
}  // namespace causeway::push
