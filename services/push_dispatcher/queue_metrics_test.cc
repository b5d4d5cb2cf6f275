#include "services/push_dispatcher/queue_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/shared/server/metrics.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Figures = QueueMetrics::Figures;

class QueueMetricsTest : public ::testing::Test {
 protected:
  // The line of one series of "irc": `name` with the braces still open.
  void ExpectLine(const std::string& line) {
    EXPECT_THAT(server::MetricsText(registry_), HasSubstr(line + "\n"));
  }
  void ExpectNone(const std::string& part) {
    EXPECT_THAT(server::MetricsText(registry_), Not(HasSubstr(part)));
  }

  prometheus::Registry registry_;
  QueueMetrics metrics_{registry_};
};

TEST_F(QueueMetricsTest, SeriesComeAndGo) {
  metrics_.Set(
      {{.uid = 1, .appservice_id = "irc", .head = Figures::Head{.events = 12}},
       {.uid = 2, .appservice_id = "old", .head = Figures::Head{.events = 1}}});
  metrics_.Set(
      {{.uid = 1,
        .appservice_id = "irc",
        .head = Figures::Head{.events = 13, .oldest_age = absl::Seconds(4)}}});
  ExpectLine("causeway_push_queue_events{appservice_id=\"irc\"} 13");
  ExpectLine("causeway_push_queue_oldest_age_seconds{appservice_id=\"irc\"} 4");
  ExpectNone("old\"");
  ExpectNone("queue_attempts_total{");
}

TEST_F(QueueMetricsTest, TheOwnerTellsTheStateWhileItOwns) {
  Figures figures = {
      .uid = 1,
      .appservice_id = "irc",
      .head = Figures::Head{.state = QueueState::kBlocked, .attempts = 3}};
  metrics_.Set({figures});
  ExpectLine(
      "causeway_push_queue_state{appservice_id=\"irc\",state=\"blocked\"} 1");
  ExpectLine(
      "causeway_push_queue_state{appservice_id=\"irc\",state=\"sending\"} 0");
  ExpectLine("causeway_push_queue_head_attempts{appservice_id=\"irc\"} 3");
  figures.head = Figures::Head{.state = QueueState::kSending, .attempts = 0};
  metrics_.Set({figures});
  ExpectLine(
      "causeway_push_queue_state{appservice_id=\"irc\",state=\"blocked\"} 0");
  ExpectLine(
      "causeway_push_queue_state{appservice_id=\"irc\",state=\"sending\"} 1");
  figures.head.reset();
  metrics_.Set({figures});
  ExpectNone("queue_state{");
  ExpectNone("head_attempts{");
  ExpectNone("queue_events{");
}

TEST_F(QueueMetricsTest, CountersFollowTheTotals) {
  Figures figures = {.uid = 1, .appservice_id = "irc", .totals = QueueTotals()};
  QueueTotals& totals = *figures.totals;
  totals.AddAttempt(AttemptOutcome::kFailed, absl::Milliseconds(10));
  totals.AddAttempt(AttemptOutcome::kDelivered, absl::Seconds(60));
  totals.settled[static_cast<size_t>(Settlement::Kind::kSkipped)].Add(5);
  totals.moves.Add();
  metrics_.Set({figures});
  metrics_.Set({figures});  // Nothing has happened meanwhile.
  totals.AddAttempt(AttemptOutcome::kFailed, absl::Milliseconds(500));
  totals.retakes.Add(2);
  metrics_.Set({figures});
  for (const char* line :
       {"attempts_total{appservice_id=\"irc\",outcome=\"failed\"} 2",
        "attempts_total{appservice_id=\"irc\",outcome=\"delivered\"} 1",
        "attempts_total{appservice_id=\"irc\",outcome=\"timed_out\"} 0",
        "attempt_duration_seconds_count{appservice_id=\"irc\"} 3",
        "attempt_duration_seconds_sum{appservice_id=\"irc\"} 60.51",
        "attempt_duration_seconds_bucket{appservice_id=\"irc\",le=\"0.01\"} 1",
        "attempt_duration_seconds_bucket{appservice_id=\"irc\",le=\"1\"} 2",
        "attempt_duration_seconds_bucket{appservice_id=\"irc\",le=\"10\"} 2",
        "settled_transactions_total{appservice_id=\"irc\",kind=\"skipped\"} 5",
        "leases_acquired_total{appservice_id=\"irc\",reason=\"moved\"} 1",
        "leases_acquired_total{appservice_id=\"irc\",reason=\"changed\"} 2"}) {
    ExpectLine(absl::StrCat("causeway_push_queue_", line));
  }
}

// The uid tells whether it is the same one.
TEST_F(QueueMetricsTest, WhoRegistersAnewBeginsAnew) {
  Figures figures = {.uid = 1, .appservice_id = "irc", .totals = QueueTotals()};
  figures.totals->moves.Add(5);
  metrics_.Set({figures});
  figures.uid = 2;
  figures.totals = QueueTotals();
  figures.totals->moves.Add();
  metrics_.Set({figures});
  ExpectLine(
      "causeway_push_queue_leases_acquired_total{appservice_id=\"irc\","
      "reason=\"moved\"} 1");
}

}  // namespace
}  // namespace causeway::push
