// Goal: each RPC is served to whom its proto names, and to nobody else. Method:
// a process that serves the registry's API with nothing behind it, so that what
// is let through is UNIMPLEMENTED; certificates made for this test.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/access/operator_token.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/process.h"
#include "services/shared/tls/identity.h"
#include "services/shared/tls/test_authority.h"

namespace causeway::server {
namespace {

namespace pb = registry::v1;
using grpc::StatusCode;
using ::testing::HasSubstr;
using tls::Identity;

std::shared_ptr<const Identity> IdentityOf(const Identity::Files& files) {
  auto identity = Identity::FromFiles(files);
  EXPECT_TRUE(identity.ok()) << identity.status();
  return *identity;
}

// A process, from Start() to the end of the test.
class Registry {
 public:
  explicit Registry(Process::Options options) : process_(std::move(options)) {
    process_.AddService(service_, pb::Registry::service_full_name());
    const absl::Status started = process_.Start();
    EXPECT_TRUE(started.ok()) << started;
  }
  ~Registry() {
    process_.RequestShutdown();
    process_.WaitForShutdown();
  }

  StatusCode CreateGrant(const ChannelOptions& options,
                         const std::string& request_id = "") const {
    const auto stub = pb::Registry::NewStub(Channel(options));
    grpc::ClientContext context;
    SetDeadline(context);
    if (!request_id.empty()) context.AddMetadata(kRequestIdKey, request_id);
    pb::Grant response;
    return stub->CreateGrant(&context, {}, &response).error_code();
  }

  // A stream.
  StatusCode Watch(const ChannelOptions& options) const {
    const auto stub = pb::Registry::NewStub(Channel(options));
    grpc::ClientContext context;
    SetDeadline(context);
    const auto stream = stub->Watch(&context, {});
    pb::WatchResponse response;
    while (stream->Read(&response)) {
    }
    return stream->Finish().error_code();
  }

 private:
  static void SetDeadline(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
  }
  // Connections aren't shared: each call is to see the certificates of now.
  std::shared_ptr<grpc::Channel> Channel(const ChannelOptions& options) const {
    return MakeChannel(process_.grpc_address(), options);
  }

  Process process_;
  pb::Registry::CallbackService service_;
};

class ProcessTlsTest : public ::testing::Test {
 protected:
  ChannelOptions As(const std::string& name,
                    const std::string& server = "causeway-registry") const {
    return {
        .credentials = IdentityOf(authority_.Sign(name))->ChannelCredentials(),
        .peer_name = server};
  }

  const tls::TestAuthority authority_{"authority"};
  const Identity::Files files_ = authority_.Sign("causeway-registry");
  const std::string token_ = std::string(64, 'a');
  const std::string token_file_ = ::testing::TempDir() + "/token";
};

TEST_F(ProcessTlsTest, EachRpcIsForThoseItNames) {
  const Registry registry(
      {.service = "registry", .identity = IdentityOf(files_)});
  EXPECT_EQ(registry.Watch(As("causeway-gateway")), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(registry.CreateGrant(As("causeway-gateway")),
            StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(registry.CreateGrant(As("causeway-operator")),
            StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(registry.Watch(As("causeway-operator")),
            StatusCode::PERMISSION_DENIED);
}

// With TLS and without.
TEST_F(ProcessTlsTest, RefusalsAreLoggedWithTheirRequestId) {
  ::testing::internal::CaptureStderr();
  {
    const Registry registry(
        {.service = "registry", .identity = IdentityOf(files_)});
    registry.CreateGrant(As("causeway-gateway"), "with-tls");
  }
  std::ofstream(token_file_) << token_ << "\n";
  {
    const Registry registry(
        {.service = "registry", .operator_token_file = token_file_});
    registry.CreateGrant({}, "without");
    registry.CreateGrant({}, "not\"one");
  }
  const std::string log = ::testing::internal::GetCapturedStderr();
  for (const char* request_id : {"with-tls", "without", ""}) {
    EXPECT_THAT(log, HasSubstr(absl::StrCat(
                         R"("message":"gRPC call refused","request_id":")",
                         request_id, R"(",)")));
  }
}

TEST_F(ProcessTlsTest, WhoIsNotKnownIsTurnedAway) {
  const Registry registry(
      {.service = "registry", .identity = IdentityOf(files_)});
  const tls::TestAuthority other("other");
  Identity::Files foreign = other.Sign("causeway-gateway");
  foreign.ca = files_.ca;
  EXPECT_EQ(
      registry.Watch({.credentials = IdentityOf(foreign)->ChannelCredentials(),
                      .peer_name = "causeway-registry"}),
      StatusCode::UNAVAILABLE);
  EXPECT_EQ(registry.Watch(
                {.credentials =
                     IdentityOf({.certificate = "", .key = "", .ca = files_.ca})
                         ->ChannelCredentials(),
                 .peer_name = "causeway-registry"}),
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(registry.Watch({}), StatusCode::UNAVAILABLE);
}

TEST_F(ProcessTlsTest, ServerOfAnotherNameIsNotCalled) {
  const Registry registry(
      {.service = "registry", .identity = IdentityOf(files_)});
  EXPECT_EQ(registry.Watch(As("causeway-gateway", "causeway-homeserver")),
            StatusCode::UNAVAILABLE);
}

TEST_F(ProcessTlsTest, TokenMakesAnOperatorWithoutCertificate) {
  std::ofstream(token_file_) << token_ << "\n";
  const Registry registry({.service = "registry",
                           .identity = IdentityOf(files_),
                           .operator_token_file = token_file_});
  ChannelOptions options = {
      .credentials = IdentityOf({.certificate = "", .key = "", .ca = files_.ca})
                         ->ChannelCredentials(),
      .peer_name = "causeway-registry"};
  EXPECT_EQ(registry.CreateGrant(options), StatusCode::UNAUTHENTICATED);
  options.authorization = access::AuthorizationBy(std::string(64, 'b'));
  EXPECT_EQ(registry.CreateGrant(options), StatusCode::UNAUTHENTICATED);
  options.authorization = access::AuthorizationBy(token_);
  EXPECT_EQ(registry.CreateGrant(options), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(registry.Watch(options), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(registry.Watch(As("causeway-gateway")), StatusCode::UNIMPLEMENTED);
}

TEST_F(ProcessTlsTest, TokenHoldsBackOperatorRpcsInPlaintext) {
  std::ofstream(token_file_) << token_ << "\n";
  const Registry registry(
      {.service = "registry", .operator_token_file = token_file_});
  EXPECT_EQ(registry.CreateGrant({}), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(
      registry.CreateGrant({.authorization = access::AuthorizationBy(token_)}),
      StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(registry.Watch({}), StatusCode::UNIMPLEMENTED);
}

TEST_F(ProcessTlsTest, PlaintextWithoutTokenIsOpen) {
  const Registry registry({.service = "registry"});
  EXPECT_EQ(registry.CreateGrant({}), StatusCode::UNIMPLEMENTED);
}

// The server's new certificate is of an authority that the client doesn't know.
TEST_F(ProcessTlsTest, ReplacedFilesAreTakenUp) {
  const Registry registry(
      {.service = "registry", .identity = IdentityOf(files_)});
  const ChannelOptions gateway = As("causeway-gateway");
  ASSERT_EQ(registry.Watch(gateway), StatusCode::UNIMPLEMENTED);
  const tls::TestAuthority other("other");
  const Identity::Files next = other.Sign("causeway-registry");
  for (const auto& [from, to] :
       {std::pair(next.certificate, files_.certificate),
        std::pair(next.key, files_.key)}) {
    std::ofstream(to) << std::ifstream(from).rdbuf();
  }
  while (registry.Watch(As("causeway-gateway")) != StatusCode::UNAVAILABLE) {
    std::this_thread::yield();
  }
}

}  // namespace
}  // namespace causeway::server
