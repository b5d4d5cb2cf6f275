#include "services/query_proxy/third_party_json.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::query {
namespace {

// Source: https://spec.matrix.org/v1.17/application-service-api/#get_matrixappv1thirdpartyuserprotocol
bool IsEntry(const matrix::Json& entry, const std::string& id_field) {
  return entry.is_object() && matrix::GetString(entry, id_field).ok() &&
         matrix::GetString(entry, "protocol").ok() &&
         matrix::GetObject(entry, "fields").ok();
}

}  // namespace

size_t ProtocolInfo::bytes() const {
  size_t bytes = object.size();
  for (const std::string& instance : instances) bytes += instance.size();
  return bytes;
}

absl::StatusOr<ProtocolInfo> ParseProtocolInfo(
    absl::string_view body, absl::string_view appservice_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::Json object, matrix::ParseObject(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const matrix::Json* instances,
                            matrix::GetArray(object, "instances"));
  ProtocolInfo info;
  for (matrix::Json instance : *instances) {
    if (!instance.is_object()) {
      return matrix::BadJson("instances", "holds what isn't an object");
    }
    absl::StatusOr<std::string> network_id =
        matrix::GetString(instance, "network_id");
    if (network_id.ok()) {
      instance["instance_id"] = absl::StrCat(appservice_id, "|", *network_id);
    }
    info.instances.push_back(matrix::DumpJson(instance));
  }
  object.erase("instances");
  info.object = matrix::DumpJson(object);
  return info;
}

std::string MergeProtocol(const std::vector<const ProtocolInfo*>& infos) {
  std::vector<absl::string_view> instances;
  size_t bytes = infos.front()->object.size();
  for (const ProtocolInfo* info : infos) {
    for (const std::string& instance : info->instances) {
      bytes += instance.size() + 1;
      if (bytes > kMergedBytesMax) break;
      instances.push_back(instance);
    }
  }
  absl::string_view object = infos.front()->object;
  object.remove_suffix(1);  // The brace.
  return absl::StrCat(object, object.size() > 1 ? "," : "", "\"instances\":[",
                      absl::StrJoin(instances, ","), "]}");
}

absl::Status EntryList::Add(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const matrix::Json entries,
                            matrix::ParseJson(body));
  if (!entries.is_array()) {
    return absl::InvalidArgumentError("its answer is not an array");
  }
  for (const matrix::Json& entry : entries) {
    if (is_full()) break;
    if (!IsEntry(entry, id_field_)) continue;
    const std::string text = matrix::DumpJson(entry);
    // One that is too long for the rest of the room hides no other.
    if (entries_.size() + text.size() > kMergedBytesMax) continue;
    absl::StrAppend(&entries_, count_ == 0 ? "" : ",", text);
    ++count_;
  }
  return absl::OkStatus();
}

std::string EntryList::json() const { return absl::StrCat("[", entries_, "]"); }

}  // namespace causeway::query
