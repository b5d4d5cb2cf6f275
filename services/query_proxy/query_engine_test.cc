#include "services/query_proxy/query_engine.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
using appservice_client::FakeAppserviceClient;
using registry_watch::Namespace;
using registry_watch::Registration;
using ::testing::SizeIs;
using Kind = registry_watch::RegistrySnapshot::Kind;

// The application service of a test answers when the test says so; the
// coroutines run when the test lets them.
class QueryEngineTest : public ::testing::Test {
 protected:
  QueryEngineTest() {
    Register("irc", {{Kind::kUsers, "@irc_.*", true},
                     {Kind::kAliases, "#irc_.*", true}});
  }

  // The first one gets uid "1", the next "2".
  void Register(const std::string& id, std::vector<Namespace> namespaces) {
    Registration registration;
    registration.id = id;
    registration.url = "http://" + id + ".test";
    registration.dialect = appservice_client::Dialect::kDraft;
    registration.namespaces = std::move(namespaces);
    registration.hs_token_sealed = secret_box_.Seal("T_h", id == "irc" ? "1"
                                                           : id == "a" ? "2"
                                                                       : "3");
    registry_.Set(builder_.Add(registration).Build());
  }

  using Result = std::future<absl::StatusOr<Answer>>;

  // Asks about a user, and lets the coroutines run until all of them wait.
  Result Ask(const std::string& user_id, const std::string& caused_by = "",
             absl::Duration patience = absl::Minutes(1),
             QuestionKind kind = QuestionKind::kUser) {
    QueryEngine::Request request{.question = {.kind = kind, .id = user_id},
                                 .caused_by_appservice_uid = caused_by,
                                 .deadline = clock_.MonotonicNow() + patience,
                                 .request_id = "r"};
    Result result = boost::asio::co_spawn(io_, engine_->Query(request),
                                          boost::asio::use_future);
    Run();
    return result;
  }

  // Runs what can run now.
  void Run() {
    io_.restart();
    io_.poll();
  }

  // Runs until `result` is there, however long its own timer takes.
  Answer Await(Result& result) {
    io_.restart();
    while (result.wait_for(std::chrono::seconds(0)) !=
           std::future_status::ready) {
      io_.run_one();
    }
    return result.get().value();
  }

  void AnswerNext(int http_status, const std::string& body = "") {
    client_.Answer(http_status, body);
    Run();
  }

  boost::asio::io_context io_;
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  registry_watch::SnapshotBuilder builder_{"hs.test"};
  registry_watch::LatestSnapshot registry_;
  FakeClock clock_;
  FakePause pause_{clock_};
  CircuitBreaker breaker_{{}, clock_};
  prometheus::Registry prometheus_;
  QueryMetrics metrics_{prometheus_};
  FakeAppserviceClient client_;
  const registry_watch::RequestMaker requests_{secret_box_, clock_};
  AppserviceAsker asker_{{},       client_, registry_, requests_,
                         breaker_, pause_,  clock_,    metrics_};
  std::unique_ptr<QueryEngine> engine_ = std::make_unique<QueryEngine>(
      QueryEngine::Options{.limits = {.user_queries_max = 4,
                                      .alias_queries_max = 1,
                                      .per_appservice_max = 3},
                           .answer_memory = {},
                           .self_wait = absl::Milliseconds(1)},
      asker_, registry_, clock_, metrics_);
};

TEST_F(QueryEngineTest, NobodyToAsk) {
  Result result = Ask("@alice:hs.test");
  Answer answer = Await(result);
  EXPECT_EQ(answer.outcome, Outcome::kNobodyToAsk);
  EXPECT_EQ(answer.appservice_uid, "");
}

TEST_F(QueryEngineTest, ManyAskersMakeOneRequest) {
  Result first = Ask("@irc_bob:hs.test");
  Result second = Ask("@irc_bob:hs.test");
  Result other = Ask("@irc_carol:hs.test");
  EXPECT_THAT(client_.requests(), SizeIs(2));
  AnswerNext(200, R"({"profile":{"display_name":"Bob"}})");
  EXPECT_EQ(Await(first).profile.display_name, "Bob");
  EXPECT_EQ(Await(second).profile.display_name, "Bob");
  AnswerNext(404);
  EXPECT_EQ(Await(other).outcome, Outcome::kNotFound);
}

TEST_F(QueryEngineTest, ImpatientOneLeavesTheOthersWaiting) {
  Result patient = Ask("@irc_bob:hs.test");
  Result impatient = Ask("@irc_bob:hs.test", "", absl::Milliseconds(1));
  EXPECT_EQ(Await(impatient).outcome, Outcome::kTimedOut);
  AnswerNext(200, "{}");
  EXPECT_EQ(Await(patient).outcome, Outcome::kExistsCreate);
}

// The flight that an impatient one began goes on for the patient one.
TEST_F(QueryEngineTest, LeaderMayLeaveToo) {
  Result impatient = Ask("@irc_bob:hs.test", "", absl::Milliseconds(100));
  Result patient = Ask("@irc_bob:hs.test");
  EXPECT_EQ(Await(impatient).outcome, Outcome::kTimedOut);
  client_.Answer(absl::DeadlineExceededError("the leader's own time"));
  Run();
  EXPECT_THAT(client_.requests(), SizeIs(2));
  AnswerNext(200, "{}");
  EXPECT_EQ(Await(patient).outcome, Outcome::kExistsCreate);
}

// While it is asked about Bob, the application service acts as Bob. It must not
// wait for its own answer.
TEST_F(QueryEngineTest, AppserviceNeverWaitsForItself) {
  Result alice = Ask("@irc_bob:hs.test");
  Result nested = Ask("@irc_bob:hs.test", "1");
  Answer answer = Await(nested);
  EXPECT_EQ(answer.outcome, Outcome::kLookAgain);
  EXPECT_EQ(answer.appservice_uid, "1");
  EXPECT_THAT(client_.requests(), SizeIs(1));
  AnswerNext(200, "{}");
  EXPECT_EQ(Await(alice).outcome, Outcome::kExistsCreate);
}

// Alias query -> it joins as Bob -> user query: all open at once.
TEST_F(QueryEngineTest, QuestionsNest) {
  Result alias =
      Ask("#irc_x:hs.test", "", absl::Minutes(1), QuestionKind::kRoomAlias);
  Result bob = Ask("@irc_bob:hs.test", "1");
  EXPECT_THAT(client_.requests(), SizeIs(2));
  // The fake answers in the order of asking; what matters is that both wait.
  AnswerNext(200, "{}");
  EXPECT_EQ(Await(alias).outcome, Outcome::kLookAgain);
  AnswerNext(200, "{}");
  EXPECT_EQ(Await(bob).outcome, Outcome::kExistsCreate);
}

TEST_F(QueryEngineTest, KindsHaveRoomOfTheirOwn) {
  Result first =
      Ask("#irc_x:hs.test", "", absl::Minutes(1), QuestionKind::kRoomAlias);
  Result too_many =
      Ask("#irc_y:hs.test", "", absl::Minutes(1), QuestionKind::kRoomAlias);
  EXPECT_TRUE(absl::IsResourceExhausted(too_many.get().status()));
  Result user = Ask("@irc_bob:hs.test");
  AnswerNext(404);
  AnswerNext(404);
  EXPECT_EQ(Await(first).outcome, Outcome::kNotFound);
  EXPECT_EQ(Await(user).outcome, Outcome::kNotFound);
  Result next =
      Ask("#irc_y:hs.test", "", absl::Minutes(1), QuestionKind::kRoomAlias);
  AnswerNext(404);
  EXPECT_EQ(Await(next).outcome, Outcome::kNotFound);
}

TEST_F(QueryEngineTest, ANoIsRememberedForAMoment) {
  Result first = Ask("@irc_bob:hs.test");
  AnswerNext(404);
  EXPECT_EQ(Await(first).outcome, Outcome::kNotFound);
  Result second = Ask("@irc_bob:hs.test");
  EXPECT_EQ(Await(second).outcome, Outcome::kNotFound);
  EXPECT_THAT(client_.requests(), SizeIs(1));

  clock_.AdvanceTime(absl::Seconds(10));
  Result third = Ask("@irc_bob:hs.test");
  EXPECT_THAT(client_.requests(), SizeIs(2));
  AnswerNext(200, "{}");
  EXPECT_EQ(Await(third).outcome, Outcome::kExistsCreate);
}

// A profile may have changed.
TEST_F(QueryEngineTest, AYesIsNotRemembered) {
  Result first = Ask("@irc_bob:hs.test");
  AnswerNext(200, R"({"profile":{"display_name":"Bob"}})");
  EXPECT_EQ(Await(first).profile.display_name, "Bob");
  Result second = Ask("@irc_bob:hs.test");
  AnswerNext(200, R"({"profile":{"display_name":"Robert"}})");
  EXPECT_EQ(Await(second).profile.display_name, "Robert");
}

// Those that wait for one that hangs take no room from the others.
TEST_F(QueryEngineTest, OneAppserviceCannotTakeAllTheRoom) {
  Register("a", {{Kind::kUsers, "@a_.*", true}});
  Result first = Ask("@irc_bob:hs.test");
  Result second = Ask("@irc_carol:hs.test");
  Result third = Ask("@irc_dave:hs.test");
  Result too_many = Ask("@irc_eve:hs.test");
  EXPECT_TRUE(absl::IsResourceExhausted(too_many.get().status()));
  Result other = Ask("@a_bob:hs.test");
  EXPECT_THAT(client_.requests(), SizeIs(4));
  for (int i = 0; i < 4; ++i) AnswerNext(404);
  EXPECT_EQ(Await(other).outcome, Outcome::kNotFound);
  EXPECT_EQ(Await(third).outcome, Outcome::kNotFound);
}

TEST_F(QueryEngineTest, WhatIsOpenIsNotRemembered) {
  for (int http_status : {401, 200}) {
    SCOPED_TRACE(http_status);
    Result first = Ask("@irc_bob:hs.test");
    AnswerNext(http_status, R"({"errcode":"M_UNKNOWN"})");
    Await(first);
  }
  EXPECT_THAT(client_.requests(), SizeIs(2));
}

TEST_F(QueryEngineTest, ReRegisteredOneIsAskedAnew) {
  Result old = Ask("@irc_bob:hs.test");
  Register("irc", {{Kind::kUsers, "@irc_.*", true}});
  Result fresh = Ask("@irc_bob:hs.test");
  EXPECT_THAT(client_.requests(), SizeIs(2));
  AnswerNext(404);
  AnswerNext(200, "{}");
  EXPECT_EQ(Await(old).outcome, Outcome::kNotFound);
  EXPECT_EQ(Await(fresh).outcome, Outcome::kExistsCreate);
}

TEST_F(QueryEngineTest, ThoseThatShareAnIdAreAskedInTurn) {
  Register("a", {{Kind::kUsers, "@relay_.*", false}});
  Register("b", {{Kind::kUsers, "@relay_.*", false}});
  Result found = Ask("@relay_bob:hs.test");
  EXPECT_THAT(client_.requests(), SizeIs(1));
  AnswerNext(404);
  EXPECT_THAT(client_.requests(), SizeIs(2));
  AnswerNext(200, "{}");
  Answer answer = Await(found);
  EXPECT_EQ(answer.outcome, Outcome::kExistsCreate);
  EXPECT_EQ(answer.appservice_id, "b");
}

TEST_F(QueryEngineTest, OneThatHangsLeavesTheOthersTheirShareOfTheTime) {
  Register("a", {{Kind::kUsers, "@relay_.*", false}});
  Register("b", {{Kind::kUsers, "@relay_.*", false}});
  Result found = Ask("@relay_bob:hs.test", "", absl::Seconds(10));
  EXPECT_EQ(client_.requests().at(0).timeout, absl::Seconds(5));
  clock_.AdvanceTime(absl::Seconds(5));
  client_.Answer(absl::DeadlineExceededError("no answer"));
  Run();
  ASSERT_THAT(client_.requests(), SizeIs(2));
  EXPECT_EQ(client_.requests().at(1).timeout, absl::Seconds(5));
  AnswerNext(200, "{}");
  Answer answer = Await(found);
  EXPECT_EQ(answer.outcome, Outcome::kExistsCreate);
  EXPECT_EQ(answer.appservice_id, "b");
}

// One that didn't answer might have known: the question stays open.
TEST_F(QueryEngineTest, SilenceOfOneOutweighsTheNoOfAnother) {
  Register("a", {{Kind::kUsers, "@relay_.*", false}});
  Register("b", {{Kind::kUsers, "@relay_.*", false}});
  Result result = Ask("@relay_bob:hs.test");
  AnswerNext(401);
  AnswerNext(404);
  Answer answer = Await(result);
  EXPECT_EQ(answer.outcome, Outcome::kAppserviceUnavailable);
  EXPECT_EQ(answer.appservice_id, "a");
}

}  // namespace
}  // namespace causeway::query
