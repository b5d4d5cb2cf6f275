#include "services/homeserver/accounts/credentials_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "services/homeserver/accounts/accounts_proto.h"
#include "services/homeserver/authorization.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

v1::ProofResult ProofResultToProto(ProofResult result) {
  switch (result) {
    case ProofResult::kAccepted:
      return v1::PROOF_ACCEPTED;
    case ProofResult::kMissing:
      return v1::PROOF_MISSING;
    case ProofResult::kWrong:
      return v1::PROOF_WRONG;
  }
  return v1::PROOF_RESULT_UNSPECIFIED;
}

v1::Device DeviceToProto(const StoredDevice& device) {
  v1::Device proto;
  proto.set_device_id(device.device_id);
  proto.set_display_name(device.display_name);
  return proto;
}

}  // namespace

CredentialsService::CredentialsService(Domain domain,
                                       registry_watch::LatestSnapshot& registry,
                                       matrix::ServerName server_name,
                                       server::Executor& executor)
    : domain_(domain),
      registry_(registry),
      server_name_(std::move(server_name)),
      executor_(executor) {}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* CredentialsService::Serve(
    grpc::CallbackServerContext* context, const Request* request,
    Response* response) {
  return server::SpawnUnary(
      executor_, context, response,
      [this, request](const server::CallContext& call)
          -> boost::asio::awaitable<absl::StatusOr<Response>> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            const Caller caller,
            co_await AwaitCaller(request->principal(), call));
        co_return Handle(*request, caller);
      });
}

grpc::ServerUnaryReactor* CredentialsService::ChangePassword(
    grpc::CallbackServerContext* context,
    const v1::ChangePasswordRequest* request,
    v1::ChangePasswordResponse* response) {
  return Serve(context, request, response);
}

grpc::ServerUnaryReactor* CredentialsService::DeactivateUser(
    grpc::CallbackServerContext* context,
    const v1::DeactivateUserRequest* request,
    v1::DeactivateUserResponse* response) {
  return Serve(context, request, response);
}

grpc::ServerUnaryReactor* CredentialsService::ListDevices(
    grpc::CallbackServerContext* context, const v1::ListDevicesRequest* request,
    v1::ListDevicesResponse* response) {
  return Serve(context, request, response);
}

grpc::ServerUnaryReactor* CredentialsService::GetDevice(
    grpc::CallbackServerContext* context, const v1::GetDeviceRequest* request,
    v1::Device* response) {
  return Serve(context, request, response);
}

grpc::ServerUnaryReactor* CredentialsService::PutDevice(
    grpc::CallbackServerContext* context, const v1::PutDeviceRequest* request,
    v1::PutDeviceResponse* response) {
  return Serve(context, request, response);
}

grpc::ServerUnaryReactor* CredentialsService::DeleteDevices(
    grpc::CallbackServerContext* context,
    const v1::DeleteDevicesRequest* request,
    v1::DeleteDevicesResponse* response) {
  return Serve(context, request, response);
}

absl::StatusOr<v1::ChangePasswordResponse> CredentialsService::Handle(
    const v1::ChangePasswordRequest& request, const Caller& caller) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::optional<PasswordProof> proof,
      ProofFromProto(request.has_proof(), request.proof()));
  CAUSEWAY_ASSIGN_OR_RETURN(const ProofResult result,
                            domain_.credentials.ChangePassword(
                                caller.acting, proof, request.new_password(),
                                request.keep_devices()));
  v1::ChangePasswordResponse response;
  response.set_proof(ProofResultToProto(result));
  return response;
}

absl::StatusOr<v1::DeactivateUserResponse> CredentialsService::Handle(
    const v1::DeactivateUserRequest& request, const Caller& caller) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::optional<PasswordProof> proof,
      ProofFromProto(request.has_proof(), request.proof()));
  if (caller.acting.is_own_user) {
    // It may act as more users than it may end: those of an exclusive namespace
    // of another.
    CAUSEWAY_RETURN_IF_ERROR(MayCreateUser(*caller.snapshot, &caller.principal,
                                           caller.acting.user_id));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      const ProofResult result,
      domain_.credentials.Deactivate(caller.acting, proof,
                                     domain_.departure_listener));
  v1::DeactivateUserResponse response;
  response.set_proof(ProofResultToProto(result));
  return response;
}

absl::StatusOr<v1::ListDevicesResponse> CredentialsService::Handle(
    const v1::ListDevicesRequest&, const Caller& caller) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<StoredDevice> devices,
                            domain_.credentials.ListDevices(caller.acting));
  v1::ListDevicesResponse response;
  for (const StoredDevice& device : devices) {
    *response.add_devices() = DeviceToProto(device);
  }
  return response;
}

absl::StatusOr<v1::Device> CredentialsService::Handle(
    const v1::GetDeviceRequest& request, const Caller& caller) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const StoredDevice device,
      domain_.credentials.GetDevice(caller.acting, request.device_id()));
  return DeviceToProto(device);
}

absl::StatusOr<v1::PutDeviceResponse> CredentialsService::Handle(
    const v1::PutDeviceRequest& request, const Caller& caller) {
  CAUSEWAY_RETURN_IF_ERROR(MayEditUser(*caller.snapshot, caller.acting));
  std::optional<std::string> display_name;
  if (request.has_display_name())
    display_name = request.device().display_name();
  CAUSEWAY_ASSIGN_OR_RETURN(
      const bool created,
      domain_.credentials.PutDevice(caller.acting, request.device().device_id(),
                                    display_name));
  v1::PutDeviceResponse response;
  response.set_created(created);
  return response;
}

absl::StatusOr<v1::DeleteDevicesResponse> CredentialsService::Handle(
    const v1::DeleteDevicesRequest& request, const Caller& caller) {
  CAUSEWAY_RETURN_IF_ERROR(MayEditUser(*caller.snapshot, caller.acting));
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::optional<PasswordProof> proof,
      ProofFromProto(request.has_proof(), request.proof()));
  CAUSEWAY_ASSIGN_OR_RETURN(
      const ProofResult result,
      domain_.credentials.DeleteDevices(
          caller.acting, proof,
          {request.device_ids().begin(), request.device_ids().end()}));
  v1::DeleteDevicesResponse response;
  response.set_proof(ProofResultToProto(result));
  return response;
}

boost::asio::awaitable<absl::StatusOr<Caller>> CredentialsService::AwaitCaller(
    v1::Principal principal, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Caller caller, co_await homeserver::AwaitCaller(std::move(principal),
                                                      registry_, server_name_));
  CAUSEWAY_CO_RETURN_IF_ERROR(co_await domain_.discovery.EnsureActorKnown(
      caller.acting, std::move(call)));
  co_return caller;
}

absl::StatusOr<std::optional<PasswordProof>> CredentialsService::ProofFromProto(
    bool is_given, const v1::PasswordProof& proof) const {
  if (!is_given) return std::nullopt;
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId user_id,
                            UserFromProto(proof.user(), server_name_));
  return PasswordProof{.user_id = std::move(user_id),
                       .password = proof.password()};
}

}  // namespace causeway::homeserver
