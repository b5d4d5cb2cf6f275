#include "services/homeserver/accounts/grpc_user_querier.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/user_querier.h"
#include "services/homeserver/query_outcome.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/testing/loopback_server.h"

namespace causeway::homeserver {
namespace {

namespace pb = causeway::query::v1;

using ::testing::AnyOf;

// Answers what it is told to, after so many times "I am away".
class ScriptedQueryProxy final : public pb::QueryProxy::Service {
 public:
  grpc::Status QueryUser(grpc::ServerContext*,
                         const pb::QueryUserRequest* request,
                         pb::QueryUserResponse* response) override {
    absl::MutexLock lock(&mu_);
    last_request_ = *request;
    ++request_count_;
    if (away_count_ > 0) {
      --away_count_;
      return {grpc::StatusCode::UNAVAILABLE, "away"};
    }
    if (is_full_) return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many"};
    *response = answer_;
    return grpc::Status::OK;
  }

  void Answer(pb::Outcome outcome, std::optional<std::string> display_name) {
    absl::MutexLock lock(&mu_);
    answer_.set_outcome(outcome);
    if (display_name) answer_.set_display_name(*std::move(display_name));
  }
  void BeAway(int count) {
    absl::MutexLock lock(&mu_);
    away_count_ = count;
  }
  void BeFull() {
    absl::MutexLock lock(&mu_);
    is_full_ = true;
  }
  int request_count() const {
    absl::MutexLock lock(&mu_);
    return request_count_;
  }
  pb::QueryUserRequest last_request() const {
    absl::MutexLock lock(&mu_);
    return last_request_;
  }

 private:
  mutable absl::Mutex mu_;
  pb::QueryUserRequest last_request_ ABSL_GUARDED_BY(mu_);
  pb::QueryUserResponse answer_ ABSL_GUARDED_BY(mu_);
  int away_count_ ABSL_GUARDED_BY(mu_) = 0;
  bool is_full_ ABSL_GUARDED_BY(mu_) = false;
  int request_count_ ABSL_GUARDED_BY(mu_) = 0;
};

class GrpcUserQuerierTest : public ::testing::Test {
 protected:
  GrpcUserQuerierTest() {
    registry_.Set(
        registry_watch::SnapshotBuilder("hs.test").Revision(5).Build());
  }

  absl::StatusOr<UserAnswer> Query(absl::Duration patience) {
    boost::asio::io_context io;
    auto result = boost::asio::co_spawn(
        io,
        querier_.QueryUser(matrix::UserId::Parse("@irc_bob:hs.test").value(),
                           "7", server::MakeCallContext(patience)),
        boost::asio::use_future);
    io.run();
    return result.get();
  }

  absl::StatusOr<UserAnswer> Query() { return Query(absl::Seconds(30)); }

  const RealClock clock_;
  registry_watch::LatestSnapshot registry_;
  ScriptedQueryProxy proxy_;
  server::LoopbackServer server_{proxy_};
  const std::unique_ptr<pb::QueryProxy::StubInterface> stub_ =
      pb::QueryProxy::NewStub(server_.channel());
  GrpcUserQuerier querier_{*stub_, registry_, absl::Seconds(4), clock_};
};

TEST_F(GrpcUserQuerierTest, TellsWhoAsksAndByWhichRevision) {
  proxy_.Answer(pb::EXISTS_CREATE, "Bob");
  UserAnswer answer = Query().value();
  EXPECT_EQ(answer.outcome, QueryOutcome::kCreate);
  EXPECT_EQ(answer.profile.display_name, "Bob");
  EXPECT_FALSE(answer.profile.avatar_url.has_value());
  EXPECT_EQ(proxy_.last_request().user_id(), "@irc_bob:hs.test");
  EXPECT_EQ(proxy_.last_request().caused_by_appservice_uid(), "7");
  EXPECT_EQ(proxy_.last_request().min_registry_revision(), 5);
}

TEST_F(GrpcUserQuerierTest, EveryOutcomeHasItsMeaning) {
  const struct {
    pb::Outcome from;
    QueryOutcome to;
  } kCases[] = {
      {pb::NOBODY_TO_ASK, QueryOutcome::kNotFound},
      {pb::EXISTS_CREATE, QueryOutcome::kCreate},
      {pb::LOOK_AGAIN, QueryOutcome::kLookAgain},
      {pb::NOT_FOUND, QueryOutcome::kNotFound},
      {pb::TIMED_OUT, QueryOutcome::kNoAnswer},
      {pb::APPSERVICE_UNAVAILABLE, QueryOutcome::kNoAnswer},
      {static_cast<pb::Outcome>(99), QueryOutcome::kNoAnswer},
  };
  for (const auto& [from, to] : kCases) {
    SCOPED_TRACE(from);
    proxy_.Answer(from, std::nullopt);
    EXPECT_EQ(Query().value().outcome, to);
  }
}

TEST_F(GrpcUserQuerierTest, RestartOfQueryProxyGoesUnnoticed) {
  proxy_.BeAway(2);
  proxy_.Answer(pb::NOT_FOUND, std::nullopt);
  EXPECT_EQ(Query().value().outcome, QueryOutcome::kNotFound);
}

// Who has too much to do isn't asked the same over and over.
TEST_F(GrpcUserQuerierTest, RefusalForWantOfRoomIsTheAnswer) {
  proxy_.BeFull();
  EXPECT_TRUE(absl::IsResourceExhausted(Query().status()));
  EXPECT_EQ(proxy_.request_count(), 1);
}

// The deadline may also come while it is asked once more.
auto IsGivenUp() {
  return AnyOf(absl::StatusCode::kUnavailable,
               absl::StatusCode::kDeadlineExceeded);
}

TEST_F(GrpcUserQuerierTest, AwayForTooLongIsGivenUpInTime) {
  proxy_.BeAway(1000000);
  EXPECT_THAT(Query(absl::Milliseconds(700)).status().code(), IsGivenUp());
}

// Goal: who waits for long, as a sync does, isn't asked for as long. Method:
// query_proxy comes back after the deadline and long before the caller gives
// up.
TEST_F(GrpcUserQuerierTest, DeadlineBoundsWhoWaitsLonger) {
  proxy_.BeAway(60);
  EXPECT_THAT(Query(absl::Minutes(5)).status().code(), IsGivenUp());
}

}  // namespace
}  // namespace causeway::homeserver
