#include "services/homeserver/device_keys/keys_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using Keys = google::protobuf::RepeatedPtrField<v1::UploadKeysRequest::Key>;

std::vector<ClaimableKey> KeysFromProto(const Keys& protos) {
  std::vector<ClaimableKey> keys;
  keys.reserve(protos.size());
  for (const v1::UploadKeysRequest::Key& key : protos) {
    keys.push_back({.algorithm = key.algorithm(),
                    .key_id = key.id(),
                    .json = key.key_json()});
  }
  return keys;
}

}  // namespace

KeysService::KeysService(DeviceKeys& device_keys, DeviceKeyStore& store,
                         KnownCallers& callers, matrix::ServerName server_name)
    : device_keys_(device_keys),
      store_(store),
      callers_(callers),
      server_name_(std::move(server_name)) {}

grpc::ServerUnaryReactor* KeysService::UploadKeys(
    grpc::CallbackServerContext* context, const v1::UploadKeysRequest* request,
    v1::UploadKeysResponse* response) {
  return callers_.Serve(
      context, request, response,
      [this](const Caller& caller, const v1::UploadKeysRequest& request) {
        return Upload(caller, request);
      });
}

grpc::ServerUnaryReactor* KeysService::QueryKeys(
    grpc::CallbackServerContext* context, const v1::QueryKeysRequest* request,
    v1::QueryKeysResponse* response) {
  return callers_.Serve(
      context, request, response,
      [this](const Caller&, const v1::QueryKeysRequest& request) {
        return Query(request);
      });
}

grpc::ServerUnaryReactor* KeysService::ClaimKeys(
    grpc::CallbackServerContext* context, const v1::ClaimKeysRequest* request,
    v1::ClaimKeysResponse* response) {
  return callers_.Serve(
      context, request, response,
      [this](const Caller&, const v1::ClaimKeysRequest& request) {
        return Claim(request);
      });
}

grpc::ServerUnaryReactor* KeysService::GetKeyChanges(
    grpc::CallbackServerContext* context,
    const v1::GetKeyChangesRequest* request,
    v1::GetKeyChangesResponse* response) {
  return callers_.Serve(
      context, request, response,
      [this](const Caller& caller, const v1::GetKeyChangesRequest& request) {
        return Changes(caller, request);
      });
}

absl::StatusOr<v1::UploadKeysResponse> KeysService::Upload(
    const Caller& caller, const v1::UploadKeysRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(MayEditUser(*caller.snapshot, caller.acting));
  DeviceKeysUpload upload = {
      .device_keys_json = std::nullopt,
      .one_time_keys = KeysFromProto(request.one_time_keys()),
      .fallback_keys = KeysFromProto(request.fallback_keys())};
  if (!request.device_keys_json().empty()) {
    upload.device_keys_json = request.device_keys_json();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const KeyCounts counts,
                            device_keys_.Upload(caller.acting, upload));
  v1::UploadKeysResponse response;
  for (const auto& [algorithm, count] : counts) {
    v1::KeyCount& one = *response.add_one_time_key_counts();
    one.set_algorithm(algorithm);
    one.set_count(count);
  }
  return response;
}

absl::StatusOr<v1::QueryKeysResponse> KeysService::Query(
    const v1::QueryKeysRequest& request) {
  v1::QueryKeysResponse response;
  std::vector<DeviceKeys::Wanted> wanted;
  for (const v1::QueryKeysRequest::User& user : request.users()) {
    const absl::StatusOr<matrix::UserId> user_id =
        matrix::UserId::Parse(user.user_id(), "device_keys");
    if (!user_id.ok() || user_id->server_name() != server_name_.str()) continue;
    response.add_user_ids(user.user_id());
    wanted.push_back(
        {.user_id = user.user_id(),
         .device_ids = {user.device_ids().begin(), user.device_ids().end()}});
  }
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<StoredDeviceKeys> found,
                            device_keys_.Query(wanted));
  for (StoredDeviceKeys& keys : found) {
    v1::QueryKeysResponse::Device& device = *response.add_devices();
    device.set_user_id(std::move(keys.user_id));
    device.set_device_id(std::move(keys.device_id));
    device.set_keys_json(std::move(keys.json));
  }
  return response;
}

absl::StatusOr<v1::ClaimKeysResponse> KeysService::Claim(
    const v1::ClaimKeysRequest& request) {
  std::vector<KeyClaim> claims;
  for (const v1::ClaimKeysRequest::Device& device : request.devices()) {
    claims.push_back({.user_id = device.user_id(),
                      .device_id = device.device_id(),
                      .algorithm = device.algorithm()});
  }
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<ClaimedKey> claimed,
                            device_keys_.Claim(std::move(claims)));
  v1::ClaimKeysResponse response;
  for (ClaimedKey& one : claimed) {
    v1::ClaimKeysResponse::Key& key = *response.add_keys();
    key.set_user_id(std::move(one.user_id));
    key.set_device_id(std::move(one.device_id));
    key.set_name(absl::StrCat(one.key.algorithm, ":", one.key.key_id));
    key.set_key_json(std::move(one.key.json));
  }
  return response;
}

absl::StatusOr<v1::GetKeyChangesResponse> KeysService::Changes(
    const Caller& caller, const v1::GetKeyChangesRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const SyncPosition from,
                            ParseSyncPosition(request.from(), "from"));
  CAUSEWAY_ASSIGN_OR_RETURN(const SyncPosition to,
                            ParseSyncPosition(request.to(), "to"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      DeviceKeyStore::ListChange change,
      store_.ListChanges(caller.acting.user_id, {.updates_after = from.updates,
                                                 .updates_up_to = to.updates,
                                                 .events_after = from.events,
                                                 .events_up_to = to.events}));
  v1::GetKeyChangesResponse response;
  for (std::string& user_id : change.changed) {
    response.add_changed_user_ids(std::move(user_id));
  }
  for (std::string& user_id : change.left) {
    response.add_left_user_ids(std::move(user_id));
  }
  return response;
}

}  // namespace causeway::homeserver
