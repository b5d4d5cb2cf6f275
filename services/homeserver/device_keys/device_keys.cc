#include "services/homeserver/device_keys/device_keys.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

absl::Status CheckCount(absl::string_view field, size_t count, size_t max) {
  if (count <= max) return absl::OkStatus();
  return matrix::InvalidParam(
      field,
      absl::StrCat("has ", count, " entries; at most ", max, " are allowed"));
}

absl::Status CheckDeviceKeys(const ActingUser& acting,
                             const std::string& keys_json) {
  if (keys_json.size() > kDeviceKeysBytesMax) {
    return matrix::TooLarge("device_keys", kDeviceKeysBytesMax);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const Json keys, matrix::ParseObject(keys_json));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string user_id,
                            matrix::GetString(keys, "user_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string device_id,
                            matrix::GetString(keys, "device_id"));
  if (user_id != acting.user_id.str() || device_id != acting.device_id) {
    return matrix::InvalidParam(
        "device_keys", absl::StrCat("must be of ", acting.user_id.str(),
                                    " and ", matrix::Quote(acting.device_id)));
  }
  return absl::OkStatus();
}

absl::Status CheckClaimable(absl::string_view field,
                            const std::vector<ClaimableKey>& keys, size_t max) {
  CAUSEWAY_RETURN_IF_ERROR(CheckCount(field, keys.size(), max));
  std::set<std::pair<absl::string_view, absl::string_view>> names;
  for (const ClaimableKey& key : keys) {
    const bool is_named =
        !key.algorithm.empty() && !key.key_id.empty() &&
        key.algorithm.size() + 1 + key.key_id.size() <= kKeyNameBytesMax &&
        !absl::StrContains(key.algorithm, '\0') &&
        !absl::StrContains(key.key_id, '\0');
    if (!is_named) {
      return matrix::InvalidParam(
          field, absl::StrCat("keys are named algorithm:id, in at most ",
                              kKeyNameBytesMax, " bytes"));
    }
    if (!names.insert({key.algorithm, key.key_id}).second) {
      return matrix::InvalidParam(field, "has a key twice");
    }
    if (key.json.size() > kClaimableKeyBytesMax) {
      return matrix::TooLarge(field, kClaimableKeyBytesMax);
    }
    CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseJson(key.json));
    if (!json.is_object() && !json.is_string()) {
      return matrix::BadJson(field, "keys are strings or objects");
    }
  }
  return absl::OkStatus();
}

// Source: https://spec.matrix.org/v1.17/client-server-api/#post_matrixclientv3keysquery
absl::StatusOr<std::string> WithName(const StoredDeviceKeys& keys) {
  if (keys.display_name.empty()) return keys.json;
  CAUSEWAY_ASSIGN_OR_RETURN(Json json, matrix::ParseObject(keys.json));
  json["unsigned"] = {{"device_display_name", keys.display_name}};
  return matrix::DumpJson(json);
}

}  // namespace

DeviceKeys::DeviceKeys(DeviceKeyStore& store) : store_(store) {}

absl::StatusOr<KeyCounts> DeviceKeys::Upload(const ActingUser& acting,
                                             const DeviceKeysUpload& upload) {
  if (acting.device_id.empty()) {
    return matrix::InvalidParam("device_id",
                                "is missing: keys are of a device");
  }
  if (upload.device_keys_json.has_value()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckDeviceKeys(acting, *upload.device_keys_json));
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckClaimable("one_time_keys", upload.one_time_keys,
                                          kOneTimeKeysPerDeviceMax));
  CAUSEWAY_RETURN_IF_ERROR(CheckClaimable("fallback_keys", upload.fallback_keys,
                                          kFallbackKeysPerDeviceMax));
  absl::StatusOr<KeyCounts> counts =
      store_.Put(acting.user_id, acting.device_id, upload);
  if (absl::IsNotFound(counts.status())) {
    return matrix::NotFound(
        absl::StrCat("device ", matrix::Quote(acting.device_id)));
  }
  if (absl::IsAlreadyExists(counts.status())) {
    return matrix::MakeError(
        absl::StatusCode::kInvalidArgument, "M_UNKNOWN",
        "one_time_keys: another key has been uploaded by one of these names");
  }
  if (absl::IsResourceExhausted(counts.status())) {
    return matrix::MakeError(
        absl::StatusCode::kResourceExhausted, "M_RESOURCE_LIMIT_EXCEEDED",
        absl::StrCat("a device can have ", kOneTimeKeysPerDeviceMax,
                     " one-time keys and ", kFallbackKeysPerDeviceMax,
                     " fallback keys and no more"));
  }
  return counts;
}

absl::StatusOr<std::vector<StoredDeviceKeys>> DeviceKeys::Query(
    const std::vector<Wanted>& wanted) {
  CAUSEWAY_RETURN_IF_ERROR(
      CheckCount("device_keys", wanted.size(), kKeysAskedForMax));
  std::vector<std::string> user_ids;
  absl::flat_hash_map<std::string, const Wanted*> by_user;
  for (const Wanted& one : wanted) {
    user_ids.push_back(one.user_id);
    by_user[one.user_id] = &one;
  }
  absl::StatusOr<std::vector<StoredDeviceKeys>> found =
      store_.Find(user_ids, kDeviceKeysFoundBytesMax);
  if (absl::IsResourceExhausted(found.status())) {
    return matrix::TooLarge("the keys of all these users",
                            kDeviceKeysFoundBytesMax);
  }
  if (!found.ok()) return found.status();
  std::vector<StoredDeviceKeys> answer;
  for (StoredDeviceKeys& keys : *found) {
    const std::vector<std::string>& device_ids =
        by_user.at(keys.user_id)->device_ids;
    if (!device_ids.empty() && std::find(device_ids.begin(), device_ids.end(),
                                         keys.device_id) == device_ids.end()) {
      continue;
    }
    CAUSEWAY_ASSIGN_OR_RETURN(keys.json, WithName(keys));
    answer.push_back(std::move(keys));
  }
  return answer;
}

absl::StatusOr<std::vector<ClaimedKey>> DeviceKeys::Claim(
    std::vector<KeyClaim> claims) {
  CAUSEWAY_RETURN_IF_ERROR(
      CheckCount("one_time_keys", claims.size(), kKeysAskedForMax));
  // In one order, so that two callers never wait for each other.
  std::sort(claims.begin(), claims.end(),
            [](const KeyClaim& a, const KeyClaim& b) {
              return std::tie(a.user_id, a.device_id, a.algorithm) <
                     std::tie(b.user_id, b.device_id, b.algorithm);
            });
  return store_.Claim(claims);
}

}  // namespace causeway::homeserver
