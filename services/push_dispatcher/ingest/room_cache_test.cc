#include "services/push_dispatcher/ingest/room_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

class RoomCacheTest : public ::testing::Test {
 protected:
  void Insert(SourceId source_id, absl::string_view room_id,
              const RoomFacts& facts = {}) {
    cache_.Insert(source_id, room_id, RoomInterest(rules_, room_id, facts));
  }

  const std::shared_ptr<const InterestRules> rules_ =
      std::make_shared<InterestRules>(
          registry_watch::SnapshotBuilder("hs").Build());
  RoomCache cache_{4};
};

TEST_F(RoomCacheTest, KeepsSourcesApart) {
  Insert(1, "!a:hs", {.joined_members = {"@a:hs"}});
  EXPECT_EQ(cache_.Find(2, "!a:hs"), nullptr);
  ASSERT_NE(cache_.Find(1, "!a:hs"), nullptr);
  EXPECT_EQ(cache_.Find(1, "!a:hs")->member_count(), 1u);
}

TEST_F(RoomCacheTest, DropsTheLongestUnusedByMembers) {
  Insert(1, "!a:hs");
  Insert(1, "!b:hs", {.joined_members = {"@a:hs"}});
  Insert(1, "!c:hs", {.joined_members = {"@a:hs"}});
  EXPECT_EQ(cache_.room_count(), 3u);  // Until Trim().
  cache_.Find(1, "!a:hs");
  cache_.Trim();
  EXPECT_NE(cache_.Find(1, "!a:hs"), nullptr);
  EXPECT_EQ(cache_.Find(1, "!b:hs"), nullptr);
  EXPECT_NE(cache_.Find(1, "!c:hs"), nullptr);
}

TEST_F(RoomCacheTest, CountsMembersThatCameSinceTheLastTrim) {
  Insert(1, "!a:hs");
  Insert(1, "!b:hs", {.joined_members = {"@a:hs"}});
  cache_.Trim();
  cache_.Find(1, "!b:hs")->SetJoined("@b:hs", true);
  cache_.Trim();
  EXPECT_EQ(cache_.room_count(), 2u);  // 1 and 3: just as many as may be.
  cache_.Find(1, "!b:hs")->SetJoined("@c:hs", true);
  cache_.Trim();
  EXPECT_EQ(cache_.Find(1, "!a:hs"), nullptr);
  EXPECT_NE(cache_.Find(1, "!b:hs"), nullptr);
}

TEST_F(RoomCacheTest, CountsNoLongerWhatItHasDropped) {
  for (int i = 0; i < 10; ++i) {
    Insert(1, "!a:hs", {.joined_members = {"@a:hs", "@b:hs", "@c:hs"}});
    cache_.Trim();
    EXPECT_EQ(cache_.room_count(), 1u);
    Insert(1, "!b:hs", {.joined_members = {"@a:hs", "@b:hs", "@c:hs"}});
    cache_.Trim();
    EXPECT_EQ(cache_.room_count(), 1u);
  }
  cache_.Clear();
  Insert(1, "!c:hs");
  cache_.Trim();
  EXPECT_EQ(cache_.room_count(), 1u);
}

TEST_F(RoomCacheTest, ClearForgetsAll) {
  Insert(1, "!a:hs");
  cache_.Clear();
  EXPECT_EQ(cache_.Find(1, "!a:hs"), nullptr);
  EXPECT_EQ(cache_.room_count(), 0u);
}

}  // namespace
}  // namespace causeway::push
