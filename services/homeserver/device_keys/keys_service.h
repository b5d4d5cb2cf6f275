#ifndef CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_KEYS_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_KEYS_SERVICE_H_

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/keys.grpc.pb.h"
#include "services/homeserver/accounts/known_callers.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/device_keys/device_keys.h"
#include "services/homeserver/principal_proto.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// causeway.homeserver.v1.Keys: decodes, finds out who asks, calls the domain,
// encodes.
//
// Thread-safe.
class KeysService final : public v1::Keys::CallbackService {
 public:
  // The references must outlive the service. `store` is that of `device_keys`.
  KeysService(DeviceKeys& device_keys, DeviceKeyStore& store,
              KnownCallers& callers, matrix::ServerName server_name);

  grpc::ServerUnaryReactor* UploadKeys(
      grpc::CallbackServerContext* context,
      const v1::UploadKeysRequest* request,
      v1::UploadKeysResponse* response) override;
  grpc::ServerUnaryReactor* QueryKeys(grpc::CallbackServerContext* context,
                                      const v1::QueryKeysRequest* request,
                                      v1::QueryKeysResponse* response) override;
  grpc::ServerUnaryReactor* ClaimKeys(grpc::CallbackServerContext* context,
                                      const v1::ClaimKeysRequest* request,
                                      v1::ClaimKeysResponse* response) override;
  grpc::ServerUnaryReactor* GetKeyChanges(
      grpc::CallbackServerContext* context,
      const v1::GetKeyChangesRequest* request,
      v1::GetKeyChangesResponse* response) override;

 private:
  absl::StatusOr<v1::UploadKeysResponse> Upload(
      const Caller& caller, const v1::UploadKeysRequest& request);
  absl::StatusOr<v1::QueryKeysResponse> Query(
      const v1::QueryKeysRequest& request);
  absl::StatusOr<v1::ClaimKeysResponse> Claim(
      const v1::ClaimKeysRequest& request);
  absl::StatusOr<v1::GetKeyChangesResponse> Changes(
      const Caller& caller, const v1::GetKeyChangesRequest& request);

  DeviceKeys& device_keys_;
  DeviceKeyStore& store_;
  KnownCallers& callers_;
  const matrix::ServerName server_name_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_KEYS_SERVICE_H_
