#include "services/shared/server/process.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "causeway/testing/v1/echo.grpc.pb.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/listen_address.h"
#include "services/shared/server/unary.h"

namespace causeway::server {
namespace {

namespace asio = boost::asio;
namespace pb = causeway::testing::v1;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Stub = pb::Echo::StubInterface;

// Answers, after `release` when the text is "hold".
class EchoService final : public pb::Echo::CallbackService {
 public:
  explicit EchoService(Executor& executor) : executor_(executor) {}

  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context,
                                const pb::SayRequest* request,
                                pb::SayResponse* response) override {
    return PostUnary(executor_, context, response,
                     [this, request, response](const CallContext&) {
                       if (request->text() == "hold") {
                         held.Notify();
                         release.WaitForNotification();
                       }
                       response->set_text(request->text());
                       return absl::OkStatus();
                     });
  }

  absl::Notification held;
  absl::Notification release;

 private:
  Executor& executor_;
};

std::string HttpGet(const std::string& address, const std::string& path) {
  const ListenAddress parsed = *ListenAddress::Parse(address);
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({asio::ip::make_address(parsed.host), parsed.port}, error);
  asio::write(socket,
              asio::buffer(absl::StrCat("GET ", path,
                                        " HTTP/1.1\r\n"
                                        "Connection: close\r\n\r\n")),
              error);
  std::string received;
  asio::read(socket, asio::dynamic_buffer(received), error);
  return received;
}

// Answers of gRPC's health service, as bytes, since its messages are not among
// the installed headers.
constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";

std::string Health(const std::string& address, const std::string& service) {
  grpc::GenericStub stub(MakeChannel(address));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  grpc::CompletionQueue queue;
  const std::string request =
      service.empty()
          ? ""
          : absl::StrCat("\x0a",
                         std::string(1, static_cast<char>(service.size())),
                         service);
  grpc::Slice slice(request);
  grpc::ByteBuffer response;
  grpc::Status status;
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check",
                                    grpc::ByteBuffer(&slice, 1), &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  grpc::Slice answer;
  if (!status.ok() || !response.DumpToSingleSlice(&answer).ok()) {
    return status.error_message();
  }
  return std::string(answer.begin(), answer.end());
}

absl::StatusOr<pb::SayResponse> SayTo(const Process& process,
                                      const std::string& text) {
  pb::SayRequest request;
  request.set_text(text);
  std::unique_ptr<Stub> stub =
      pb::Echo::NewStub(MakeChannel(process.grpc_address()));
  return Call(MakeCallContext(absl::Seconds(60)), *stub, &Stub::Say, request);
}

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest() {
    process_.AddService(service_, pb::Echo::service_full_name());
  }

  absl::StatusOr<pb::SayResponse> Say(const std::string& text) {
    return SayTo(process_, text);
  }

  const std::string port_file_ = ::testing::TempDir() + "/process_test.json";
  Process process_{{.service = "echo", .port_file = port_file_}};
  EchoService service_{process_.executor()};
};

// The process looks twice a second; asked here until it has.
void AwaitReadyz(const Process& process, const std::string& text) {
  while (HttpGet(process.http_address(), "/readyz").find(text) ==
         std::string::npos) {
    std::this_thread::yield();
  }
}

void AwaitHealth(const Process& process, const std::string& service,
                 const std::string& health) {
  while (Health(process.grpc_address(), service) != health) {
    std::this_thread::yield();
  }
}

TEST_F(ProcessTest, ServesCallsAndCountsThem) {
  ASSERT_TRUE(process_.Start().ok());
  absl::StatusOr<pb::SayResponse> response = Say("hello");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "hello");
  EXPECT_THAT(HttpGet(process_.http_address(), "/metrics"),
              HasSubstr("causeway_grpc_requests_total{code=\"OK\",method="
                        "\"causeway.testing.v1.Echo/Say\"} 1"));
  EXPECT_THAT(HttpGet(process_.http_address(), "/livez"),
              StartsWith("HTTP/1.1 200 "));
  process_.RequestShutdown();
  EXPECT_EQ(process_.WaitForShutdown(), 0);
}

TEST_F(ProcessTest, ReadinessAndHealthFollowTheChecks) {
  std::atomic<bool> database_there = false;
  process_.AddReadinessCheck("database", [&database_there] {
    return database_there ? absl::OkStatus()
                          : absl::UnavailableError("not there yet");
  });
  ASSERT_TRUE(process_.Start().ok());
  AwaitReadyz(process_, "database: not there yet\n");
  EXPECT_THAT(HttpGet(process_.http_address(), "/readyz"),
              StartsWith("HTTP/1.1 503 "));
  AwaitHealth(process_, "", kNotServing);
  AwaitHealth(process_, pb::Echo::service_full_name(), kNotServing);
  database_there = true;
  AwaitReadyz(process_, "HTTP/1.1 200 ");
  AwaitHealth(process_, "", kServing);
  AwaitHealth(process_, pb::Echo::service_full_name(), kServing);
  process_.RequestShutdown();
  EXPECT_EQ(process_.WaitForShutdown(), 0);
}

TEST_F(ProcessTest, PortFileTellsAddressesUntilTheEnd) {
  process_.set_public_address("127.0.0.1:8008");
  ASSERT_TRUE(process_.Start().ok());
  std::ifstream file(port_file_);
  nlohmann::json json = nlohmann::json::parse(file);
  EXPECT_EQ(json["pid"], getpid());
  EXPECT_EQ(json["grpc"], process_.grpc_address());
  EXPECT_EQ(json["metrics"], process_.http_address());
  EXPECT_EQ(json["public"], "127.0.0.1:8008");
  process_.RequestShutdown();
  EXPECT_EQ(process_.WaitForShutdown(), 0);
  EXPECT_FALSE(std::filesystem::exists(port_file_));
}

// Goal: SIGTERM loses no call that was accepted. Method: a call is held while
// the process begins to drain, and let go by a drain hook.
TEST_F(ProcessTest, SigtermLetsCallsUnderWayEnd) {
  std::string readyz;
  process_.AddDrainHook([&] {
    readyz = HttpGet(process_.http_address(), "/readyz");
    service_.release.Notify();
  });
  ASSERT_TRUE(process_.Start().ok());
  absl::StatusOr<pb::SayResponse> response = absl::UnknownError("not yet");
  std::thread client([&] { response = Say("hold"); });
  service_.held.WaitForNotification();
  kill(getpid(), SIGTERM);
  EXPECT_EQ(process_.WaitForShutdown(), 0);
  client.join();
  EXPECT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(readyz, AllOf(StartsWith("HTTP/1.1 503 "),
                            HasSubstr("process: shutting down\n")));
  EXPECT_EQ(Say("too late").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ProcessTest, WaitingInMainIsToldOfShutdown) {
  ASSERT_TRUE(process_.Start().ok());
  EXPECT_FALSE(process_.shutdown_requested().HasBeenNotified());
  kill(getpid(), SIGINT);
  process_.shutdown_requested().WaitForNotification();
  EXPECT_EQ(process_.StopAfter(absl::CancelledError("asked to stop")), 0);
}

TEST_F(ProcessTest, FailureInMainIsExitCodeOne) {
  ASSERT_TRUE(process_.Start().ok());
  EXPECT_EQ(process_.StopAfter(absl::InternalError("migration 0001 failed")),
            1);
}

struct PortInUseCase {
  std::string flag;
  std::string Process::Options::*address;
};

class PortInUseTest : public ::testing::TestWithParam<PortInUseCase> {};

TEST_P(PortInUseTest, NamesFlagAndAddress) {
  asio::io_context io;
  asio::ip::tcp::acceptor taken(io, {asio::ip::make_address("127.0.0.1"), 0},
                                /*reuse_addr=*/false);
  const std::string address =
      absl::StrCat("127.0.0.1:", taken.local_endpoint().port());
  Process::Options options;
  options.*GetParam().address = address;
  Process process(options);
  absl::Status status = process.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(GetParam().flag), HasSubstr(address)));
  EXPECT_EQ(process.StopAfter(status), 1);
}

INSTANTIATE_TEST_SUITE_P(
    All, PortInUseTest,
    ::testing::Values(
        PortInUseCase{"--grpc_listen", &Process::Options::grpc_listen},
        PortInUseCase{"--http_listen", &Process::Options::http_listen}));

TEST(ProcessDeathTest, CallThatNeverEndsIsCutOff) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Process process({.service = "echo",
                         .drain_timeout = absl::ZeroDuration(),
                         .drain_grace = absl::Milliseconds(50)});
        EchoService service(process.executor());
        process.AddService(service, pb::Echo::service_full_name());
        if (!process.Start().ok()) exit(3);
        std::thread client([&process] { (void)SayTo(process, "hold"); });
        service.held.WaitForNotification();
        kill(getpid(), SIGTERM);
        exit(process.WaitForShutdown());
      },
      ::testing::ExitedWithCode(1), "did not end in time");
}

}  // namespace
}  // namespace causeway::server
