// The whole service but for its main: gRPC in front, the real HTTP client
// behind, and an application service that does as the test says.

#include "services/query_proxy/query_proxy_service.h"

#include <functional>
#include <memory>
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
#include "prometheus/registry.h"
#include "services/query_proxy/appservice_asker.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/pause.h"
#include "services/query_proxy/query_engine.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/appservice_client/scripted_http_server.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/testing/loopback_server.h"

namespace causeway::query {
namespace {

using appservice_client::ReceivedRequest;
using appservice_client::Reply;
using appservice_client::ScriptedReply;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Stub = v1::QueryProxy::StubInterface;
using Kind = registry_watch::RegistrySnapshot::Kind;

class QueryProxyServiceTest : public ::testing::Test {
 protected:
  ~QueryProxyServiceTest() override {
    server_.Stop();
    executor_.Drain();
  }

  void Register(appservice_client::Dialect dialect) {
    registry_watch::Registration registration;
    registration.id = "irc";
    registration.url = appservice_.url();
    registration.dialect = dialect;
    registration.namespaces = {
        {Kind::kUsers, "@irc\\.freenode\\.net/.*", true},
        {Kind::kAliases, "#irc\\.freenode\\.net/.*", true}};
    registration.hs_token_sealed = secret_box_.Seal("T_h", "1");
    registry_.Set(registry_watch::SnapshotBuilder("hsdomain.com")
                      .Revision(3)
                      .Add(registration)
                      .Build());
  }

  void SetAppservice(std::function<ScriptedReply(const ReceivedRequest&)> f) {
    absl::MutexLock lock(&mu_);
    handler_ = std::move(f);
  }

  absl::StatusOr<v1::QueryUserResponse> QueryUser(
      const std::string& user_id, absl::Duration patience = absl::Seconds(30),
      int64_t min_registry_revision = 0) {
    v1::QueryUserRequest request;
    request.set_user_id(user_id);
    request.set_min_registry_revision(min_registry_revision);
    return server::Call(server::MakeCallContext(patience), *stub_,
                        &Stub::QueryUser, request);
  }

  absl::StatusOr<v1::QueryRoomAliasResponse> QueryRoomAlias(
      const std::string& room_alias) {
    v1::QueryRoomAliasRequest request;
    request.set_room_alias(room_alias);
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *stub_,
                        &Stub::QueryRoomAlias, request);
  }

  absl::Mutex mu_;
  std::function<ScriptedReply(const ReceivedRequest&)> handler_
      ABSL_GUARDED_BY(mu_);
  appservice_client::ScriptedHttpServer appservice_{
      [this](const ReceivedRequest& request) {
        absl::MutexLock lock(&mu_);
        return handler_(request);
      }};
  const RealClock clock_{};
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  registry_watch::LatestSnapshot registry_;
  prometheus::Registry prometheus_;
  QueryMetrics metrics_{prometheus_};
  server::Executor executor_{{.threads = 2}};
  appservice_client::CurlAppserviceClient client_{{}, clock_};
  CircuitBreaker breaker_{{}, clock_};
  TimerPause pause_;
  AppserviceAsker asker_{{.tries = {.tries_max = 3,
                                    .try_timeout = absl::Seconds(10),
                                    .pause = absl::Milliseconds(2)}},
                         client_,
                         registry_,
                         secret_box_,
                         breaker_,
                         pause_,
                         clock_,
                         metrics_};
  QueryEngine engine_{{}, asker_, registry_, clock_, metrics_};
  QueryProxyService service_{{}, engine_, registry_, clock_, executor_};
  server::LoopbackServer server_{service_};
  const std::unique_ptr<Stub> stub_ =
      v1::QueryProxy::NewStub(server_.channel());
};

TEST_F(QueryProxyServiceTest, WalkthroughInTheDraftsDialect) {
  Register(appservice_client::Dialect::kDraft);
  SetAppservice([](const ReceivedRequest& request) {
    return request.request_line().find("/users/") != std::string::npos
               ? Reply(200, R"({"profile":{"display_name":"Bob"}})")
               : Reply(200, R"({"events":[{"type":"m.room.message",)"
                            R"("user_id":"@irc.freenode.net/Bob:hsdomain.com",)"
                            R"("origin_server_ts":1421416883133,)"
                            R"("content":{"body":"hello?"}}]})");
  });
  v1::QueryRoomAliasResponse room =
      QueryRoomAlias("#irc.freenode.net/#matrix:hsdomain.com").value();
  EXPECT_EQ(room.outcome(), v1::EXISTS_CREATE);
  EXPECT_EQ(room.appservice_id(), "irc");
  ASSERT_EQ(room.events_size(), 1);
  EXPECT_EQ(room.events(0).user_id(), "@irc.freenode.net/Bob:hsdomain.com");
  EXPECT_EQ(room.events(0).content_json(), R"({"body":"hello?"})");
  EXPECT_FALSE(room.events(0).has_state_key());

  v1::QueryUserResponse user =
      QueryUser("@irc.freenode.net/Bob:hsdomain.com").value();
  EXPECT_EQ(user.outcome(), v1::EXISTS_CREATE);
  EXPECT_EQ(user.display_name(), "Bob");

  auto requests = appservice_.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].request_line(),
            "GET /rooms/%23irc.freenode.net%2F%23matrix%3Ahsdomain.com"
            "?access_token=T_h HTTP/1.1");
  EXPECT_EQ(requests[1].request_line(),
            "GET /users/%40irc.freenode.net%2FBob%3Ahsdomain.com"
            "?access_token=T_h HTTP/1.1");
}

TEST_F(QueryProxyServiceTest, V1AnswerProvesNothing) {
  Register(appservice_client::Dialect::kV1);
  SetAppservice([](const ReceivedRequest&) { return Reply(200, "{}"); });
  EXPECT_EQ(QueryUser("@irc.freenode.net/Bob:hsdomain.com").value().outcome(),
            v1::LOOK_AGAIN);
  EXPECT_THAT(appservice_.requests()[0].request_line(),
              StartsWith("GET /_matrix/app/v1/users/"));
}

TEST_F(QueryProxyServiceTest, BrokenTwiceThenWell) {
  Register(appservice_client::Dialect::kDraft);
  SetAppservice([count = 0](const ReceivedRequest&) mutable {
    return ++count < 3 ? Reply(500, "{}") : Reply(200, "{}");
  });
  EXPECT_EQ(QueryUser("@irc.freenode.net/Bob:hsdomain.com").value().outcome(),
            v1::EXISTS_CREATE);
  EXPECT_THAT(appservice_.requests(), SizeIs(3));
}

TEST_F(QueryProxyServiceTest, HangingIsToldWithinTheCallersDeadline) {
  Register(appservice_client::Dialect::kDraft);
  SetAppservice([](const ReceivedRequest&) {
    return ScriptedReply{.bytes = "", .then = ScriptedReply::Then::kHang};
  });
  absl::StatusOr<v1::QueryUserResponse> response =
      QueryUser("@irc.freenode.net/Bob:hsdomain.com", absl::Seconds(1));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->outcome(), v1::TIMED_OUT);
}

TEST_F(QueryProxyServiceTest, RefusesWhatIsNoId) {
  Register(appservice_client::Dialect::kDraft);
  EXPECT_EQ(QueryUser("bob").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(QueryRoomAlias("#no-server").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(QueryProxyServiceTest, NotReadyBeforeTheFirstSnapshot) {
  EXPECT_EQ(QueryUser("@irc.freenode.net/Bob:hsdomain.com").status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(QueryProxyServiceTest, WaitsForTheRegistrysRevision) {
  Register(appservice_client::Dialect::kDraft);
  SetAppservice([](const ReceivedRequest&) { return Reply(404, "{}"); });
  EXPECT_EQ(
      QueryUser("@irc.freenode.net/Bob:hsdomain.com", absl::Seconds(30), 3)
          .value()
          .outcome(),
      v1::NOT_FOUND);
  // It doesn't come: told before the caller has gone.
  EXPECT_EQ(QueryUser("@irc.freenode.net/Bob:hsdomain.com", absl::Seconds(1), 4)
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(QueryProxyServiceTest, WhatIsToComeIsUnimplemented) {
  EXPECT_EQ(server::Call(server::MakeCallContext(absl::Seconds(30)), *stub_,
                         &Stub::Ping, v1::PingRequest())
                .status()
                .code(),
            absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace causeway::query
