#include "services/query_proxy/appservice_pinger.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/liveness.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/fake_appservice_client.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/request_maker.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/status/errcode.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceRequest;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using Result = std::future<absl::StatusOr<PingResult>>;

class AppservicePingerTest : public ::testing::Test {
 protected:
  AppservicePingerTest() { Register("http://as.test"); }

  void Register(const std::string& url) {
    registry_watch::Registration registration;
    registration.id = "irc";
    registration.url = url;
    registration.dialect = appservice_client::Dialect::kDraft;
    registration.hs_token_sealed = secret_box_.Seal("T_h", "1");
    registry_.Set(builder_.Add(registration).Build());
  }

  Result Ping(const std::string& id = "irc", const std::string& txn_id = "t",
              absl::Duration patience = absl::Minutes(1)) {
    Result result = boost::asio::co_spawn(
        io_, pinger_.Ping(id, txn_id, "r", patience), boost::asio::use_future);
    Run();
    return result;
  }
  void Run() {
    io_.restart();
    io_.poll();
  }
  void Answer(int http_status, const std::string& body = "") {
    client_.Answer(http_status, body);
    Run();
  }

  boost::asio::io_context io_;
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  registry_watch::SnapshotBuilder builder_{"hs.test"};
  registry_watch::LatestSnapshot registry_;
  FakeClock clock_;
  CircuitBreaker breaker_{{.failures_max = 1}, clock_};
  prometheus::Registry prometheus_;
  QueryMetrics metrics_{prometheus_};
  appservice_client::FakeAppserviceClient client_;
  const registry_watch::RequestMaker requests_{secret_box_, clock_};
  AppservicePinger pinger_{{},       client_, registry_, requests_,
                           breaker_, clock_,  metrics_};
};

TEST_F(AppservicePingerTest, TellsHowLongItTook) {
  Result result = Ping();
  ASSERT_THAT(client_.requests(), SizeIs(1));
  const AppserviceRequest request = client_.requests()[0];
  EXPECT_EQ(request.route, appservice_client::Route::kPing);
  // The draft has none.
  EXPECT_EQ(request.dialect, appservice_client::Dialect::kV1);
  EXPECT_EQ(*request.body, R"({"transaction_id":"t"})");
  EXPECT_EQ(request.timeout, absl::Seconds(10));
  EXPECT_EQ(request.request_id, "r");
  clock_.AdvanceTime(absl::Milliseconds(12));
  Answer(200, "{}");
  const PingResult ping = result.get().value();
  EXPECT_EQ(ping.outcome, PingOutcome::kAnswered);
  EXPECT_EQ(ping.elapsed, absl::Milliseconds(12));
  EXPECT_EQ(ping.appservice_uid, "1");
}

TEST_F(AppservicePingerTest, TransactionIdMayBeMissing) {
  Result result = Ping("irc", "", absl::Seconds(1));
  EXPECT_EQ(*client_.requests()[0].body, "{}");
  EXPECT_EQ(client_.requests()[0].timeout, absl::Seconds(1));
  Answer(200);
  EXPECT_TRUE(result.get().ok());
}

TEST_F(AppservicePingerTest, BadStatusComesWithTheBeginningOfTheBody) {
  Result result = Ping();
  Answer(418, std::string(5000, 'x'));
  const PingResult ping = result.get().value();
  EXPECT_EQ(ping.outcome, PingOutcome::kBadStatus);
  EXPECT_EQ(ping.http_status, 418);
  EXPECT_EQ(ping.body, std::string(kPingBodyBytesMax, 'x'));
}

TEST_F(AppservicePingerTest, ToldApartWhyThereIsNoAnswer) {
  Result failed = Ping();
  client_.Answer(absl::UnavailableError("refused"));
  Run();
  const PingResult ping = failed.get().value();
  EXPECT_EQ(ping.outcome, PingOutcome::kConnectionFailed);
  EXPECT_EQ(ping.error, "refused");
  Result slow = Ping();
  client_.Answer(absl::DeadlineExceededError("slow"));
  Run();
  EXPECT_EQ(slow.get().value().outcome, PingOutcome::kTimedOut);
}

TEST_F(AppservicePingerTest, WithoutUrlNothingIsSent) {
  Register("");
  EXPECT_EQ(Ping().get().value().outcome, PingOutcome::kUrlNotSet);
  EXPECT_THAT(client_.requests(), SizeIs(0));
}

TEST_F(AppservicePingerTest, UnknownOneIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(Ping("xmpp").get().status()));
}

// It is pinged all the same, and is asked again at once when it answers.
TEST_F(AppservicePingerTest, ClosesTheCircuitIfItAnswers) {
  const int64_t revision = registry_.Snapshot()->FindByUid("1")->revision;
  const auto permit = breaker_.Allow("1", revision);
  ASSERT_TRUE(permit.has_value());
  breaker_.Record("1", *permit, Liveness::kFailing);
  ASSERT_FALSE(breaker_.Allow("1", revision));
  Result broken = Ping();
  Answer(500);
  EXPECT_TRUE(broken.get().ok());
  EXPECT_FALSE(breaker_.Allow("1", revision));
  Result result = Ping();
  Answer(404);
  EXPECT_TRUE(result.get().ok());
  EXPECT_TRUE(breaker_.Allow("1", revision));
}

TEST_F(AppservicePingerTest, PathsAreTriedAnew) {
  Result result = Ping();
  EXPECT_THAT(client_.forgotten(), ElementsAre("1"));
  Answer(200);
  EXPECT_TRUE(result.get().ok());
}

TEST_F(AppservicePingerTest, PingsUnderWayAreBounded) {
  std::vector<Result> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(Ping());
  const absl::Status refused = Ping().get().status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_EQ(GetErrcode(refused), "M_LIMIT_EXCEEDED");
  for (Result& result : waiting) {
    Answer(200);
    EXPECT_TRUE(result.get().ok());
  }
  Result next = Ping();
  Answer(200);
  EXPECT_TRUE(next.get().ok());
}

}  // namespace
}  // namespace causeway::query
