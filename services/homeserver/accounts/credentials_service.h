#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_CREDENTIALS_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_CREDENTIALS_SERVICE_H_

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/credentials.grpc.pb.h"
#include "services/homeserver/accounts/credentials.h"
#include "services/homeserver/accounts/departure_listener.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/principal_proto.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::homeserver {

// causeway.homeserver.v1.Credentials: decodes, finds out who asks, calls the
// domain, encodes.
//
// Thread-safe.
class CredentialsService final : public v1::Credentials::CallbackService {
 public:
  // What it serves. All must outlive the service.
  struct Domain {
    Credentials& credentials;
    UserDiscovery& discovery;
    DepartureListener& departure_listener;
  };

  // `registry` and `executor` must outlive the service.
  CredentialsService(Domain domain, registry_watch::LatestSnapshot& registry,
                     matrix::ServerName server_name,
                     server::Executor& executor);

  grpc::ServerUnaryReactor* ChangePassword(
      grpc::CallbackServerContext* context,
      const v1::ChangePasswordRequest* request,
      v1::ChangePasswordResponse* response) override;
  grpc::ServerUnaryReactor* DeactivateUser(
      grpc::CallbackServerContext* context,
      const v1::DeactivateUserRequest* request,
      v1::DeactivateUserResponse* response) override;
  grpc::ServerUnaryReactor* ListDevices(
      grpc::CallbackServerContext* context,
      const v1::ListDevicesRequest* request,
      v1::ListDevicesResponse* response) override;
  grpc::ServerUnaryReactor* GetDevice(grpc::CallbackServerContext* context,
                                      const v1::GetDeviceRequest* request,
                                      v1::Device* response) override;
  grpc::ServerUnaryReactor* PutDevice(grpc::CallbackServerContext* context,
                                      const v1::PutDeviceRequest* request,
                                      v1::PutDeviceResponse* response) override;
  grpc::ServerUnaryReactor* DeleteDevices(
      grpc::CallbackServerContext* context,
      const v1::DeleteDevicesRequest* request,
      v1::DeleteDevicesResponse* response) override;

 private:
  // One for each RPC. `caller` exists.
  absl::StatusOr<v1::ChangePasswordResponse> Handle(
      const v1::ChangePasswordRequest& request, const Caller& caller);
  absl::StatusOr<v1::DeactivateUserResponse> Handle(
      const v1::DeactivateUserRequest& request, const Caller& caller);
  absl::StatusOr<v1::ListDevicesResponse> Handle(
      const v1::ListDevicesRequest& request, const Caller& caller);
  absl::StatusOr<v1::Device> Handle(const v1::GetDeviceRequest& request,
                                    const Caller& caller);
  absl::StatusOr<v1::PutDeviceResponse> Handle(
      const v1::PutDeviceRequest& request, const Caller& caller);
  absl::StatusOr<v1::DeleteDevicesResponse> Handle(
      const v1::DeleteDevicesRequest& request, const Caller& caller);

  // Finds out who asks, who must exist, and calls Handle().
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Serve(grpc::CallbackServerContext* context,
                                  const Request* request, Response* response);
  boost::asio::awaitable<absl::StatusOr<Caller>> AwaitCaller(
      v1::Principal principal, server::CallContext call);
  absl::StatusOr<std::optional<PasswordProof>> ProofFromProto(
      bool is_given, const v1::PasswordProof& proof) const;

  const Domain domain_;
  registry_watch::LatestSnapshot& registry_;
  const matrix::ServerName server_name_;
  server::Executor& executor_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_CREDENTIALS_SERVICE_H_
