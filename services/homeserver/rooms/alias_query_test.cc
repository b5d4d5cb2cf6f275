// Aliases that only an application service knows: what is asked, what is made
// of the answer, and that nothing is held while it is waited for.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/accounts/postgres_user_store.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/query_outcome.h"
#include "services/homeserver/rooms/alias_querier.h"
#include "services/homeserver/rooms/draft_room.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/history_sql.h"
#include "services/homeserver/rooms/postgres_published_rooms.h"
#include "services/homeserver/rooms/postgres_room_history.h"
#include "services/homeserver/rooms/postgres_room_store.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/rooms/test_homeserver.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/json.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Stub = TestHomeserver::Stub;

constexpr char kAlice[] = "@alice:hsdomain.com";
constexpr char kBob[] = "@irc.freenode.net/Bob:hsdomain.com";
constexpr char kAlias[] = "#irc.freenode.net/#matrix:hsdomain.com";
constexpr char kRoomId[] = "!irc.freenode.net/#matrix:hsdomain.com";
constexpr int64_t kHelloTime = 1421416883133;
constexpr int64_t kWhatsUpTime = 1421418084816;

DraftAnswerEvent Answered(const std::string& sender, const std::string& type,
                          std::optional<std::string> state_key,
                          const std::string& content) {
  return {.type = type,
          .state_key = std::move(state_key),
          .sender = User(sender),
          .content_json = content,
          .origin_server_ts = kHelloTime};
}

// The answer of the draft's example.
AliasAnswer WalkthroughAnswer() {
  return {.outcome = QueryOutcome::kCreate,
          .appservice_uid = "1",
          .room = {
              .state = {Answered(kBob, kNameType, "", R"({"name":"#matrix"})")},
              .events = {Answered(kBob, "m.room.message", std::nullopt,
                                  R"({"body":"hello?"})")}}};
}

AliasAnswer Outcome(QueryOutcome outcome) {
  return {.outcome = outcome, .appservice_uid = "1", .room = {}};
}

UserAnswer BobExists() {
  return {.outcome = QueryOutcome::kCreate,
          .profile = {.display_name = "Bob", .avatar_url = std::nullopt}};
}

// Calls of clients, by their names in the client-server API.
class Client {
 public:
  Client(TestHomeserver& server, v1::Principal principal)
      : server_(server), principal_(std::move(principal)) {}

  absl::StatusOr<std::string> Join(const std::string& room_id_or_alias) {
    v1::JoinRoomRequest request;
    *request.mutable_principal() = principal_;
    request.set_room_id_or_alias(room_id_or_alias);
    auto response = server_.Call(&Stub::JoinRoom, request);
    if (!response.ok()) return response.status();
    return response->room_id();
  }

  absl::StatusOr<std::string> Send(const std::string& room_id,
                                   const std::string& body, int64_t ts = 0) {
    v1::SendEventRequest request;
    *request.mutable_principal() = principal_;
    request.set_room_id(room_id);
    request.set_type("m.room.message");
    request.set_content_json(R"({"body":")" + body + R"("})");
    request.set_origin_server_ts(ts);
    auto response = server_.Call(&Stub::SendEvent, request);
    if (!response.ok()) return response.status();
    return response->event_id();
  }

  absl::StatusOr<std::string> CreateRoom(const std::string& alias_name) {
    v1::CreateRoomRequest request;
    *request.mutable_principal() = principal_;
    request.set_room_alias_name(alias_name);
    request.set_preset(v1::CreateRoomRequest::PUBLIC_CHAT);
    auto response = server_.Call(&Stub::CreateRoom, request);
    if (!response.ok()) return response.status();
    return response->room_id();
  }

  // The timeline of the one room that a sync shows.
  std::vector<std::string> Timeline(const std::string& since = "") {
    v1::SyncRequest request;
    *request.mutable_principal() = principal_;
    request.set_since(since);
    request.set_timeout_ms(10000);
    v1::SyncResponse response = server_.Call(&Stub::Sync, request).value();
    next_batch_ = response.next_batch();
    if (response.joined_size() != 1) return {};
    return {response.joined(0).timeline_event_jsons().begin(),
            response.joined(0).timeline_event_jsons().end()};
  }
  const std::string& next_batch() const { return next_batch_; }

 private:
  TestHomeserver& server_;
  const v1::Principal principal_;
  std::string next_batch_;
};

class AliasQueryTest : public ::testing::Test {
 protected:
  AliasQueryTest() {
    EXPECT_TRUE(server_.accounts.EnsureGhost(User(kAlice), {}).ok());
    server_.user_querier.set_answer(BobExists());
  }

  FakeUserStore users_;
  FakeRoomStore rooms_;
  TestHomeserver server_{users_, rooms_, rooms_, rooms_};
  Client alice_{server_, PersonPrincipal(kAlice)};
  Client bob_{server_, AppservicePrincipal(kBob)};
};

// The draft's example, from alice's join to Bob's answer.
TEST_F(AliasQueryTest, Walkthrough) {
  server_.alias_querier.set_answer(WalkthroughAnswer());
  // The alias was asked about before the user.
  server_.user_querier.set_meanwhile([&] {
    EXPECT_THAT(server_.alias_querier.queries(), ElementsAre(kAlias));
    EXPECT_EQ(rooms_.LastPosition().value(), 0);  // Nothing half made.
  });
  ASSERT_EQ(alice_.Join(kAlias).value(), kRoomId);
  ASSERT_THAT(server_.user_querier.queries(), SizeIs(1));
  EXPECT_EQ(server_.user_querier.queries()[0].user_id, kBob);

  std::vector<std::string> timeline = alice_.Timeline();
  ASSERT_THAT(timeline, SizeIs(11));
  EXPECT_THAT(timeline[8], HasSubstr(R"("displayname":"Bob")"));
  EXPECT_THAT(timeline[9], HasSubstr(R"("body":"hello?")"));
  EXPECT_THAT(timeline[9], HasSubstr(R"("origin_server_ts":1421416883133)"));
  EXPECT_THAT(timeline[10], HasSubstr(kAlice));

  ASSERT_TRUE(alice_.Send(kRoomId, "hi!").ok());
  ASSERT_TRUE(bob_.Send(kRoomId, "what's up?", kWhatsUpTime).ok());
  timeline = alice_.Timeline(alice_.next_batch());
  ASSERT_THAT(timeline, SizeIs(2));
  EXPECT_EQ(BodyOf(timeline[0]), "hi!");
  EXPECT_THAT(timeline[1], HasSubstr(kBob));
  EXPECT_THAT(timeline[1], HasSubstr(R"("origin_server_ts":1421418084816)"));
  EXPECT_THAT(server_.alias_querier.queries(), SizeIs(1));
  EXPECT_THAT(server_.user_querier.queries(), SizeIs(1));
}

TEST_F(AliasQueryTest, PeopleWhoJoinAtOnceMakeOneQuestion) {
  server_.alias_querier.set_answer(WalkthroughAnswer());
  Client carol(server_, PersonPrincipal("@carol:hsdomain.com"));
  std::thread at_once;
  server_.user_querier.set_meanwhile([&] {
    at_once =
        std::thread([&] { EXPECT_EQ(carol.Join(kAlias).value(), kRoomId); });
  });
  EXPECT_EQ(alice_.Join(kAlias).value(), kRoomId);
  at_once.join();
  EXPECT_THAT(server_.alias_querier.queries(), SizeIs(1));
  EXPECT_THAT(server_.user_querier.queries(), SizeIs(1));
  int hellos = 0;
  const std::vector<std::string> timeline = alice_.Timeline();
  for (const std::string& json : timeline) {
    if (BodyOf(json) == "hello?") ++hellos;
  }
  EXPECT_EQ(hellos, 1);
}

TEST_F(AliasQueryTest, ThatNobodyAnswersIsToldToAllWhoWait) {
  Client carol(server_, PersonPrincipal("@carol:hsdomain.com"));
  std::thread at_once;
  server_.alias_querier.set_answer(Outcome(QueryOutcome::kNoAnswer));
  server_.alias_querier.set_meanwhile([&]() -> boost::asio::awaitable<void> {
    at_once = std::thread([&] {
      EXPECT_EQ(GetErrcode(carol.Join(kAlias).status()),
                "M_CONNECTION_TIMEOUT");
    });
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor,
                                    std::chrono::seconds(1));
    co_await pause.async_wait(boost::asio::use_awaitable);
  });
  EXPECT_EQ(GetErrcode(alice_.Join(kAlias).status()), "M_CONNECTION_TIMEOUT");
  at_once.join();
  EXPECT_THAT(server_.alias_querier.queries(), SizeIs(1));
}

TEST_F(AliasQueryTest, AliasThatWasDeletedFindsItsRoomAgain) {
  server_.alias_querier.set_answer(WalkthroughAnswer());
  ASSERT_TRUE(alice_.Join(kAlias).ok());
  v1::DeleteAliasRequest request;
  *request.mutable_principal() = AppservicePrincipal();
  request.set_room_alias(kAlias);
  ASSERT_TRUE(server_.Call(&Stub::DeleteAlias, request).ok());
  const int64_t before = rooms_.LastPosition().value();
  EXPECT_EQ(alice_.Join(kAlias).value(), kRoomId);
  EXPECT_EQ(rooms_.LastPosition().value(), before + 1);  // The alias alone.
}

TEST_F(AliasQueryTest, TwoHundredProvesNothing) {
  server_.alias_querier.set_answer(Outcome(QueryOutcome::kLookAgain));
  EXPECT_EQ(GetErrcode(alice_.Join(kAlias).status()), "M_NOT_FOUND");
}

TEST_F(AliasQueryTest, WhatDoesNotExistIsNotFound) {
  server_.alias_querier.set_answer(Outcome(QueryOutcome::kNotFound));
  EXPECT_EQ(GetErrcode(alice_.Join(kAlias).status()), "M_NOT_FOUND");
}

TEST_F(AliasQueryTest, NobodyIsAskedOutsideNamespaces) {
  for (const char* alias : {"#other:hsdomain.com", "#irc.freenode.net/x:b"}) {
    EXPECT_EQ(GetErrcode(alice_.Join(alias).status()), "M_NOT_FOUND");
  }
  EXPECT_THAT(server_.alias_querier.queries(), IsEmpty());
}

TEST_F(AliasQueryTest, NoAnswerIsARequestTimeout) {
  server_.alias_querier.set_answer(Outcome(QueryOutcome::kNoAnswer));
  EXPECT_EQ(GetErrcode(alice_.Join(kAlias).status()), "M_CONNECTION_TIMEOUT");
  server_.alias_querier.set_answer(
      absl::UnavailableError("query_proxy is away"));
  EXPECT_EQ(GetErrcode(alice_.Join(kAlias).status()), "M_CONNECTION_TIMEOUT");
}

TEST_F(AliasQueryTest, TooManyQueriesAreTheClientsToRepeat) {
  server_.alias_querier.set_answer(absl::ResourceExhaustedError("too many"));
  EXPECT_TRUE(absl::IsResourceExhausted(alice_.Join(kAlias).status()));
}

TEST_F(AliasQueryTest, NothingIsMadeWhileASenderIsInDoubt) {
  server_.alias_querier.set_answer(WalkthroughAnswer());
  server_.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNoAnswer, .profile = {}});
  EXPECT_EQ(GetErrcode(alice_.Join(kAlias).status()), "M_CONNECTION_TIMEOUT");
  EXPECT_EQ(rooms_.LastPosition().value(), 0);
  server_.user_querier.set_answer(BobExists());
  EXPECT_EQ(alice_.Join(kAlias).value(), kRoomId);
}

TEST_F(AliasQueryTest, NobodyIsSpokenForByWhoMayNot) {
  ASSERT_TRUE(
      server_.accounts.EnsureGhost(User("@carol:hsdomain.com"), {}).ok());
  AliasAnswer answer = WalkthroughAnswer();
  answer.room.events.push_back(Answered("@carol:hsdomain.com", "m.room.message",
                                        std::nullopt, R"({"body":"forged"})"));
  answer.room.state.push_back(Answered(kBob, kMemberType, "@carol:hsdomain.com",
                                       R"({"membership":"join"})"));
  server_.alias_querier.set_answer(answer);
  ASSERT_TRUE(alice_.Join(kAlias).ok());
  for (const std::string& json : alice_.Timeline()) {
    EXPECT_THAT(json, ::testing::Not(HasSubstr("@carol")));
  }
}

TEST_F(AliasQueryTest, SenderThatStaysUnknownIsLeftOut) {
  server_.alias_querier.set_answer(WalkthroughAnswer());
  server_.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNotFound, .profile = {}});
  EXPECT_EQ(alice_.Join(kAlias).value(), kRoomId);
  for (const std::string& json : alice_.Timeline()) {
    EXPECT_THAT(json, ::testing::Not(HasSubstr(R"("Bob")")));
  }
}

TEST_F(AliasQueryTest, LookUpAsksAsAJoinDoes) {
  server_.alias_querier.set_answer(WalkthroughAnswer());
  v1::ResolveAliasRequest request;
  request.set_room_alias(kAlias);
  EXPECT_EQ(server_.Call(&Stub::ResolveAlias, request)->room_id(), kRoomId);
  EXPECT_EQ(server_.Call(&Stub::ResolveAlias, request)->room_id(), kRoomId);
  EXPECT_THAT(server_.alias_querier.queries(), SizeIs(1));
}

// Goal: whoever waits for an application service holds neither a thread nor a
// database connection. Method: one of each, and an application service that,
// while it is asked about the alias, makes the room over the client-server API
// and lets an unknown ghost join, about which it is asked in turn.
TEST(AliasQueryNestingTest, NestedQueriesNeedOneThreadAndOneConnection) {
  postgres::TestCluster cluster;
  const std::string conninfo = cluster.NewDatabase("homeserver");
  ASSERT_EQ(postgres::Migrate(conninfo, "homeserver", Migrations()),
            absl::OkStatus());
  std::vector<postgres::PreparedStatement> statements = room_sql::Statements();
  for (const auto& more :
       {history_sql::Statements(), PostgresUserStore::Statements()}) {
    statements.insert(statements.end(), more.begin(), more.end());
  }
  postgres::Pool pool({.conninfo = conninfo,
                       .connections_max = 1,
                       .statements = std::move(statements)});
  const RealClock clock;
  PostgresUserStore users(pool, clock);
  PostgresRoomStore rooms(pool, [] {});
  PostgresRoomHistory history(pool);
  PostgresPublishedRooms published(pool);
  TestHomeserver server(users, rooms, history, published);
  ASSERT_TRUE(server.accounts.EnsureGhost(User(kAlice), {}).ok());
  Client alice(server, PersonPrincipal(kAlice));
  Client maker(server, AppservicePrincipal());
  Client bob(server, AppservicePrincipal(kBob));

  std::string made;
  boost::asio::thread_pool appservice(1);
  server.alias_querier.set_answer(Outcome(QueryOutcome::kLookAgain));
  server.alias_querier.set_meanwhile([&]() -> boost::asio::awaitable<void> {
    auto act = [&]() -> boost::asio::awaitable<void> {
      made = maker.CreateRoom("irc.freenode.net/#matrix").value();
      EXPECT_EQ(bob.Join(kAlias).value(), made);
      EXPECT_TRUE(bob.Send(made, "hello?", kHelloTime).ok());
      co_return;
    };
    co_await boost::asio::co_spawn(appservice, act(),
                                   boost::asio::use_awaitable);
  });
  server.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kLookAgain, .profile = {}});
  server.user_querier.set_meanwhile(
      [&] { EXPECT_TRUE(server.accounts.EnsureGhost(User(kBob), {}).ok()); });

  EXPECT_EQ(alice.Join(kAlias).value(), made);
  std::vector<std::string> timeline = alice.Timeline();
  ASSERT_FALSE(timeline.empty());
  EXPECT_EQ(BodyOf(timeline[timeline.size() - 2]), "hello?");
}

}  // namespace
}  // namespace causeway::homeserver
