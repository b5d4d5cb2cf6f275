// The adapters, clients and the observer together, across real sockets: an Echo
// service that fails as told, and relays to another over AwaitCall.
#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "causeway/testing/v1/echo.grpc.pb.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/await_call.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_metrics.h"
#include "services/shared/server/call_observer.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/metrics.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/errcode.h"
#include "services/shared/status/status_macros.h"

namespace causeway::server {
namespace {

namespace asio = boost::asio;
namespace pb = causeway::testing::v1;
using ::testing::HasSubstr;
using Stub = pb::Echo::StubInterface;
using Async = Stub::async_interface;

class EchoService final : public pb::Echo::CallbackService {
 public:
  EchoService(Executor& executor, std::unique_ptr<Stub> next)
      : executor_(executor), next_(std::move(next)) {}

  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context,
                                const pb::SayRequest* request,
                                pb::SayResponse* response) override {
    NoteTraceparent(context->client_metadata());
    return PostUnary(executor_, context, response,
                     [this, request](const CallContext& call) {
                       return SayNow(*request, call);
                     });
  }

  grpc::ServerUnaryReactor* Relay(grpc::CallbackServerContext* context,
                                  const pb::SayRequest* request,
                                  pb::SayResponse* response) override {
    return SpawnUnary(
        executor_, context, response,
        [this, request](const CallContext& call)
            -> asio::awaitable<absl::StatusOr<pb::SayResponse>> {
          if (request->text() == "throw") throw std::runtime_error("thrown");
          CAUSEWAY_CO_ASSIGN_OR_RETURN(
              pb::SayResponse said,
              co_await AwaitCall(call, next_->async(), &Async::Say, *request));
          said.set_text(absl::StrCat("relayed ", said.text()));
          co_return said;
        });
  }

  // That the last Say() came with. Empty: without.
  std::string last_traceparent() const {
    absl::MutexLock lock(&mu_);
    return last_traceparent_;
  }

  absl::Notification hold;

 private:
  void NoteTraceparent(
      const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
    const auto found = metadata.find("traceparent");
    absl::MutexLock lock(&mu_);
    last_traceparent_ =
        found == metadata.end()
            ? ""
            : std::string(found->second.data(), found->second.size());
  }

  absl::StatusOr<pb::SayResponse> SayNow(const pb::SayRequest& request,
                                         const CallContext& call) {
    if (request.text() == "throw") throw std::runtime_error("thrown");
    if (request.text() == "hold") {
      hold.WaitForNotification();
    }
    if (request.code() != 0) {
      absl::Status status(static_cast<absl::StatusCode>(request.code()),
                          request.message());
      SetErrcode(status, request.errcode());
      return status;
    }
    pb::SayResponse response;
    response.set_text(request.text());
    response.set_request_id(call.request_id);
    response.set_deadline_unix_ms(absl::ToUnixMillis(call.deadline));
    return response;
  }

  Executor& executor_;
  std::unique_ptr<Stub> next_;
  mutable absl::Mutex mu_;
  std::string last_traceparent_ ABSL_GUARDED_BY(mu_);
};

// A server on a port of its own, and a client of it.
class EchoServer {
 public:
  explicit EchoServer(const std::string& next, Executor::Options options = {},
                      CallObserverFactory::Options observer_options = {})
      : executor_(options),
        service_(executor_, pb::Echo::NewStub(MakeChannel(next))) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    std::vector<
        std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
        observers;
    observers.push_back(std::make_unique<CallObserverFactory>(
        observer_options, call_metrics_, clock_));
    builder.experimental().SetInterceptorCreators(std::move(observers));
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
    stub_ = pb::Echo::NewStub(MakeChannel(address_));
  }

  ~EchoServer() {
    server_->Shutdown();
    executor_.Drain();
  }

  const std::string& address() const { return address_; }
  Stub& stub() { return *stub_; }
  EchoService& service() { return service_; }
  std::string Metrics() const { return MetricsText(registry_); }
  void Stop() { server_->Shutdown(); }

 private:
  RealClock clock_;
  prometheus::Registry registry_;
  CallMetrics call_metrics_{registry_};
  Executor executor_;
  EchoService service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::unique_ptr<Stub> stub_;
};

pb::SayRequest Text(const std::string& text) {
  pb::SayRequest request;
  request.set_text(text);
  return request;
}

pb::SayRequest Failure(absl::StatusCode code, const std::string& message,
                       const std::string& errcode) {
  pb::SayRequest request;
  request.set_code(static_cast<int>(code));
  request.set_message(message);
  request.set_errcode(errcode);
  return request;
}

class EchoTest : public ::testing::Test {
 protected:
  EchoServer last_{"127.0.0.1:1"};
  EchoServer first_{last_.address()};
  const CallContext call_ = MakeCallContext(absl::Seconds(60));
};

TEST_F(EchoTest, BlockingHandlerAnswers) {
  absl::StatusOr<pb::SayResponse> response =
      Call(call_, last_.stub(), &Stub::Say, Text("hello"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "hello");
}

TEST_F(EchoTest, RequestIdAndDeadlineCrossTwoHops) {
  absl::StatusOr<pb::SayResponse> response =
      Call(call_, first_.stub(), &Stub::Relay, Text("hello"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "relayed hello");
  EXPECT_EQ(response->request_id(), call_.request_id);
  // gRPC sends what is left of the time, rounded, so clocks need not agree.
  EXPECT_NEAR(response->deadline_unix_ms(), absl::ToUnixMillis(call_.deadline),
              5000);
}

TEST_F(EchoTest, ErrcodeCrossesTwoHops) {
  absl::StatusOr<pb::SayResponse> response =
      Call(call_, first_.stub(), &Stub::Relay,
           Failure(absl::StatusCode::kAlreadyExists, "taken", "M_EXCLUSIVE"));
  EXPECT_EQ(response.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(response.status().message(), "taken");
  EXPECT_EQ(GetErrcode(response.status()), "M_EXCLUSIVE");
}

TEST_F(EchoTest, CallWithoutRequestIdOrDeadlineGetsBoth) {
  grpc::ClientContext context;
  pb::SayResponse response;
  ASSERT_TRUE(last_.stub().Say(&context, Text("hello"), &response).ok());
  EXPECT_TRUE(IsRequestId(response.request_id()));
  EXPECT_NEAR(response.deadline_unix_ms(),
              absl::ToUnixMillis(RealClock().Now() + kCallDurationMax), 60000);
}

TEST_F(EchoTest, HostileRequestIdIsReplaced) {
  grpc::ClientContext context;
  context.AddMetadata(kRequestIdKey, "a\"b");
  pb::SayResponse response;
  ASSERT_TRUE(last_.stub().Say(&context, Text("hello"), &response).ok());
  EXPECT_TRUE(IsRequestId(response.request_id())) << response.request_id();
}

// The names that a call from outside may have, and which one it gets.
TEST_F(EchoTest, CallIsNamedByTheTraceThatItBelongsTo) {
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string ours =
      absl::StrCat("00-", trace_id, "-00f067aa0ba902b7-01");
  const std::string other =
      absl::StrCat("00-", trace_id, "-a2fb4a1d1a96d312-01");
  const struct {
    std::string name;
    std::vector<std::string> request_ids;
    std::vector<std::string> traceparents;
    std::string request_id;  // Empty: a new one.
  } cases[] = {
      {"trace only", {}, {ours}, ours},
      {"of a later version", {}, {"cc" + ours.substr(2) + "-x"}, ours},
      {"both", {ours}, {ours}, ours},
      {"a mesh has added its span", {ours}, {other}, ours},
      {"a mesh has begun a trace", {trace_id}, {other}, trace_id},
      {"another name", {"a-1"}, {ours}, ours},
      {"an odd name", {"a\"b"}, {ours}, ours},
      {"an odd trace", {"a-1"}, {"00-" + trace_id}, "a-1"},
      {"two traces", {"a-1"}, {ours, other}, "a-1"},
      {"nothing of use", {}, {"ff" + ours.substr(2)}, ""},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    grpc::ClientContext context;
    for (const std::string& id : one.request_ids) {
      context.AddMetadata(kRequestIdKey, id);
    }
    for (const std::string& traceparent : one.traceparents) {
      context.AddMetadata("traceparent", traceparent);
    }
    pb::SayResponse response;
    ASSERT_TRUE(last_.stub().Say(&context, Text("hello"), &response).ok());
    if (!one.request_id.empty()) {
      EXPECT_EQ(response.request_id(), one.request_id);
    } else {
      EXPECT_EQ(response.request_id().size(), 32);
    }
  }
}

// Goal: a mesh sees the trace, too. Method: a name that would be lost without.
TEST_F(EchoTest, TraceGoesOutUnderItsOwnName) {
  for (const std::string& id :
       {std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        std::string("a-1")}) {
    grpc::ClientContext context;
    PrepareContext(context, {.request_id = id, .deadline = call_.deadline});
    pb::SayResponse response;
    ASSERT_TRUE(last_.stub().Say(&context, Text("hello"), &response).ok());
    EXPECT_EQ(last_.service().last_traceparent(), id == "a-1" ? "" : id);
  }
}

TEST_F(EchoTest, UnreachablePeerIsUnavailable) {
  last_.Stop();
  EXPECT_EQ(
      Call(call_, last_.stub(), &Stub::Say, Text("hello")).status().code(),
      absl::StatusCode::kUnavailable);
  EXPECT_EQ(
      Call(call_, first_.stub(), &Stub::Relay, Text("hello")).status().code(),
      absl::StatusCode::kUnavailable);
}

TEST_F(EchoTest, DeadlineEndsTheWaiting) {
  CallContext call = MakeCallContext(absl::Milliseconds(50));
  EXPECT_EQ(Call(call, last_.stub(), &Stub::Say, Text("hold")).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  // Its caller has gone, and still it ends in order.
  last_.service().hold.Notify();
}

TEST_F(EchoTest, ExceptionOfAHandlerIsInternal) {
  EXPECT_EQ(
      Call(call_, last_.stub(), &Stub::Say, Text("throw")).status().code(),
      absl::StatusCode::kInternal);
  EXPECT_EQ(
      Call(call_, first_.stub(), &Stub::Relay, Text("throw")).status().code(),
      absl::StatusCode::kInternal);
  EXPECT_TRUE(Call(call_, last_.stub(), &Stub::Say, Text("hello")).ok());
}

TEST_F(EchoTest, CallsAreCountedAndTimed) {
  ASSERT_TRUE(Call(call_, last_.stub(), &Stub::Say, Text("hello")).ok());
  ASSERT_FALSE(Call(call_, last_.stub(), &Stub::Say,
                    Failure(absl::StatusCode::kNotFound, "no", ""))
                   .ok());
  const std::string metrics = last_.Metrics();
  EXPECT_THAT(metrics, HasSubstr("causeway_grpc_requests_total{code=\"OK\","
                                 "method=\"causeway.testing.v1.Echo/Say\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("causeway_grpc_requests_total{code=\"NOT_"
                                 "FOUND\",method=\"causeway.testing.v1.Echo/"
                                 "Say\"} 1"));
  EXPECT_THAT(metrics,
              HasSubstr("causeway_grpc_request_duration_seconds_count{method="
                        "\"causeway.testing.v1.Echo/Say\"} 2"));
}

TEST_F(EchoTest, FailuresAreLoggedWithTheirRequestId) {
  ::testing::internal::CaptureStderr();
  ASSERT_FALSE(Call(call_, last_.stub(), &Stub::Say,
                    Failure(absl::StatusCode::kInternal, "broken", ""))
                   .ok());
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr(call_.request_id));
  EXPECT_THAT(log, HasSubstr("causeway.testing.v1.Echo/Say"));
}

TEST_F(EchoTest, AnswersAreLoggedWithTheirRequestIdOnEveryHop) {
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(Call(call_, first_.stub(), &Stub::Relay, Text("hello")).ok());
  const std::string log = ::testing::internal::GetCapturedStderr();
  for (const char* method : {"Relay", "Say"}) {
    EXPECT_THAT(
        log, HasSubstr(absl::StrCat("\"request_id\":\"", call_.request_id,
                                    "\",\"trace_id\":\"", call_.request_id,
                                    "\",\"method\":\"causeway.testing.v1.Echo/",
                                    method, "\",\"code\":\"OK\"")));
  }
}

// Goal: at full load neither kind of line drowns the log, nor the other kind.
TEST(EchoLogTest, LinesBeyondTheirQuotaAreCountedInstead) {
  EchoServer server("127.0.0.1:1", {}, {.log_lines_per_second_max = 0});
  const CallContext call = MakeCallContext(absl::Seconds(60));
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(Call(call, server.stub(), &Stub::Say, Text("hello")).ok());
  EXPECT_FALSE(Call(call, server.stub(), &Stub::Say,
                    Failure(absl::StatusCode::kInternal, "broken", ""))
                   .ok());
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(server.Metrics(),
              HasSubstr("causeway_grpc_log_lines_dropped_total 2"));
}

TEST(EchoOverloadTest, FullExecutorIsUnavailable) {
  EchoServer server("127.0.0.1:1", {.threads = 1, .queue_max = 0});
  const CallContext call = MakeCallContext(absl::Seconds(60));
  absl::Status status =
      Call(call, server.stub(), &Stub::Say, Text("hello")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("executor_queue_max"));
}

TEST(EchoOverloadTest, TooManyCoroutinesIsUnavailable) {
  EchoServer server("127.0.0.1:1", {.threads = 1, .coroutines_max = 0});
  const CallContext call = MakeCallContext(absl::Seconds(60));
  absl::Status status =
      Call(call, server.stub(), &Stub::Relay, Text("hello")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("coroutines_max"));
}

// Goal: giving up on a call does not leave it hanging. Method: the coroutine
// waits for a call that is held and for another that answers; the first is
// cancelled.
TEST_F(EchoTest, CancelledCoroutineCancelsItsCall) {
  using boost::asio::experimental::awaitable_operators::operator||;
  asio::io_context io;
  auto first_answer = asio::co_spawn(
      io,
      AwaitCall(call_, last_.stub().async(), &Async::Say, Text("hold")) ||
          AwaitCall(call_, first_.stub().async(), &Async::Say, Text("quick")),
      asio::use_future);
  io.run();
  auto answer = first_answer.get();
  ASSERT_EQ(answer.index(), 1);
  ASSERT_TRUE(std::get<1>(answer).ok());
  EXPECT_EQ(std::get<1>(answer)->text(), "quick");
  last_.service().hold.Notify();
}

TEST_F(EchoTest, ChannelBecomesReadyWhenItsPeerIsThere) {
  EXPECT_TRUE(WaitForReady(*MakeChannel(last_.address()), call_.deadline));
  EXPECT_FALSE(WaitForReady(*MakeChannel("127.0.0.1:1"),
                            RealClock().Now() + absl::Milliseconds(10)));
}

}  // namespace
}  // namespace causeway::server
