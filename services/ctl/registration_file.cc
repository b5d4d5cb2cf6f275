#include "services/ctl/registration_file.h"

#include <yaml-cpp/yaml.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

absl::Status Bad(const YAML::Node& node, absl::string_view field,
                 absl::string_view what) {
  const int line = node.IsDefined() ? node.Mark().line + 1 : 0;
  return absl::InvalidArgumentError(
      absl::StrCat(line > 0 ? absl::StrCat("line ", line, ": ") : "", "field ",
                   field, ": ", what));
}

absl::StatusOr<std::string> ReadString(const YAML::Node& map,
                                       const std::string& field,
                                       bool required) {
  const YAML::Node node = map[field];
  if (!node.IsDefined() || node.IsNull()) {
    if (required) return Bad(map, field, "is missing");
    return std::string();
  }
  if (!node.IsScalar()) return Bad(node, field, "is not a string");
  if (required && node.Scalar().empty()) return Bad(node, field, "is empty");
  return node.Scalar();
}

absl::StatusOr<bool> ReadBool(const YAML::Node& map, const std::string& field,
                              bool absent) {
  const YAML::Node node = map[field];
  if (!node.IsDefined() || node.IsNull()) return absent;
  bool value = false;
  if (!YAML::convert<bool>::decode(node, value)) {
    return Bad(node, field, "is neither true nor false");
  }
  return value;
}

absl::StatusOr<std::vector<NamespaceEntry>> ReadNamespaces(
    const YAML::Node& namespaces, const std::string& kind) {
  std::vector<NamespaceEntry> entries;
  const YAML::Node list = namespaces[kind];
  if (!list.IsDefined() || list.IsNull()) return entries;
  const std::string field = absl::StrCat("namespaces.", kind);
  if (!list.IsSequence()) return Bad(list, field, "is not a list");
  for (const YAML::Node& node : list) {
    const std::string item = absl::StrCat(field, "[", entries.size(), "]");
    if (node.IsScalar()) {  // As the draft writes it.
      entries.push_back({.regex = node.Scalar(), .exclusive = false});
      continue;
    }
    if (!node.IsMap()) return Bad(node, item, "has no regex");
    const YAML::Node regex = node["regex"];
    if (!regex.IsDefined() || !regex.IsScalar()) {
      return Bad(node, absl::StrCat(item, ".regex"), "is not a string");
    }
    CAUSEWAY_ASSIGN_OR_RETURN(bool exclusive,
                              ReadBool(node, "exclusive", false));
    entries.push_back({.regex = regex.Scalar(), .exclusive = exclusive});
  }
  return entries;
}

absl::StatusOr<std::vector<std::string>> ReadProtocols(const YAML::Node& map) {
  std::vector<std::string> protocols;
  const YAML::Node list = map["protocols"];
  if (!list.IsDefined() || list.IsNull()) return protocols;
  if (!list.IsSequence()) return Bad(list, "protocols", "is not a list");
  for (const YAML::Node& node : list) {
    if (!node.IsScalar()) return Bad(node, "protocols", "holds no string");
    protocols.push_back(node.Scalar());
  }
  return protocols;
}

// The field has an older name with a prefix that bridges still write.
absl::StatusOr<bool> ReadReceiveEphemeral(const YAML::Node& map) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      bool unstable,
      ReadBool(map, "de.sorunome.msc2409.push_ephemeral", false));
  return ReadBool(map, "receive_ephemeral", unstable);
}

absl::StatusOr<RegistrationFile> FromYaml(const YAML::Node& map) {
  if (!map.IsMap()) {
    return absl::InvalidArgumentError("it is not a map of fields");
  }
  RegistrationFile file;
  CAUSEWAY_ASSIGN_OR_RETURN(file.id, ReadString(map, "id", true));
  CAUSEWAY_ASSIGN_OR_RETURN(file.url, ReadString(map, "url", false));
  CAUSEWAY_ASSIGN_OR_RETURN(file.as_token, ReadString(map, "as_token", true));
  CAUSEWAY_ASSIGN_OR_RETURN(file.hs_token, ReadString(map, "hs_token", true));
  CAUSEWAY_ASSIGN_OR_RETURN(file.sender_localpart,
                            ReadString(map, "sender_localpart", true));
  CAUSEWAY_ASSIGN_OR_RETURN(file.rate_limited,
                            ReadBool(map, "rate_limited", true));
  CAUSEWAY_ASSIGN_OR_RETURN(file.protocols, ReadProtocols(map));
  CAUSEWAY_ASSIGN_OR_RETURN(file.receive_ephemeral, ReadReceiveEphemeral(map));
  const YAML::Node namespaces = map["namespaces"];
  if (!namespaces.IsDefined() || namespaces.IsNull()) return file;
  if (!namespaces.IsMap()) return Bad(namespaces, "namespaces", "is not a map");
  CAUSEWAY_ASSIGN_OR_RETURN(file.users, ReadNamespaces(namespaces, "users"));
  CAUSEWAY_ASSIGN_OR_RETURN(file.aliases,
                            ReadNamespaces(namespaces, "aliases"));
  CAUSEWAY_ASSIGN_OR_RETURN(file.rooms, ReadNamespaces(namespaces, "rooms"));
  return file;
}

}  // namespace

absl::StatusOr<RegistrationFile> ParseRegistrationFile(absl::string_view yaml) {
  if (yaml.size() > kRegistrationFileBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", yaml.size(), " bytes; at most ",
                     kRegistrationFileBytesMax, " are taken"));
  }
  try {
    return FromYaml(YAML::Load(std::string(yaml)));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", error.mark.line + 1, ": ", error.msg));
  }
}

}  // namespace causeway::ctl
