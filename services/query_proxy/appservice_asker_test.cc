#include "services/query_proxy/appservice_asker.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "services/query_proxy/fake_pause.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/appservice_client/fake_appservice_client.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceRequest;
using appservice_client::AppserviceResponse;
using appservice_client::FakeAppserviceClient;
using registry_watch::Registration;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = registry_watch::RegistrySnapshot::Kind;

const Question kBob{.kind = QuestionKind::kUser, .id = "@irc_bob:hs.test"};

class AppserviceAskerTest : public ::testing::Test {
 protected:
  AppserviceAskerTest() { Register("http://as.test"); }

  void Register(const std::string& url, bool private_networks_allowed = true) {
    Registration registration;
    registration.private_networks_allowed = private_networks_allowed;
    registration.id = "irc";
    registration.url = url;
    registration.dialect = appservice_client::Dialect::kDraft;
    registration.namespaces = {{Kind::kUsers, "@irc_.*", true}};
    registration.hs_token_sealed = secret_box_.Seal("T_h", "1");
    registry_.Set(builder_.Add(registration).Build());
  }

  // What the application service answers, one after the other.
  void Script(int http_status, const std::string& body = "") {
    AppserviceResponse response;
    response.http_status = http_status;
    response.body = body;
    script_.push_back(response);
  }
  void Script(absl::StatusCode failure) {
    script_.push_back(absl::Status(failure, "why"));
  }

  Answer Ask(absl::Duration patience = absl::Minutes(1)) {
    const absl::Duration deadline = clock_.MonotonicNow() + patience;
    boost::asio::io_context io;
    auto result = boost::asio::co_spawn(
        io, asker_.Ask("1", kBob, "request-1", [deadline] { return deadline; }),
        boost::asio::use_future);
    io.run();
    return result.get();
  }

  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  registry_watch::SnapshotBuilder builder_{"hs.test"};
  registry_watch::LatestSnapshot registry_;
  FakeClock clock_;
  FakePause pause_{clock_};
  CircuitBreaker breaker_{{.failures_max = 6,
                           .open_min = absl::Seconds(1),
                           .open_max = absl::Seconds(30)},
                          clock_};
  prometheus::Registry prometheus_;
  QueryMetrics metrics_{prometheus_};
  std::deque<absl::StatusOr<AppserviceResponse>> script_;
  std::function<void(const AppserviceRequest&)> on_request_;
  FakeAppserviceClient client_{[this](const AppserviceRequest& request)
                                   -> absl::StatusOr<AppserviceResponse> {
    if (on_request_) on_request_(request);
    if (script_.empty()) return absl::InternalError("nothing scripted");
    auto response = std::move(script_.front());
    script_.pop_front();
    return response;
  }};
  const registry_watch::RequestMaker requests_{secret_box_, clock_};
  AppserviceAsker asker_{{},       client_, registry_, requests_,
                         breaker_, pause_,  clock_,    metrics_};
};

TEST_F(AppserviceAskerTest, AsksByTheRegistration) {
  Script(200, R"({"profile":{"display_name":"Bob"}})");
  Answer answer = Ask();
  EXPECT_EQ(answer.outcome, Outcome::kExistsCreate);
  EXPECT_EQ(answer.appservice_uid, "1");
  EXPECT_EQ(answer.appservice_id, "irc");
  EXPECT_EQ(answer.profile.display_name, "Bob");
  ASSERT_THAT(client_.requests(), SizeIs(1));
  const AppserviceRequest request = client_.requests()[0];
  EXPECT_EQ(request.url, "http://as.test");
  EXPECT_EQ(request.hs_token, "T_h");
  EXPECT_EQ(request.dialect, appservice_client::Dialect::kDraft);
  EXPECT_EQ(request.route, appservice_client::Route::kUsers);
  EXPECT_EQ(request.id, kBob.id);
  EXPECT_EQ(request.timeout, absl::Seconds(10));
  EXPECT_EQ(request.request_id, "request-1");
}

TEST_F(AppserviceAskerTest, PreviousTokenGoesAlong) {
  Registration registration;
  registration.id = "irc";
  registration.url = "http://as.test";
  registration.namespaces = {{Kind::kUsers, "@irc_.*", true}};
  registration.hs_token_sealed = secret_box_.Seal("T_h", "1");
  registration.previous_hs_token_sealed = secret_box_.Seal("T_old", "1");
  registration.previous_hs_token_until = clock_.Now() + absl::Seconds(1);
  registry_.Set(builder_.Add(registration).Build());
  Script(200, "{}");
  Ask();
  ASSERT_THAT(client_.requests(), SizeIs(1));
  EXPECT_EQ(client_.requests()[0].hs_token, "T_h");
  EXPECT_EQ(client_.requests()[0].previous_hs_token, "T_old");
}

TEST_F(AppserviceAskerTest, GoesWhereTheGrantAllows) {
  Script(200, "{}");
  Ask();
  Register("http://as.test", /*private_networks_allowed=*/false);
  Script(200, "{}");
  Ask();
  ASSERT_THAT(client_.requests(), SizeIs(2));
  EXPECT_TRUE(client_.requests()[0].private_addresses_allowed);
  EXPECT_FALSE(client_.requests()[1].private_addresses_allowed);
}

TEST_F(AppserviceAskerTest, TriesAgainUntilItAnswers) {
  Script(500);
  Script(absl::StatusCode::kUnavailable);
  Script(200, "{}");
  EXPECT_EQ(Ask().outcome, Outcome::kExistsCreate);
  EXPECT_THAT(client_.requests(), SizeIs(3));
  EXPECT_THAT(pause_.pauses, SizeIs(2));
}

TEST_F(AppserviceAskerTest, AFewTriesAreEnough) {
  for (int i = 0; i < 3; ++i) Script(500);
  EXPECT_EQ(Ask().outcome, Outcome::kAppserviceUnavailable);
  EXPECT_THAT(client_.requests(), SizeIs(3));
}

TEST_F(AppserviceAskerTest, ANoIsNotTriedAgain) {
  Script(404);
  EXPECT_EQ(Ask().outcome, Outcome::kNotFound);
  EXPECT_THAT(client_.requests(), SizeIs(1));
}

TEST_F(AppserviceAskerTest, RefusedCredentialsAreNotTriedAgain) {
  Script(403);
  EXPECT_EQ(Ask().outcome, Outcome::kAppserviceUnavailable);
  EXPECT_THAT(client_.requests(), SizeIs(1));
}

// Goal: the last try ends before the deadline. Method: every try takes all the
// time that it is given.
TEST_F(AppserviceAskerTest, HangingEndsAtTheDeadline) {
  for (int i = 0; i < 3; ++i) Script(absl::StatusCode::kDeadlineExceeded);
  on_request_ = [this](const AppserviceRequest& request) {
    clock_.AdvanceTime(request.timeout);
  };
  const absl::Duration begin = clock_.MonotonicNow();
  EXPECT_EQ(Ask(absl::Seconds(15)).outcome, Outcome::kTimedOut);
  EXPECT_LE(clock_.MonotonicNow() - begin, absl::Seconds(15));
  EXPECT_THAT(client_.requests(), SizeIs(2));
}

TEST_F(AppserviceAskerTest, NoTimeLeftIsATimeoutWithoutATry) {
  EXPECT_EQ(Ask(absl::ZeroDuration()).outcome, Outcome::kTimedOut);
  EXPECT_THAT(client_.requests(), IsEmpty());
}

TEST_F(AppserviceAskerTest, OneThatHasMovedIsFoundByTheNextTry) {
  Script(absl::StatusCode::kUnavailable);
  Script(200, "{}");
  on_request_ = [this](const AppserviceRequest&) {
    if (client_.requests().size() == 1) Register("http://new.test");
  };
  EXPECT_EQ(Ask().outcome, Outcome::kExistsCreate);
  EXPECT_EQ(client_.requests()[1].url, "http://new.test");
}

TEST_F(AppserviceAskerTest, OneThatHasUnregisteredIsNotAsked) {
  registry_.Set(builder_.Remove("irc").Build());
  EXPECT_EQ(Ask().outcome, Outcome::kNobodyToAsk);
  EXPECT_THAT(client_.requests(), IsEmpty());
}

TEST_F(AppserviceAskerTest, DeadOneIsLeftAlone) {
  for (int i = 0; i < 6; ++i) Script(absl::StatusCode::kUnavailable);
  EXPECT_EQ(Ask().outcome, Outcome::kAppserviceUnavailable);
  EXPECT_EQ(Ask().outcome, Outcome::kAppserviceUnavailable);
  EXPECT_THAT(client_.requests(), SizeIs(6));
  EXPECT_EQ(Ask().outcome, Outcome::kAppserviceUnavailable);
  EXPECT_THAT(client_.requests(), SizeIs(6));

  // A moment later it is tried again.
  clock_.AdvanceTime(absl::Seconds(1));
  Script(200, "{}");
  EXPECT_EQ(Ask().outcome, Outcome::kExistsCreate);
}

TEST_F(AppserviceAskerTest, MovedOneIsTriedAtOnce) {
  for (int i = 0; i < 6; ++i) Script(absl::StatusCode::kUnavailable);
  Ask();
  Ask();
  Register("http://new.test");
  Script(200, "{}");
  EXPECT_EQ(Ask().outcome, Outcome::kExistsCreate);
}

TEST_F(AppserviceAskerTest, TokenSealedWithAnotherKeyIsNotSent) {
  Registration registration;
  registration.id = "irc";
  registration.url = "http://as.test";
  registration.hs_token_sealed =
      secrets::SecretBox::FromKeyHex(std::string(64, 'b'))
          .value()
          .Seal("T_h", "1");
  registry_.Set(builder_.Add(registration).Build());
  EXPECT_EQ(Ask().outcome, Outcome::kAppserviceUnavailable);
  EXPECT_THAT(client_.requests(), IsEmpty());
}

}  // namespace
}  // namespace causeway::query
