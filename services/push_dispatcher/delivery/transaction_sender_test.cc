#include "services/push_dispatcher/delivery/transaction_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/shared/appservice_client/fake_appservice_client.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/metrics.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class TransactionSenderTest : public ::testing::Test {
 protected:
  void Register(const std::string& url, const std::string& sealed_for = "7") {
    registry_.Set(builder_
                      .Add({.uid = "7",
                            .id = "irc",
                            .url = url,
                            .hs_token_sealed = box_.Seal("T_h", sealed_for),
                            .dialect = appservice_client::Dialect::kDraft})
                      .Build());
  }

  void Send(Ticket ticket) {
    push::Send effect;
    effect.ticket = ticket;
    effect.sealed.txn_id = "n-1";
    effect.body = body_;
    sender_.Perform(7, std::move(effect));
  }

  void SendEphemeral(Ticket ticket, const std::string& txn_id) {
    sender_.Perform(7, push::SendEphemeral{
                           .ticket = ticket, .txn_id = txn_id, .body = body_});
  }

  const secrets::SecretBox box_ =
      *secrets::SecretBox::FromKeyHex(std::string(64, 'a'));
  const std::shared_ptr<const std::string> body_ =
      std::make_shared<const std::string>("{}");
  registry_watch::SnapshotBuilder builder_{"hs"};
  prometheus::Registry metrics_registry_;
  PushMetrics metrics_{metrics_registry_};
  FakeClock clock_;
  registry_watch::LatestSnapshot registry_;
  std::vector<AttemptFinished> answers_;
  appservice_client::FakeAppserviceClient client_;
  TransactionSender sender_{{.attempt_timeout = absl::Seconds(9),
                             .ephemeral_timeout = absl::Seconds(2)},
                            client_,
                            registry_,
                            box_,
                            clock_,
                            metrics_,
                            [this](AppserviceUid, AttemptFinished attempt) {
                              answers_.push_back(std::move(attempt));
                            }};
};

TEST_F(TransactionSenderTest, SendsTheBytesToTheUrlThatIsRegisteredNow) {
  Register("http://old");
  Register("http://new");
  Send(5);
  ASSERT_THAT(client_.requests(), SizeIs(1));
  const appservice_client::AppserviceRequest request = client_.requests()[0];
  EXPECT_EQ(request.url, "http://new");
  EXPECT_EQ(request.hs_token, "T_h");
  EXPECT_EQ(request.id, "n-1");
  EXPECT_EQ(request.route, appservice_client::Route::kTransactions);
  EXPECT_EQ(request.dialect, appservice_client::Dialect::kDraft);
  EXPECT_EQ(request.body, body_);  // The same, not a copy.
  EXPECT_EQ(request.timeout, absl::Seconds(9));

  client_.Answer(200, "{}");
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].ticket, 5);
  EXPECT_EQ(answers_[0].outcome, AttemptOutcome::kDelivered);
}

TEST_F(TransactionSenderTest, GoesWhereTheGrantAllows) {
  Register("http://a");
  Send(1);
  registry_.Set(builder_
                    .Add({.uid = "7",
                          .id = "irc",
                          .url = "http://a",
                          .hs_token_sealed = box_.Seal("T_h", "7"),
                          .private_networks_allowed = false})
                    .Build());
  Send(2);
  ASSERT_THAT(client_.requests(), SizeIs(2));
  EXPECT_TRUE(client_.requests()[0].private_addresses_allowed);
  EXPECT_FALSE(client_.requests()[1].private_addresses_allowed);
}

TEST_F(TransactionSenderTest, PreviousTokenGoesAlongUntilItsTimeIsOver) {
  registry_.Set(
      builder_
          .Add({.uid = "7",
                .id = "irc",
                .url = "http://a",
                .hs_token_sealed = box_.Seal("T_h", "7"),
                .previous_hs_token_sealed = box_.Seal("T_old", "7"),
                .previous_hs_token_until = clock_.Now() + absl::Seconds(1)})
          .Build());
  Send(1);
  client_.Answer(500, "neither T_h nor T_old");
  clock_.AdvanceTime(absl::Seconds(1));
  Send(2);
  ASSERT_THAT(client_.requests(), SizeIs(2));
  EXPECT_EQ(client_.requests()[0].hs_token, "T_h");
  EXPECT_EQ(client_.requests()[0].previous_hs_token, "T_old");
  EXPECT_EQ(client_.requests()[1].previous_hs_token, "");
  EXPECT_EQ(answers_.at(0).answer_excerpt, "neither (token) nor (token)");
}

TEST_F(TransactionSenderTest, KeepsHowARefusalBegins) {
  Register("http://a");
  Send(1);
  client_.Answer(500, "no T_h here");
  Send(2);
  client_.Answer(200, "yes");
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_EQ(answers_[0].http_status, 500);
  EXPECT_EQ(answers_[0].answer_excerpt, "no (token) here");
  EXPECT_EQ(answers_[1].http_status, 200);
  EXPECT_EQ(answers_[1].answer_excerpt, "");
}

TEST_F(TransactionSenderTest, EphemeralAttemptsAreShort) {
  Register("http://a");
  Send(1);
  SendEphemeral(2, "n-2");
  SendEphemeral(3, "n-3");
  ASSERT_THAT(client_.requests(), SizeIs(3));
  EXPECT_EQ(client_.requests()[1].id, "n-2");
  EXPECT_EQ(client_.requests()[1].body, body_);
  EXPECT_EQ(client_.requests()[1].timeout, absl::Seconds(2));
  sender_.Perform(CancelAttempt{.ticket = 3});
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].ticket, 3);
  EXPECT_EQ(answers_[0].outcome, AttemptOutcome::kCancelled);
  client_.Answer(200, "{}");
  client_.Answer(500, "{}");
  ASSERT_THAT(answers_, SizeIs(3));
  EXPECT_EQ(answers_[2].ticket, 2);
  const std::string text = server::MetricsText(metrics_registry_);
  const std::string name = "causeway_push_ephemeral_transactions_total";
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"cancelled\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"failed\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("causeway_push_transactions_total{outcome=\"failed\"} 0\n"));
}

TEST_F(TransactionSenderTest, AttemptsWithEventsCanBeCancelledToo) {
  Register("http://a");
  Send(1);
  Send(2);
  sender_.Perform(CancelAttempt{.ticket = 1});
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].ticket, 1);
  EXPECT_EQ(answers_[0].outcome, AttemptOutcome::kCancelled);
  EXPECT_THAT(
      server::MetricsText(metrics_registry_),
      HasSubstr("causeway_push_transactions_total{outcome=\"cancelled\"} 1\n"));
}

TEST_F(TransactionSenderTest, WithoutAWayToSendTheAttemptFails) {
  Send(1);
  Register("");
  Send(2);
  Register("http://a", "another uid");
  Send(3);
  EXPECT_THAT(client_.requests(), SizeIs(0));
  ASSERT_THAT(answers_, SizeIs(3));
  EXPECT_THAT(answers_[0].error, HasSubstr("not registered"));
  EXPECT_THAT(answers_[1].error, HasSubstr("not registered"));
  EXPECT_THAT(answers_[2].error, HasSubstr("hs_token"));
  for (const AttemptFinished& report : answers_) {
    EXPECT_EQ(report.outcome, AttemptOutcome::kFailed);
    EXPECT_THAT(report.error, ::testing::Not(HasSubstr("T_h")));
  }
}

}  // namespace
}  // namespace causeway::push
