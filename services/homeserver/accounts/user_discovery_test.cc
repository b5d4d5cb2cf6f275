#include "services/homeserver/accounts/user_discovery.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_user_querier.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/query_outcome.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = registry_watch::RegistrySnapshot::Kind;

matrix::UserId User(absl::string_view text) {
  return matrix::UserId::Parse(text).value();
}

class UserDiscoveryTest : public ::testing::Test {
 protected:
  UserDiscoveryTest() {
    registry_.Set(registry_watch::SnapshotBuilder("hs.test")
                      .Add({.id = "irc",
                            .sender_localpart = "ircbot",
                            .namespaces = {{Kind::kUsers, "@irc_.*", true}}})
                      .Build());
  }

  absl::Status Run(boost::asio::awaitable<absl::Status> coroutine) {
    boost::asio::io_context io;
    auto future = boost::asio::co_spawn(io, std::move(coroutine),
                                        boost::asio::use_future);
    io.run();
    return future.get();
  }

  absl::Status Ensure(const matrix::UserId& user_id) {
    return Run(discovery_.EnsureUserKnown(user_id, "", {}));
  }

  const matrix::UserId bob_ = User("@irc_bob:hs.test");
  FakeUserStore store_;
  FakeClock clock_;
  Accounts accounts_{store_, clock_};
  registry_watch::LatestSnapshot registry_;
  FakeUserQuerier querier_;
  UserDiscovery discovery_{accounts_, registry_, querier_,
                           matrix::ServerName::Parse("hs.test").value()};
};

TEST_F(UserDiscoveryTest, KnownUserIsNotAskedFor) {
  ASSERT_TRUE(accounts_.EnsureGhost(bob_, {}).ok());
  EXPECT_TRUE(Ensure(bob_).ok());
  EXPECT_THAT(querier_.queries(), IsEmpty());
}

TEST_F(UserDiscoveryTest, CreatesWithTheProfileOfTheAnswer) {
  querier_.set_answer(UserAnswer{
      .outcome = QueryOutcome::kCreate,
      .profile = {.display_name = "Bob", .avatar_url = std::nullopt}});
  EXPECT_TRUE(Ensure(bob_).ok());
  EXPECT_EQ(accounts_.GetProfile(bob_).value().display_name, "Bob");
}

TEST_F(UserDiscoveryTest, LooksAgainWhenTheAnswerProvesNothing) {
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kLookAgain, .profile = {}});
  absl::Status status = Ensure(bob_);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetErrcode(status), "M_NOT_FOUND");

  querier_.set_meanwhile(
      [&] { ASSERT_TRUE(accounts_.EnsureGhost(bob_, {}).ok()); });
  EXPECT_TRUE(Ensure(bob_).ok());
}

TEST_F(UserDiscoveryTest, NotFoundStaysUnknown) {
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNotFound, .profile = {}});
  EXPECT_EQ(GetErrcode(Ensure(bob_)), "M_NOT_FOUND");
  EXPECT_FALSE(accounts_.UserExists(bob_).value());
}

TEST_F(UserDiscoveryTest, NoAnswerIsA408) {
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNoAnswer, .profile = {}});
  absl::Status status = Ensure(bob_);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(GetErrcode(status), "M_CONNECTION_TIMEOUT");

  querier_.set_answer(absl::UnavailableError("query_proxy is away"));
  EXPECT_EQ(GetErrcode(Ensure(bob_)), "M_CONNECTION_TIMEOUT");
}

TEST_F(UserDiscoveryTest, TooManyQueriesAreTheClientsToRepeat) {
  querier_.set_answer(absl::ResourceExhaustedError("too many"));
  EXPECT_TRUE(absl::IsResourceExhausted(Ensure(bob_)));
}

TEST_F(UserDiscoveryTest, CreatedBeforeTheTimeoutCounts) {
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNoAnswer, .profile = {}});
  querier_.set_meanwhile(
      [&] { ASSERT_TRUE(accounts_.EnsureGhost(bob_, {}).ok()); });
  EXPECT_TRUE(Ensure(bob_).ok());
}

TEST_F(UserDiscoveryTest, NobodyIsAskedForUsersThatNobodyClaims) {
  EXPECT_EQ(GetErrcode(Ensure(User("@alice:hs.test"))), "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(Ensure(User("@irc_bob:else.test"))), "M_NOT_FOUND");
  EXPECT_THAT(querier_.queries(), IsEmpty());
}

TEST_F(UserDiscoveryTest, SenderExistsWithoutRegistrationOrQuery) {
  EXPECT_TRUE(Ensure(User("@ircbot:hs.test")).ok());
  EXPECT_TRUE(accounts_.UserExists(User("@ircbot:hs.test")).value());
  EXPECT_THAT(querier_.queries(), IsEmpty());
}

TEST_F(UserDiscoveryTest, AsksNobodyWhenToldNotTo) {
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kCreate, .profile = {}});
  EXPECT_EQ(GetErrcode(discovery_.EnsureUserKnownHere(bob_)), "M_NOT_FOUND");
  EXPECT_TRUE(discovery_.EnsureUserKnownHere(User("@ircbot:hs.test")).ok());
  ASSERT_TRUE(accounts_.EnsureGhost(bob_, {}).ok());
  EXPECT_TRUE(discovery_.EnsureUserKnownHere(bob_).ok());
  EXPECT_THAT(querier_.queries(), IsEmpty());
}

TEST_F(UserDiscoveryTest, UnknownActorIsAskedForAndRefusedIfItStaysUnknown) {
  ActingUser actor{.user_id = bob_,
                   .device_id = "",
                   .may_massage_timestamps = true,
                   .appservice_uid = "1",
                   .is_own_user = true,
                   .txn_scope = ""};
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNotFound, .profile = {}});
  absl::Status status = Run(discovery_.EnsureActorKnown(actor, {}));
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");

  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kCreate, .profile = {}});
  EXPECT_TRUE(Run(discovery_.EnsureActorKnown(actor, {})).ok());
  // The causer is named, so that it isn't made to wait for itself.
  EXPECT_THAT(querier_.queries(),
              ElementsAre(FakeUserQuerier::Query{bob_.str(), "1"},
                          FakeUserQuerier::Query{bob_.str(), "1"}));
}

TEST_F(UserDiscoveryTest, PersonWhoActsIsNotLookedUp) {
  ActingUser actor{.user_id = User("@alice:hs.test"),
                   .device_id = "D",
                   .may_massage_timestamps = false,
                   .appservice_uid = "",
                   .is_own_user = false,
                   .txn_scope = ""};
  store_.FailWith(absl::UnavailableError("database"));
  EXPECT_TRUE(Run(discovery_.EnsureActorKnown(actor, {})).ok());
}

// Nobody knows then whether there is somebody to ask.
TEST_F(UserDiscoveryTest, RegistryThatWasNotHeardOfYetIsUnavailable) {
  const registry_watch::LatestSnapshot nothing;
  UserDiscovery discovery(accounts_, nothing, querier_,
                          matrix::ServerName::Parse("hs.test").value());
  EXPECT_TRUE(
      absl::IsUnavailable(Run(discovery.EnsureUserKnown(bob_, "", {}))));
  ASSERT_TRUE(accounts_.EnsureGhost(bob_, {}).ok());
  EXPECT_TRUE(Run(discovery.EnsureUserKnown(bob_, "", {})).ok());
}

TEST_F(UserDiscoveryTest, StoreThatIsAwayIsUnavailable) {
  store_.FailWith(absl::UnavailableError("database"));
  EXPECT_EQ(Ensure(bob_).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace causeway::homeserver
