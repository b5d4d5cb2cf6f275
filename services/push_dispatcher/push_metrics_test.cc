#include "services/push_dispatcher/push_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <string>

#include "services/shared/server/metrics.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PushMetricsTest, CountsByOutcome) {
  prometheus::Registry registry;
  PushMetrics metrics(registry);
  metrics.TransactionFinished(AttemptOutcome::kTimedOut, absl::Seconds(1));
  metrics.PublishAnswered(ChainOutcome::kGap);
  const std::string text = server::MetricsText(registry);
  EXPECT_THAT(
      text,
      HasSubstr("causeway_push_transactions_total{outcome=\"timed_out\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("causeway_push_transactions_total{outcome=\"delivered\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("causeway_push_publishes_total{outcome=\"gap\"} 1\n"));
}

TEST(PushMetricsTest, EveryPhaseHasASeries) {
  prometheus::Registry registry;
  PushMetrics metrics(registry);
  metrics.SetPhases({{Phase::kBackingOff, 3}});
  const std::string text = server::MetricsText(registry);
  EXPECT_THAT(text,
              HasSubstr("causeway_push_queues{phase=\"backing_off\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("causeway_push_queues{phase=\"blocked\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("phase=\"\"")));
}

}  // namespace
}  // namespace causeway::push
