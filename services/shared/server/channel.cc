#include "services/shared/server/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_interceptor.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "services/shared/server/trace_context.h"

namespace causeway::server {
namespace {

constexpr int kReconnectBackoffInitialMs = 50;
// How long one attempt to connect may take. (gRPC's name for it misleads.)
constexpr int kConnectTimeoutMs = 5000;
constexpr int kKeepaliveTimeMs = 20000;
constexpr int kKeepaliveTimeoutMs = 10000;

// Shows who calls. (gRPC's own call credentials don't go over plaintext, which
// is all there is on loopback.)
class Authorizer final : public grpc::experimental::Interceptor {
 public:
  explicit Authorizer(const std::string& authorization)
      : authorization_(authorization) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::
                PRE_SEND_INITIAL_METADATA)) {
      batch->GetSendInitialMetadata()->emplace("authorization", authorization_);
    }
    batch->Proceed();
  }

 private:
  const std::string& authorization_;
};

// Lives as long as the channel.
class AuthorizerFactory final
    : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit AuthorizerFactory(std::string authorization)
      : authorization_(std::move(authorization)) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new Authorizer(authorization_);
  }

 private:
  const std::string authorization_;
};

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(absl::string_view address,
                                           const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
                   kReconnectBackoffInitialMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(
      GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
      static_cast<int>(absl::ToInt64Milliseconds(kReconnectBackoffMax)));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // A stream such as Registry.Watch may be silent for hours; its pings go on.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // No policy asks for them, yet each call would hold room for them.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  if (options.credentials != nullptr) {
    arguments.SetSslTargetNameOverride(options.peer_name);
  }
  const std::shared_ptr<grpc::ChannelCredentials> credentials =
      options.credentials != nullptr ? options.credentials
                                     : grpc::InsecureChannelCredentials();
  if (options.authorization.empty()) {
    return grpc::CreateCustomChannel(std::string(address), credentials,
                                     arguments);
  }
  std::vector<
      std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(
      std::make_unique<AuthorizerFactory>(options.authorization));
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      std::string(address), credentials, arguments, std::move(interceptors));
}

std::vector<std::shared_ptr<grpc::Channel>> MakeChannels(
    absl::Span<const std::string> addresses, const ChannelOptions& options) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (const std::string& address : addresses) {
    channels.push_back(MakeChannel(address, options));
  }
  return channels;
}

void PrepareContext(grpc::ClientContext& context, const CallContext& call) {
  context.AddMetadata(kRequestIdKey, call.request_id);
  // For what lies between, such as a mesh, that knows no other name.
  if (IsTraceparent(call.request_id)) {
    context.AddMetadata(kTraceparentKey, call.request_id);
  }
  context.set_deadline(absl::ToChronoTime(call.deadline));
}

bool WaitForReady(grpc::Channel& channel, absl::Time deadline) {
  return channel.WaitForConnected(absl::ToChronoTime(deadline));
}

bool WaitForAnyReady(absl::Span<const std::shared_ptr<grpc::Channel>> channels,
                     absl::Time deadline) {
  // Asking also makes each of them connect.
  const bool one_is =
      std::any_of(channels.begin(), channels.end(), [](const auto& channel) {
        return channel->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY;
      });
  return one_is || std::any_of(channels.begin(), channels.end(),
                               [deadline](const auto& channel) {
                                 return WaitForReady(*channel, deadline);
                               });
}

}  // namespace causeway::server
