#include "services/push_dispatcher/delivery/segment_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace causeway::push {
namespace {

std::shared_ptr<const Segment> MakeSegment(size_t bytes) {
  const std::string record(bytes, 'x');
  return std::make_shared<const Segment>(Segment::Of({record}));
}

TEST(SegmentCacheTest, DropsTheLongestUnused) {
  const auto segment = MakeSegment(1000);
  SegmentCache cache(segment->memory_bytes() * 2);
  cache.Insert({1, 1}, segment);
  cache.Insert({1, 2}, MakeSegment(1000));
  EXPECT_EQ(cache.Find({1, 1}), segment);
  cache.Insert({1, 3}, MakeSegment(1000));
  EXPECT_EQ(cache.Find({1, 2}), nullptr);
  EXPECT_NE(cache.Find({1, 1}), nullptr);
  EXPECT_NE(cache.Find({1, 3}), nullptr);
  EXPECT_EQ(cache.Find({2, 1}), nullptr);
}

TEST(SegmentCacheTest, KeepsNothingThatIsTooLarge) {
  SegmentCache cache(100);
  cache.Insert({1, 1}, MakeSegment(1000));
  EXPECT_EQ(cache.Find({1, 1}), nullptr);
}

TEST(SegmentCacheTest, CountsWhatIsThereOnce) {
  const auto segment = MakeSegment(1000);
  SegmentCache cache(segment->memory_bytes() * 2);
  for (int i = 0; i < 5; ++i) cache.Insert({1, 1}, segment);
  cache.Insert({1, 2}, MakeSegment(1000));
  EXPECT_EQ(cache.Find({1, 1}), segment);
}

}  // namespace
}  // namespace causeway::push
