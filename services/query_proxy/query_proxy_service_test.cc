// The whole service but for its main: gRPC in front, the real HTTP client
// behind, and an application service that does as the test says.

#include "services/query_proxy/query_proxy_service.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "services/query_proxy/appservice_asker.h"
#include "services/query_proxy/appservice_examiner.h"
#include "services/query_proxy/appservice_pinger.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/fan_out.h"
#include "services/query_proxy/pause.h"
#include "services/query_proxy/query_engine.h"
#include "services/query_proxy/query_metrics.h"
#include "services/query_proxy/third_party_look_up.h"
#include "services/query_proxy/uri_look_up.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/appservice_client/scripted_http_server.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/request_maker.h"
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
using ::testing::ElementsAre;
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
    registration.protocols = {"irc"};
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

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const Request& request) {
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *stub_,
                        method, request);
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
  const registry_watch::RequestMaker requests_{secret_box_, clock_};
  AppserviceAsker asker_{{.tries = {.tries_max = 3,
                                    .try_timeout = absl::Seconds(10),
                                    .pause = absl::Milliseconds(2)}},
                         client_,
                         registry_,
                         requests_,
                         breaker_,
                         pause_,
                         clock_,
                         metrics_};
  QueryEngine engine_{{}, asker_, registry_, clock_, metrics_};
  AppserviceExaminer examiner_{{}, client_, registry_, requests_, clock_};
  AppservicePinger pinger_{{},       client_, registry_, requests_,
                           breaker_, clock_,  metrics_};
  FanOut fan_out_{{}, client_, requests_, breaker_, clock_, metrics_};
  ThirdPartyLookUp third_party_{{}, fan_out_, registry_, clock_, metrics_};
  UriLookUp uris_{fan_out_, registry_, clock_, metrics_};
  QueryProxyService service_{{},
                             {.engine = engine_,
                              .pinger = pinger_,
                              .third_party = third_party_,
                              .uris = uris_,
                              .examiner = examiner_},
                             registry_,
                             clock_,
                             executor_};
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

TEST_F(QueryProxyServiceTest, Pings) {
  Register(appservice_client::Dialect::kV1);
  SetAppservice([](const ReceivedRequest&) { return Reply(200, "{}"); });
  v1::PingRequest request;
  request.set_appservice_id("irc");
  request.set_transaction_id("t");
  const v1::PingResponse answered = Call(&Stub::Ping, request).value();
  EXPECT_EQ(answered.result(), v1::PingResponse::ANSWERED);
  EXPECT_EQ(answered.http_status(), 200);
  EXPECT_EQ(answered.appservice_uid(), "1");
  EXPECT_EQ(appservice_.requests()[0].body, R"({"transaction_id":"t"})");

  SetAppservice([](const ReceivedRequest&) { return Reply(418, "teapot"); });
  const v1::PingResponse refused = Call(&Stub::Ping, request).value();
  EXPECT_EQ(refused.result(), v1::PingResponse::BAD_STATUS);
  EXPECT_EQ(refused.http_status(), 418);
  EXPECT_EQ(refused.body(), "teapot");

  request.set_transaction_id(std::string(256, 't'));
  EXPECT_EQ(Call(&Stub::Ping, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(QueryProxyServiceTest, DiagnosesStepByStep) {
  using Response = v1::DiagnoseResponse;
  Register(appservice_client::Dialect::kV1);
  SetAppservice([](const ReceivedRequest&) { return Reply(403, "{}"); });
  v1::DiagnoseRequest request;
  request.set_appservice_id("irc");
  const Response response = Call(&Stub::Diagnose, request).value();
  std::vector<int> steps;
  for (const Response::Finding& finding : response.findings()) {
    steps.push_back(finding.step());
    if (finding.step() != Response::TOKEN) continue;
    EXPECT_EQ(finding.verdict(), Response::ILL);
    EXPECT_EQ(finding.detail(), "HTTP 403");
  }
  EXPECT_THAT(steps, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_F(QueryProxyServiceTest, LooksUpThirdPartyNetworks) {
  Register(appservice_client::Dialect::kV1);
  SetAppservice([](const ReceivedRequest& request) {
    return request.request_line().find("/protocol/") != std::string::npos
               ? Reply(200, R"({"instances":[]})")
               : Reply(200, R"([{"userid":"@a:d","protocol":"irc",)"
                            R"("fields":{}}])");
  });
  v1::LookUpThirdPartyRequest request;
  request.set_kind(v1::LookUpThirdPartyRequest::PROTOCOL);
  EXPECT_EQ(Call(&Stub::LookUpThirdParty, request).value().json(),
            R"({"irc":{"instances":[]}})");
  request.set_protocol("irc");
  EXPECT_EQ(Call(&Stub::LookUpThirdParty, request).value().json(),
            R"({"instances":[]})");
  request.set_kind(v1::LookUpThirdPartyRequest::USER);
  (*request.mutable_fields())["nick"] = "b";
  (*request.mutable_fields())["channel"] = "#a";
  EXPECT_EQ(Call(&Stub::LookUpThirdParty, request).value().json(),
            R"([{"fields":{},"protocol":"irc","userid":"@a:d"}])");
  EXPECT_EQ(appservice_.requests().back().request_line(),
            "GET /_matrix/app/v1/thirdparty/user/irc?channel=%23a&nick=b "
            "HTTP/1.1");
  request.set_protocol("xmpp");
  EXPECT_EQ(Call(&Stub::LookUpThirdParty, request).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(QueryProxyServiceTest, RefusesLookUpsOutOfBounds) {
  Register(appservice_client::Dialect::kV1);
  using Request = v1::LookUpThirdPartyRequest;
  const auto refused = [this](const Request& request) {
    return absl::IsInvalidArgument(
        Call(&Stub::LookUpThirdParty, request).status());
  };
  Request request;
  request.set_protocol("irc");
  EXPECT_TRUE(refused(request));  // No kind.
  request.set_kind(Request::USER);
  EXPECT_FALSE(refused(request));
  request.set_protocol(std::string(256, 'x'));
  EXPECT_TRUE(refused(request));
  request.set_protocol("irc");
  (*request.mutable_fields())["a"] = std::string(8192, 'x');
  EXPECT_TRUE(refused(request));
  request.clear_fields();
  for (int i = 0; i <= 100; ++i) {
    (*request.mutable_fields())[std::to_string(i)] = "";
  }
  EXPECT_TRUE(refused(request));
  request.Clear();
  request.set_kind(Request::USER);
  request.set_matrix_id("#an:alias");
  EXPECT_TRUE(refused(request));
  request.set_kind(Request::LOCATION);
  EXPECT_FALSE(refused(request));
}

TEST_F(QueryProxyServiceTest, LooksUpUris) {
  Register(appservice_client::Dialect::kV1);
  SetAppservice([](const ReceivedRequest&) {
    return Reply(200, R"({"user_id":"@irc.freenode.net/Bob:hsdomain.com"})");
  });
  v1::LookUpUriRequest request;
  request.set_uri("irc://irc.freenode.net/Bob,isuser");
  EXPECT_EQ(Call(&Stub::LookUpUri, request).status().code(),
            absl::StatusCode::kInvalidArgument);  // No kind.
  request.set_kind(v1::LookUpUriRequest::USER);
  EXPECT_EQ(Call(&Stub::LookUpUri, request).value().matrix_id(),
            "@irc.freenode.net/Bob:hsdomain.com");
}

// One that hangs costs another nothing: it is answered while all the room of
// the first one is taken.
TEST_F(QueryProxyServiceTest, OneThatHangsDelaysNobodyElse) {
  appservice_client::ScriptedHttpServer hanging([](const ReceivedRequest&) {
    return ScriptedReply{.bytes = "", .then = ScriptedReply::Then::kHang};
  });
  SetAppservice([](const ReceivedRequest&) { return Reply(200, "{}"); });
  registry_watch::SnapshotBuilder builder("hsdomain.com");
  for (const char* id : {"hanging", "well"}) {
    registry_watch::Registration registration;
    registration.id = id;
    registration.url =
        id == std::string("well") ? appservice_.url() : hanging.url();
    registration.namespaces = {
        {Kind::kUsers, absl::StrCat("@", id, "_.*"), true}};
    registration.hs_token_sealed =
        secret_box_.Seal("T_h", id == std::string("well") ? "2" : "1");
    builder.Add(registration);
  }
  registry_.Set(builder.Build());

  // More than may wait for one; the rest is refused.
  constexpr int kHangingCount = 1200;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<v1::QueryUserRequest> requests(kHangingCount);
  std::vector<v1::QueryUserResponse> responses(kHangingCount);
  absl::BlockingCounter left(kHangingCount);
  absl::BlockingCounter refused_left(200);
  std::atomic<int> refused_count = 0;
  for (int i = 0; i < kHangingCount; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    requests[i].set_user_id(absl::StrCat("@hanging_", i, ":hsdomain.com"));
    stub_->async()->QueryUser(
        contexts[i].get(), &requests[i], &responses[i],
        [&](const grpc::Status& status) {
          if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
              ++refused_count <= 200) {
            refused_left.DecrementCount();
          }
          left.DecrementCount();
        });
  }
  refused_left.Wait();
  EXPECT_EQ(QueryUser("@well_bob:hsdomain.com").value().outcome(),
            v1::LOOK_AGAIN);
  EXPECT_EQ(refused_count, 200);
  for (const auto& context : contexts) context->TryCancel();
  left.Wait();
}

}  // namespace
}  // namespace causeway::query
