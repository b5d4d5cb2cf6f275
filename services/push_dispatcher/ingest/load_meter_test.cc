#include "services/push_dispatcher/ingest/load_meter.h"

#include <gtest/gtest.h>

namespace causeway::push {
namespace {

constexpr absl::Duration kWindow = absl::Milliseconds(100);

class LoadMeterTest : public ::testing::Test {
 protected:
  void Pass(int64_t milliseconds) { now_ += absl::Milliseconds(milliseconds); }
  void Add(int64_t count) { meter_.Add(count, now_); }
  double Load() { return meter_.Load(now_); }

  absl::Duration now_ = absl::Seconds(7);
  LoadMeter meter_{kWindow, now_};
};

TEST_F(LoadMeterTest, IsZeroWhereNothingIsToDo) {
  EXPECT_EQ(Load(), 0);
  Pass(1000);
  EXPECT_EQ(Load(), 0);
}

TEST_F(LoadMeterTest, TellsTheShareOfTheTimeWithSomethingToDo) {
  Pass(40);
  Add(1);
  Pass(25);
  Add(-1);
  Pass(35);
  EXPECT_DOUBLE_EQ(Load(), 0.25);
}

TEST_F(LoadMeterTest, CountsOnceWhatIsToBeDoneAtATime) {
  Add(2);
  Pass(20);
  Add(1);
  Pass(20);
  Add(-2);
  Pass(10);
  Add(-1);
  Pass(50);
  EXPECT_DOUBLE_EQ(Load(), 0.5);
}

TEST_F(LoadMeterTest, IsOneWhereSomethingIsAlwaysToDo) {
  Add(1);
  for (int i = 0; i < 10; ++i) {
    Pass(30);
    Add(1);
    Add(-1);
  }
  EXPECT_DOUBLE_EQ(Load(), 1);
}

TEST_F(LoadMeterTest, ForgetsTheWindowBefore) {
  Add(1);
  Pass(100);
  Add(-1);
  EXPECT_DOUBLE_EQ(Load(), 1);
  Pass(99);
  EXPECT_DOUBLE_EQ(Load(), 1) << "that window isn't over yet";
  Pass(1);
  EXPECT_DOUBLE_EQ(Load(), 0);
}

}  // namespace
}  // namespace causeway::push
