#include "services/gateway/heard_appservices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace causeway::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(HeardAppservicesTest, TakesEachOnce) {
  HeardAppservices heard;
  for (const char* uid : {"7", "3", "7", "7"}) heard.Heard(uid);
  push::v1::ReportSignsOfLifeRequest taken = heard.Take();
  EXPECT_THAT(taken.heard_uids(), ElementsAre("3", "7"));
  EXPECT_THAT(taken.pinged_uids(), IsEmpty());
  taken = heard.Take();
  EXPECT_THAT(taken.heard_uids(), IsEmpty());
}

TEST(HeardAppservicesTest, APingSaysMore) {
  HeardAppservices heard;
  heard.Heard("1");
  heard.Pinged("1");
  heard.Pinged("2");
  heard.Heard("2");
  const push::v1::ReportSignsOfLifeRequest taken = heard.Take();
  EXPECT_THAT(taken.heard_uids(), IsEmpty());
  EXPECT_THAT(taken.pinged_uids(), ElementsAre("1", "2"));
}

TEST(HeardAppservicesTest, IgnoresWhatIsNoUid) {
  HeardAppservices heard;
  for (const char* uid : {"", "x", "0", "-1", "9223372036854775808"}) {
    heard.Heard(uid);
    heard.Pinged(uid);
  }
  EXPECT_EQ(heard.Take().ByteSizeLong(), 0u);
  heard.Heard("9223372036854775807");
  EXPECT_THAT(heard.Take().heard_uids(), ElementsAre("9223372036854775807"));
}

TEST(HeardAppservicesTest, HoldsSoManyAndTheLatest) {
  HeardAppservices heard;
  const int count = 2 * HeardAppservices::kUidsMax;
  for (int uid = 1; uid <= count; ++uid) heard.Heard(absl::StrCat(uid));
  const push::v1::ReportSignsOfLifeRequest taken = heard.Take();
  EXPECT_THAT(taken.heard_uids(), SizeIs(HeardAppservices::kUidsMax));
  EXPECT_THAT(taken.heard_uids(), ::testing::Contains(absl::StrCat(count)));
}

TEST(HeardAppservicesTest, LosesNobodyThatHasAPlace) {
  HeardAppservices heard;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&heard, i] {
      for (int uid = 1; uid <= 1000; ++uid) {
        heard.Heard(absl::StrCat(uid + i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(heard.Take().heard_uids(), SizeIs(1003));
}

}  // namespace
}  // namespace causeway::gateway
