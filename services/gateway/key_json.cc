#include "services/gateway/key_json.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "services/gateway/raw_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using matrix::Json;

// {"algorithm:id": key}
absl::Status ParseKeys(
    const Json& body, absl::string_view field,
    google::protobuf::RepeatedPtrField<pb::UploadKeysRequest::Key>& keys) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* object,
                            matrix::GetOptionalObject(body, field));
  if (object == nullptr) return absl::OkStatus();
  for (const auto& [name, json] : object->items()) {
    const size_t colon = name.find(':');
    if (colon == std::string::npos) {
      return matrix::BadJson(field, "keys are named algorithm:id");
    }
    pb::UploadKeysRequest::Key& key = *keys.Add();
    key.set_algorithm(name.substr(0, colon));
    key.set_id(name.substr(colon + 1));
    key.set_key_json(matrix::DumpJson(json));
  }
  return absl::OkStatus();
}

// {"@user": {"DEVICE": {...}}}
class ByDevice {
 public:
  void StartUser(const std::string& user_id) { users_[user_id]; }
  std::string& operator()(const std::string& user_id,
                          const std::string& device_id) {
    return users_[user_id][device_id];
  }
  std::string str() const {
    JsonObjectWriter all;
    for (const auto& [user_id, devices] : users_) {
      JsonObjectWriter of_user;
      for (const auto& [device_id, json] : devices) {
        of_user.Add(device_id, json);
      }
      all.Add(user_id, of_user.str());
    }
    return all.str();
  }

 private:
  std::map<std::string, std::map<std::string, std::string>> users_;
};

}  // namespace

absl::StatusOr<pb::UploadKeysRequest> ParseUploadKeys(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  pb::UploadKeysRequest request;
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* device_keys,
                            matrix::GetOptionalObject(json, "device_keys"));
  if (device_keys != nullptr) {
    request.set_device_keys_json(matrix::DumpJson(*device_keys));
  }
  CAUSEWAY_RETURN_IF_ERROR(
      ParseKeys(json, "one_time_keys", *request.mutable_one_time_keys()));
  CAUSEWAY_RETURN_IF_ERROR(
      ParseKeys(json, "fallback_keys", *request.mutable_fallback_keys()));
  return request;
}

std::string UploadKeysAnswer(const pb::UploadKeysResponse& response) {
  JsonObjectWriter counts;
  for (const pb::KeyCount& count : response.one_time_key_counts()) {
    counts.Add(count.algorithm(), absl::StrCat(count.count()));
  }
  return JsonObjectWriter().Add("one_time_key_counts", counts.str()).str();
}

absl::StatusOr<pb::QueryKeysRequest> ParseQueryKeys(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* wanted,
                            matrix::GetObject(json, "device_keys"));
  pb::QueryKeysRequest request;
  for (const auto& [user_id, device_ids] : wanted->items()) {
    pb::QueryKeysRequest::User& user = *request.add_users();
    user.set_user_id(user_id);
    if (!device_ids.is_array()) {
      return matrix::BadJson("device_keys", "expected an array for each user");
    }
    for (const Json& device_id : device_ids) {
      if (!device_id.is_string()) {
        return matrix::BadJson("device_keys", "device IDs are strings");
      }
      user.add_device_ids(device_id.get<std::string>());
    }
  }
  return request;
}

std::string QueryKeysAnswer(const pb::QueryKeysResponse& response) {
  ByDevice keys;
  for (const std::string& user_id : response.user_ids()) {
    keys.StartUser(user_id);
  }
  for (const pb::QueryKeysResponse::Device& device : response.devices()) {
    keys(device.user_id(), device.device_id()) = device.keys_json();
  }
  return JsonObjectWriter()
      .Add("device_keys", keys.str())
      .Add("failures", "{}")
      .str();
}

absl::StatusOr<pb::ClaimKeysRequest> ParseClaimKeys(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* wanted,
                            matrix::GetObject(json, "one_time_keys"));
  pb::ClaimKeysRequest request;
  for (const auto& [user_id, by_device] : wanted->items()) {
    if (!by_device.is_object()) {
      return matrix::BadJson("one_time_keys",
                             "expected an object for each user");
    }
    for (const auto& [device_id, algorithm] : by_device.items()) {
      if (!algorithm.is_string()) {
        return matrix::BadJson("one_time_keys",
                               "expected an algorithm for each device");
      }
      pb::ClaimKeysRequest::Device& device = *request.add_devices();
      device.set_user_id(user_id);
      device.set_device_id(device_id);
      device.set_algorithm(algorithm.get<std::string>());
    }
  }
  return request;
}

std::string ClaimKeysAnswer(const pb::ClaimKeysResponse& response) {
  ByDevice keys;
  for (const pb::ClaimKeysResponse::Key& key : response.keys()) {
    // One algorithm of each device is asked for, so that it has one key.
    keys(key.user_id(), key.device_id()) =
        JsonObjectWriter().Add(key.name(), key.key_json()).str();
  }
  return JsonObjectWriter()
      .Add("one_time_keys", keys.str())
      .Add("failures", "{}")
      .str();
}

std::string KeyChangesAnswer(const pb::GetKeyChangesResponse& response) {
  return JsonObjectWriter()
      .Add("changed", JsonStrings(response.changed_user_ids()))
      .Add("left", JsonStrings(response.left_user_ids()))
      .str();
}

}  // namespace causeway::gateway
