#include "services/gateway/credential_routes.h"

#include <string>
#include <utility>

#include "services/gateway/credential_json.h"
#include "services/gateway/interactive_auth.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Credentials::StubInterface::async_interface;

// `done`, or the 401 that asks for a proof.
HttpResponse AfterProof(pb::ProofResult result, std::string done) {
  if (result == pb::PROOF_ACCEPTED) return JsonResponse(std::move(done));
  return AuthWanted(AuthStage::kPassword, result == pb::PROOF_WRONG);
}

}  // namespace

CredentialRoutes::CredentialRoutes(pb::Credentials::StubInterface& credentials,
                                   RateLimits& limits)
    : credentials_(credentials), limits_(limits) {}

RouteTable CredentialRoutes::Routes() {
  const auto route =
      [this](const char* method, const std::string& path,
             Answer (CredentialRoutes::*handler)(const RoutedRequest&)) {
        return Route{
            {method, "/_matrix/client/{version}" + path, AllClientVersions()},
            RouteAuth::kRequired,
            [this, handler](const RoutedRequest& request) {
              return (this->*handler)(request);
            }};
      };
  return {
      route("POST", "/account/password", &CredentialRoutes::ChangePassword),
      route("POST", "/account/deactivate", &CredentialRoutes::Deactivate),
      route("GET", "/devices", &CredentialRoutes::ListDevices),
      route("GET", "/devices/{device_id}", &CredentialRoutes::GetDevice),
      route("PUT", "/devices/{device_id}", &CredentialRoutes::PutDevice),
      route("DELETE", "/devices/{device_id}", &CredentialRoutes::DeleteDevice),
      route("POST", "/delete_devices", &CredentialRoutes::DeleteDevices),
  };
}

CredentialRoutes::Answer CredentialRoutes::ChangePassword(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::ChangePasswordRequest change,
                               ParseChangePassword(request.http.body));
  if (change.has_proof()) {
    CAUSEWAY_CO_RETURN_IF_ERROR(limits_.AdmitProof(request.principal));
  }
  *change.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::ChangePasswordResponse response,
      co_await server::AwaitCall(request.call, credentials_.async(),
                                 &Async::ChangePassword, std::move(change)));
  co_return AfterProof(response.proof(), "{}");
}

CredentialRoutes::Answer CredentialRoutes::Deactivate(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::DeactivateUserRequest deactivate,
                               ParseDeactivateUser(request.http.body));
  if (deactivate.has_proof()) {
    CAUSEWAY_CO_RETURN_IF_ERROR(limits_.AdmitProof(request.principal));
  }
  *deactivate.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::DeactivateUserResponse response,
      co_await server::AwaitCall(request.call, credentials_.async(),
                                 &Async::DeactivateUser,
                                 std::move(deactivate)));
  // Without identity servers nothing was bound.
  co_return AfterProof(response.proof(),
                       R"({"id_server_unbind_result":"no-support"})");
}

CredentialRoutes::Answer CredentialRoutes::ListDevices(
    const RoutedRequest& request) {
  pb::ListDevicesRequest list;
  *list.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::ListDevicesResponse response,
      co_await server::AwaitCall(request.call, credentials_.async(),
                                 &Async::ListDevices, std::move(list)));
  co_return JsonResponse(DevicesAnswer(response));
}

CredentialRoutes::Answer CredentialRoutes::GetDevice(
    const RoutedRequest& request) {
  pb::GetDeviceRequest get;
  *get.mutable_principal() = request.principal;
  get.set_device_id(request.path.Get("device_id"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::Device device,
      co_await server::AwaitCall(request.call, credentials_.async(),
                                 &Async::GetDevice, std::move(get)));
  co_return JsonResponse(DeviceAnswer(device));
}

CredentialRoutes::Answer CredentialRoutes::PutDevice(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::PutDeviceRequest put,
      ParsePutDevice(request.http.body, request.path.Get("device_id")));
  *put.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::PutDeviceResponse response,
      co_await server::AwaitCall(request.call, credentials_.async(),
                                 &Async::PutDevice, std::move(put)));
  HttpResponse answer;
  if (response.created()) answer.status = 201;
  co_return answer;
}

CredentialRoutes::Answer CredentialRoutes::DeleteDevice(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::DeleteDevicesRequest remove,
      ParseDeleteDevice(request.http.body, request.path.Get("device_id")));
  co_return co_await Delete(request, std::move(remove));
}

CredentialRoutes::Answer CredentialRoutes::DeleteDevices(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::DeleteDevicesRequest remove,
                               ParseDeleteDevices(request.http.body));
  co_return co_await Delete(request, std::move(remove));
}

CredentialRoutes::Answer CredentialRoutes::Delete(
    const RoutedRequest& request, pb::DeleteDevicesRequest remove) {
  if (remove.has_proof()) {
    CAUSEWAY_CO_RETURN_IF_ERROR(limits_.AdmitProof(request.principal));
  }
  *remove.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::DeleteDevicesResponse response,
      co_await server::AwaitCall(request.call, credentials_.async(),
                                 &Async::DeleteDevices, std::move(remove)));
  co_return AfterProof(response.proof(), "{}");
}

}  // namespace causeway::gateway
