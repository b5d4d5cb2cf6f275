#include "services/shared/server/line_quota.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::server {
namespace {

TEST(LineQuotaTest, GivesNoMoreThanSoManyLinesASecond) {
  FakeClock clock;
  LineQuota quota(2, clock);
  EXPECT_TRUE(quota.Take());
  EXPECT_TRUE(quota.Take());
  EXPECT_FALSE(quota.Take());
  clock.AdvanceTime(absl::Milliseconds(999));
  EXPECT_FALSE(quota.Take());
  clock.AdvanceTime(absl::Milliseconds(1));
  EXPECT_TRUE(quota.Take());
}

TEST(LineQuotaTest, ZeroGivesNone) {
  FakeClock clock;
  LineQuota quota(0, clock);
  EXPECT_FALSE(quota.Take());
}

}  // namespace
}  // namespace causeway::server
