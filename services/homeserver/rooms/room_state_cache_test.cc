#include "services/homeserver/rooms/room_state_cache.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::homeserver {
namespace {

constexpr char kRoom[] = "!r:hs";
const StateKey kTopic = {"m.room.topic", ""};

Event TopicEvent(const std::string& json) {
  return {.event_id = "$e",
          .room_id = kRoom,
          .type = "m.room.topic",
          .sender = "@alice:hs",
          .state_key = "",
          .content_json = "{}",
          .json = json};
}

class RoomStateCacheTest : public ::testing::Test {
 protected:
  std::string JsonOf(const RoomStateCache& cache) {
    const std::optional<Event>* found = cache.Find(kRoom, kTopic);
    if (found == nullptr) return "unknown";
    return found->has_value() ? (*found)->json : "empty";
  }

  RoomStateCache cache_{10000};
};

TEST_F(RoomStateCacheTest, KnowsWhatIsEmptyFromWhatIsUnknown) {
  EXPECT_EQ(JsonOf(cache_), "unknown");
  cache_.Put(kRoom, kTopic, std::nullopt);
  EXPECT_EQ(JsonOf(cache_), "empty");
  cache_.Put(kRoom, kTopic, TopicEvent("new"));
  EXPECT_EQ(JsonOf(cache_), "new");
}

TEST_F(RoomStateCacheTest, IsOfOneStreamEndAlone) {
  cache_.Put(kRoom, kTopic, TopicEvent("t"));
  cache_.Ended(7, "hash");
  cache_.Begin(7, "hash");
  EXPECT_EQ(JsonOf(cache_), "t");
  // Another has written.
  cache_.Begin(8, "hash8");
  EXPECT_EQ(JsonOf(cache_), "unknown");
}

// As many events, but others: the database is one that was restored.
TEST_F(RoomStateCacheTest, TheSamePositionOfAnotherStreamIsAnother) {
  cache_.Put(kRoom, kTopic, TopicEvent("t"));
  cache_.Ended(7, "hash");
  cache_.Begin(7, "another");
  EXPECT_EQ(JsonOf(cache_), "unknown");
}

TEST_F(RoomStateCacheTest, ForgetsWhenItIsTooMuchAndNotBefore) {
  for (int i = 0; i < 100; ++i) {
    // One place takes the room of one, however often it changes.
    cache_.Put(kRoom, kTopic, TopicEvent(std::string(5000, 'x')));
  }
  cache_.Ended(1, "hash");
  cache_.Begin(1, "hash");
  EXPECT_NE(JsonOf(cache_), "unknown");
  cache_.Put("!other:hs", kTopic, TopicEvent(std::string(5000, 'x')));
  EXPECT_NE(JsonOf(cache_), "unknown");
  cache_.Begin(1, "hash");
  EXPECT_EQ(JsonOf(cache_), "unknown");
}

}  // namespace
}  // namespace causeway::homeserver
