#include "services/query_proxy/appservice_examiner.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/failed_step.h"
#include "services/shared/appservice_client/fake_appservice_client.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/request_maker.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceRequest;
using appservice_client::AppserviceResponse;
using appservice_client::Dialect;
using appservice_client::Route;
using appservice_client::Step;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Verdict = ExaminedFinding::Verdict;

class AppserviceExaminerTest : public ::testing::Test {
 protected:
  void Register(const std::string& url, const std::string& sealed_for = "1") {
    registry_watch::Registration registration;
    registration.id = "irc";
    registration.url = url;
    registration.sender_localpart = "ircbot";
    registration.hs_token_sealed = secret_box_.Seal("T_h", sealed_for);
    registry_.Set(builder_.Add(registration).Build());
  }

  // Each request is answered by the next of `answers`.
  absl::StatusOr<Examination> Examine(
      std::deque<absl::StatusOr<AppserviceResponse>> answers) {
    std::future<absl::StatusOr<Examination>> result = boost::asio::co_spawn(
        io_, examiner_.Examine("irc", "r", patience_), boost::asio::use_future);
    io_.restart();
    io_.poll();
    for (absl::StatusOr<AppserviceResponse>& answer : answers) {
      clock_.AdvanceTime(elapsed_);
      client_.Answer(std::move(answer));
      io_.restart();
      io_.poll();
    }
    return result.get();
  }

  // "w" well, "i" ill, "-" not tried, in the order of the steps.
  static std::string Verdicts(const Examination& examination) {
    std::string text;
    for (const ExaminedFinding& finding : examination) {
      text += finding.verdict == Verdict::kWell  ? "w"
              : finding.verdict == Verdict::kIll ? "i"
                                                 : "-";
    }
    return text;
  }
  static std::string Detail(const Examination& examination, ExaminedStep step) {
    return examination[static_cast<size_t>(step)].detail;
  }

  static AppserviceResponse Answered(int http_status,
                                     absl::Time date = absl::InfinitePast(),
                                     Dialect path_dialect = Dialect::kV1) {
    AppserviceResponse response;
    response.http_status = http_status;
    response.date = date;
    response.path_dialect = path_dialect;
    return response;
  }

  static absl::Status Failed(Step step) {
    absl::Status status = absl::UnavailableError("why");
    appservice_client::SetFailedStep(status, step);
    return status;
  }

  boost::asio::io_context io_;
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  registry_watch::SnapshotBuilder builder_{"hs.test"};
  registry_watch::LatestSnapshot registry_;
  FakeClock clock_;
  absl::Duration elapsed_ = absl::Milliseconds(12);
  absl::Duration patience_ = absl::Seconds(30);
  appservice_client::FakeAppserviceClient client_;
  const registry_watch::RequestMaker requests_{secret_box_, clock_};
  AppserviceExaminer examiner_{{}, client_, registry_, requests_, clock_};
};

TEST_F(AppserviceExaminerTest, AllIsWell) {
  Register("https://as.test");
  const absl::Time date = clock_.Now() + absl::Seconds(50);
  const Examination found = Examine({Answered(200, date)}).value();
  EXPECT_EQ(Verdicts(found), "wwwwwwwwww");
  EXPECT_EQ(Detail(found, ExaminedStep::kRoundTrip), "12 ms");
  EXPECT_EQ(Detail(found, ExaminedStep::kUrl), "https://as.test");
  ASSERT_THAT(client_.requests(), SizeIs(1));
  EXPECT_EQ(client_.requests()[0].route, Route::kPing);
  EXPECT_THAT(client_.forgotten(), SizeIs(1));
}

TEST_F(AppserviceExaminerTest, NamesTheStepThatFails) {
  Register("https://as.test");
  EXPECT_EQ(Verdicts(Examine({Failed(Step::kName)}).value()), "wi--------");
  EXPECT_EQ(Verdicts(Examine({Failed(Step::kAddress)}).value()), "wwi-------");
  EXPECT_EQ(Verdicts(Examine({Failed(Step::kConnection)}).value()),
            "wwwi------");
  EXPECT_EQ(Verdicts(Examine({Failed(Step::kTls)}).value()), "wwwwi-----");
  EXPECT_EQ(Verdicts(Examine({Failed(Step::kAnswer)}).value()), "wwwwwi----");
  EXPECT_EQ(
      Verdicts(Examine({absl::InvalidArgumentError("no such URL")}).value()),
      "i---------");
}

TEST_F(AppserviceExaminerTest, PlainHttpHasNoTls) {
  Register("http://as.test");
  EXPECT_EQ(Verdicts(Examine({Answered(200)}).value()), "wwww-www-w");
}

TEST_F(AppserviceExaminerTest, TellsARefusedTokenFromABrokenService) {
  Register("https://as.test");
  const Examination refused = Examine({Answered(403)}).value();
  EXPECT_EQ(Verdicts(refused), "wwwwwwi--w");
  EXPECT_EQ(Detail(refused, ExaminedStep::kToken), "HTTP 403");
  EXPECT_EQ(Verdicts(Examine({Answered(502)}).value()), "wwwwwi---w");
}

TEST_F(AppserviceExaminerTest, WithoutPingsItsOwnUserIsAskedFor) {
  Register("https://as.test");
  const Examination found =
      Examine(
          {Answered(404), Answered(200, absl::InfinitePast(), Dialect::kDraft)})
          .value();
  EXPECT_EQ(Verdicts(found), "wwwwwwww-w");
  EXPECT_EQ(Detail(found, ExaminedStep::kDialect),
            "registered as v1, answers the draft's, without pings");
  EXPECT_EQ(client_.requests()[1].route, Route::kUsers);
  EXPECT_EQ(client_.requests()[1].id, "@ircbot:hs.test");
  for (int no_such_route : {405, 501}) {
    SCOPED_TRACE(no_such_route);
    EXPECT_EQ(
        Verdicts(Examine({Answered(no_such_route), Answered(404)}).value()),
        "wwwwwwww-w");
  }
  EXPECT_EQ(Verdicts(Examine({Answered(404), Answered(401)}).value()),
            "wwwwwwi--w");
  EXPECT_EQ(Verdicts(Examine({Answered(404), Answered(405)}).value()),
            "wwwwwwwi-w");
  EXPECT_EQ(Verdicts(Examine({Answered(501), Answered(501)}).value()),
            "wwwwwwwi-w");
  EXPECT_EQ(Verdicts(Examine({Answered(404), Failed(Step::kAnswer)}).value()),
            "wwwwwi---w");
}

TEST_F(AppserviceExaminerTest, ComparesClocksAndTimesTheRoundTrip) {
  Register("https://as.test");
  elapsed_ = absl::Seconds(2);
  const absl::Time date = clock_.Now() - absl::Seconds(98);
  const Examination found = Examine({Answered(200, date)}).value();
  EXPECT_EQ(Verdicts(found), "wwwwwwwwii");
  EXPECT_EQ(Detail(found, ExaminedStep::kClock), "100 s behind ours");
  EXPECT_EQ(Detail(found, ExaminedStep::kRoundTrip), "2000 ms");
}

TEST_F(AppserviceExaminerTest, WithoutUrlNothingIsSent) {
  Register("");
  EXPECT_EQ(Verdicts(Examine({}).value()), "----------");
  EXPECT_THAT(client_.requests(), SizeIs(0));
}

TEST_F(AppserviceExaminerTest, ATokenThatCannotBeOpenedIsNamed) {
  Register("https://as.test", "another uid");
  EXPECT_EQ(Verdicts(Examine({}).value()), "w-----i---");
}

TEST_F(AppserviceExaminerTest, UnknownOneIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(Examine({}).status()));
}

TEST_F(AppserviceExaminerTest, OneIsExaminedOnceAtATime) {
  Register("https://as.test");
  std::future<absl::StatusOr<Examination>> first = boost::asio::co_spawn(
      io_, examiner_.Examine("irc", "r", patience_), boost::asio::use_future);
  io_.poll();
  EXPECT_TRUE(absl::IsResourceExhausted(Examine({}).status()));
  client_.Answer(200, "");
  io_.restart();
  io_.poll();
  EXPECT_TRUE(first.get().ok());
}

}  // namespace
}  // namespace causeway::query
