#include "services/shared/server/grpc_endpoint.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "services/shared/access/access_rules.h"
#include "services/shared/access/call_guard.h"
#include "services/shared/access/operator_token.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/call_observer.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/listen_address.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::server {
namespace {

// Clients (channel.cc) send a keepalive ping every 20 s; gRPC's default takes
// more than one in five minutes for an attack.
constexpr int kPingIntervalMinMs = 10000;

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcEndpoint>> GrpcEndpoint::Listen(
    const Options& options, const Services& services, CallMetrics& metrics,
    const Clock& clock) {
  std::unique_ptr<GrpcEndpoint> endpoint(
      new GrpcEndpoint(options, services, metrics, clock));
  CAUSEWAY_RETURN_IF_ERROR(endpoint->Start(options));
  return endpoint;
}

GrpcEndpoint::GrpcEndpoint(const Options& options, const Services& services,
                           CallMetrics& metrics, const Clock& clock)
    : services_(services),
      metrics_(metrics),
      clock_(clock),
      refusal_quota_(options.call_log_lines_per_second_max, clock) {}

GrpcEndpoint::~GrpcEndpoint() = default;

absl::Status GrpcEndpoint::Start(const Options& options) {
  absl::StatusOr<ListenAddress> address = ListenAddress::Parse(options.listen);
  if (!address.ok()) return address.status();
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::shared_ptr<grpc::ServerCredentials> credentials,
      Credentials(options));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address->ToString(), credentials, &port);
  // Else a second process would share the port, and take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      kPingIntervalMinMs);
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  // For reflection, which is gRPC's own and blocks.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  for (auto& [service, full_name] : services_) builder.RegisterService(service);
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      observers;
  observers.push_back(std::make_unique<CallObserverFactory>(
      CallObserverFactory::Options{.log_lines_per_second_max =
                                       options.call_log_lines_per_second_max},
      metrics_, clock_));
  builder.experimental().SetInterceptorCreators(std::move(observers));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address->ToString(),
                     ": the address is in use or not this machine's"));
  }
  address->port = static_cast<uint16_t>(port);
  address_ = address->ToString();
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>>
GrpcEndpoint::Credentials(const Options& options) {
  std::optional<access::OperatorToken> token;
  if (!options.operator_token_file.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        token, access::OperatorToken::FromFile(options.operator_token_file));
  }
  if (options.identity == nullptr && !token.has_value()) {
    return grpc::InsecureServerCredentials();
  }
  std::vector<std::string> names;
  names.reserve(services_.size());
  for (const auto& [service, full_name] : services_) names.push_back(full_name);
  return access::GuardedCredentials(
      options.identity,
      {.rules = access::AccessRules(names),
       .token = std::move(token),
       .refused = [this](absl::string_view path, absl::string_view request_id,
                         const absl::Status& why) {
         CallRefused(path, request_id, why);
       }});
}

void GrpcEndpoint::CallRefused(absl::string_view path,
                               absl::string_view request_id,
                               const absl::Status& why) {
  metrics_.CallRefused();
  if (!refusal_quota_.Take()) return;
  log::Warning("gRPC call refused",
               {{"request_id", IsRequestId(request_id) ? request_id : ""},
                {"method", path},
                {"error", why}});
}

void GrpcEndpoint::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus("", serving);
  for (const auto& [service, full_name] : services_) {
    health->SetServingStatus(full_name, serving);
  }
}

void GrpcEndpoint::Shutdown(absl::Time deadline) {
  server_->Shutdown(absl::ToChronoTime(deadline));
}

}  // namespace causeway::server
