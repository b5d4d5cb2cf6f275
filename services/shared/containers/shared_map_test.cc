#include "services/shared/containers/shared_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"

namespace causeway::containers {
namespace {

using ::testing::IsNull;
using ::testing::Pointee;

TEST(SharedMapTest, FindsWhatWasPut) {
  const SharedMap<int> map =
      SharedMap<int>().With({{"a", 1}, {"b", 2}, {"", 3}});
  EXPECT_THAT(map.Find("a"), Pointee(1));
  EXPECT_THAT(map.Find("b"), Pointee(2));
  EXPECT_THAT(map.Find(""), Pointee(3));
  EXPECT_THAT(map.Find("c"), IsNull());
  EXPECT_EQ(map.size(), 3u);
}

TEST(SharedMapTest, ChangesLeaveTheOriginal) {
  const SharedMap<int> before = SharedMap<int>().With({{"a", 1}, {"b", 2}});
  const SharedMap<int> after =
      before.With({{"a", 10}, {"b", std::nullopt}, {"c", std::nullopt}});
  EXPECT_THAT(after.Find("a"), Pointee(10));
  EXPECT_THAT(after.Find("b"), IsNull());
  EXPECT_EQ(after.size(), 1u);
  EXPECT_THAT(before.Find("a"), Pointee(1));
  EXPECT_THAT(before.Find("b"), Pointee(2));
  EXPECT_EQ(before.size(), 2u);
}

TEST(SharedMapTest, UnchangedValuesAreShared) {
  SharedMap<int>::Changes many;
  for (int i = 0; i < 10000; ++i) many[absl::StrCat(i)] = i;
  const SharedMap<int> before = SharedMap<int>().With(many);
  const SharedMap<int> after = before.With({{"7", 70}});
  int copied_count = 0;
  for (int i = 0; i < 10000; ++i) {
    const std::string key = absl::StrCat(i);
    if (before.Find(key) != after.Find(key)) ++copied_count;
  }
  EXPECT_GE(copied_count, 1);
  EXPECT_LT(copied_count, 1000);
}

TEST(SharedMapTest, AgreesWithAPlainMap) {
  std::mt19937 random(20150131);
  std::map<std::string, int> plain;
  SharedMap<int> map;
  for (int round = 0; round < 300; ++round) {
    SharedMap<int>::Changes changes;
    for (int i = 0; i < 5; ++i) {
      const std::string key = absl::StrCat(random() % 200);
      if (random() % 3 == 0) {
        changes[key] = std::nullopt;
        plain.erase(key);
      } else {
        changes[key] = round;
        plain[key] = round;
      }
    }
    map = map.With(changes);
    ASSERT_EQ(map.size(), plain.size());
    for (int i = 0; i < 200; ++i) {
      const std::string key = absl::StrCat(i);
      auto found = plain.find(key);
      if (found == plain.end()) {
        ASSERT_THAT(map.Find(key), IsNull()) << key;
      } else {
        ASSERT_THAT(map.Find(key), Pointee(found->second)) << key;
      }
    }
  }
}

}  // namespace
}  // namespace causeway::containers
