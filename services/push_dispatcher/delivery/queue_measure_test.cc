#include "services/push_dispatcher/delivery/queue_measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/push_dispatcher/testing/recording_appservice.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/appservice_client/scripted_http_server.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/metrics.h"

namespace causeway::push {
namespace {

using appservice_client::ScriptedReply;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = namespaces::NamespaceKind;

// Reads the request and never answers.
ScriptedReply Silence() {
  return {.bytes = "", .then = ScriptedReply::Then::kHang};
}

class QueueMeasureTest : public ::testing::Test {
 protected:
  QueueMeasureTest() {
    registry_.Add({.uid = "7",
                   .id = "irc",
                   .url = appservice_.url(),
                   .hs_token_sealed = SealedHsToken("7"),
                   .namespaces = {{Kind::kRooms, "!irc_.*", true}},
                   .dialect = registry_watch::Dialect::kDraft});
    process_.SetRegistry(registry_.Build());
  }

  // What backs off stays so for longer than a test runs, but for an operator.
  static PushProcess::Options LongBackoff() {
    PushProcess::Options options;
    options.loop.delivery.backoff = {.min = absl::Hours(1),
                                     .max = absl::Hours(1)};
    options.loop.sender.attempt_timeout = absl::Milliseconds(200);
    return options;
  }

  void Publish() {
    source_.Message("!irc_a:hs", "@alice:hs", "x");
    ASSERT_TRUE(process_.Publish(source_.Take()).ok());
  }

  std::string Scrape() {
    MeasureQueues(*store_, process_.loop(), clock_, queues_max_,
                  process_.metrics());
    return server::MetricsText(process_.metrics_registry());
  }
  // Until `series` of "irc" has the value; for ever if it never has.
  void AwaitSeries(const std::string& name, const std::string& label,
                   const std::string& value) {
    const std::string line = absl::StrCat(
        "causeway_push_queue_", name, "{appservice_id=\"irc\"",
        label.empty() ? "" : absl::StrCat(",", label), "} ", value, "\n");
    SCOPED_TRACE(line);
    while (!absl::StrContains(Scrape(), line)) {
    }
  }
  void AwaitState(const std::string& state) {
    AwaitSeries("state", absl::StrCat("state=\"", state, "\""), "1");
  }
  void RetryNow() { process_.loop().Post(7, push::RetryNow{}); }

  size_t queues_max_ = 10;
  RecordingAppservice appservice_;
  registry_watch::SnapshotBuilder registry_{"hs"};
  const std::shared_ptr<FakePushStore> store_ =
      std::make_shared<FakePushStore>();
  RealClock clock_;
  TestSource source_;
  PushProcess process_{LongBackoff(), {store_, store_, store_, store_, store_}};
};

TEST_F(QueueMeasureTest, ShowsAnOutageFromItsBeginningToItsEnd) {
  AwaitState("idle");
  AwaitSeries("leases_acquired_total", "reason=\"moved\"", "1");
  appservice_.AnswerWith(Silence());
  Publish();
  AwaitState("sending");
  AwaitSeries("events", "", "1");

  AwaitState("backing_off");
  AwaitSeries("attempts_total", "outcome=\"timed_out\"", "1");
  AwaitSeries("head_attempts", "", "1");
  appservice_.AnswerWith(503);
  RetryNow();
  AwaitSeries("attempts_total", "outcome=\"failed\"", "1");
  appservice_.AnswerWith(403);
  RetryNow();
  AwaitState("blocked");
  AwaitSeries("attempts_total", "outcome=\"refused\"", "1");
  AwaitSeries("head_attempts", "", "3");
  AwaitSeries("settled_transactions_total", "kind=\"acknowledged\"", "0");

  appservice_.AnswerWith(200);
  RetryNow();
  AwaitState("idle");
  AwaitSeries("attempts_total", "outcome=\"delivered\"", "1");
  AwaitSeries("settled_transactions_total", "kind=\"acknowledged\"", "1");
  AwaitSeries("attempt_duration_seconds_count", "", "4");
  AwaitSeries("events", "", "0");
  AwaitSeries("head_attempts", "", "0");
}

TEST_F(QueueMeasureTest, HowManyAreToldOfIsBounded) {
  AwaitState("idle");
  EXPECT_THAT(Scrape(), HasSubstr("causeway_push_unmeasured_queues 0\n"));
  queues_max_ = 0;
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("causeway_push_unmeasured_queues 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("appservice_id")));
}

TEST_F(QueueMeasureTest, AnActIsNotAMove) {
  AwaitState("idle");
  ASSERT_TRUE(store_
                  ->Act({.appservice_id = "irc",
                         .reason = "x",
                         .act = push::PauseQueue()})
                  .ok());
  process_.leases().Kick();
  AwaitState("paused");
  AwaitSeries("leases_acquired_total", "reason=\"changed\"", "1");
  AwaitSeries("leases_acquired_total", "reason=\"moved\"", "1");
}

TEST_F(QueueMeasureTest, WhoIsGoneIsNotToldOf) {
  AwaitState("idle");
  process_.SetRegistry(registry_.Remove("irc").Build());
  while (process_.loop().Totals(7).has_value()) {
  }
  EXPECT_THAT(Scrape(), Not(HasSubstr("appservice_id")));
}

}  // namespace
}  // namespace causeway::push
