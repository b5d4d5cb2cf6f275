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

TEST(PushMetricsTest, CountsWhatBecameOfEphemeralData) {
  prometheus::Registry registry;
  PushMetrics metrics(registry);
  metrics.EphemeralChanged({.queued = 10, .rode_along = 3}, {.queued = 20,
                                                             .coalesced = 1,
                                                             .dropped = 2,
                                                             .rode_along = 6,
                                                             .sent_alone = 4});
  metrics.EphemeralLost(5);
  const std::string text = server::MetricsText(registry);
  EXPECT_THAT(text, HasSubstr("causeway_push_ephemeral_queued_total 15\n"));
  for (const char* fate :
       {"coalesced\"} 1\n", "dropped\"} 2\n", "rode_along\"} 3\n",
        "sent_alone\"} 4\n", "lost\"} 5\n"}) {
    EXPECT_THAT(
        text,
        HasSubstr(std::string("causeway_push_ephemeral_ended_total{fate=\"") +
                  fate));
  }
}

TEST(PushMetricsTest, TellsWhatIsStoredAndGivenBack) {
  prometheus::Registry registry;
  PushMetrics metrics(registry);
  metrics.Swept(5, 4, 1);
  metrics.Swept(0, 0, 2);
  metrics.SetStored(7, 4096);
  metrics.SetStored(5, 2048);
  const std::string text = server::MetricsText(registry);
  for (const char* line :
       {"causeway_push_swept_entries_total 5\n",
        "causeway_push_swept_segments_total 4\n",
        "causeway_push_dropped_generations_total 3\n",
        "causeway_push_generations 5\n", "causeway_push_stored_bytes 2048\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
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
