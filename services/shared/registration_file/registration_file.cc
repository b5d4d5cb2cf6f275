#include "services/shared/registration_file/registration_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/registration_file/registration_fields.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registration_file {
namespace {

// Those of the specification.
constexpr absl::string_view kFields[] = {
    "id",           "url",       "as_token",          "hs_token",
    "namespaces",   "protocols", "receive_ephemeral", "sender_localpart",
    "rate_limited",
};
constexpr int kExtraNodesMax = 10'000;

absl::Status Bad(const YAML::Node& node, absl::string_view field,
                 absl::string_view what) {
  const int line = node.IsDefined() ? node.Mark().line + 1 : 0;
  return absl::InvalidArgumentError(
      absl::StrCat(line > 0 ? absl::StrCat("line ", line, ": ") : "", "field ",
                   field, ": ", what));
}

// `fault` with the line of what it is about.
absl::Status At(const YAML::Node& node, const absl::Status& fault) {
  if (fault.ok()) return fault;
  return absl::InvalidArgumentError(
      absl::StrCat("line ", node.Mark().line + 1, ": ", fault.message()));
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
    // As the draft writes it, and as its registration over HTTP means it:
    // homeservers of those days kept people out of every namespace. Room IDs
    // nobody chooses.
    if (node.IsScalar()) {
      entries.push_back({.regex = node.Scalar(), .exclusive = kind != "rooms"});
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

// Writes what was read: a scalar that was quoted is text also where it looks
// like a number, and says so by its tag. Aliases are written out, so a short
// text can be a long one: what exceeds `nodes_left` throws.
void Write(const YAML::Node& node, int& nodes_left, YAML::Emitter& out) {
  if (--nodes_left < 0)
    throw YAML::Exception(node.Mark(), "has too many nodes");
  switch (node.Type()) {
    case YAML::NodeType::Map:
      out << YAML::BeginMap;
      for (const auto& item : node) {
        out << YAML::Key;
        Write(item.first, nodes_left, out);
        out << YAML::Value;
        Write(item.second, nodes_left, out);
      }
      out << YAML::EndMap;
      return;
    case YAML::NodeType::Sequence:
      out << YAML::BeginSeq;
      for (const YAML::Node& item : node) Write(item, nodes_left, out);
      out << YAML::EndSeq;
      return;
    case YAML::NodeType::Scalar:
      if (node.Tag() == "!") out << YAML::DoubleQuoted;
      out << node.Scalar();
      return;
    default:
      out << YAML::Null;
  }
}

absl::StatusOr<std::string> ReadExtraFields(const YAML::Node& map) {
  YAML::Emitter out;
  int count = 0;
  int nodes_left = kExtraNodesMax;
  out << YAML::BeginMap;
  for (const auto& item : map) {
    if (!item.first.IsScalar() ||
        std::find(std::begin(kFields), std::end(kFields),
                  item.first.Scalar()) != std::end(kFields)) {
      continue;
    }
    out << YAML::Key;
    Write(item.first, nodes_left, out);
    out << YAML::Value;
    Write(item.second, nodes_left, out);
    ++count;
    if (out.size() > kExtraFieldsBytesMax) {
      return Bad(item.second, item.first.Scalar(),
                 absl::StrCat("makes the fields that the specification doesn't "
                              "have more than ",
                              kExtraFieldsBytesMax, " bytes"));
    }
  }
  out << YAML::EndMap;
  return count == 0 ? std::string() : absl::StrCat(out.c_str(), "\n");
}

void WriteNamespaces(const std::string& kind,
                     const std::vector<NamespaceEntry>& entries,
                     YAML::Emitter& out) {
  out << YAML::Key << kind << YAML::Value << YAML::BeginSeq;
  for (const NamespaceEntry& entry : entries) {
    out << YAML::BeginMap << YAML::Key << "exclusive" << YAML::Value
        << entry.exclusive << YAML::Key << "regex" << YAML::Value
        << YAML::DoubleQuoted << entry.regex << YAML::EndMap;
  }
  out << YAML::EndSeq;
}

absl::StatusOr<RegistrationFile> FromYaml(const YAML::Node& map) {
  if (!map.IsMap()) {
    return absl::InvalidArgumentError("it is not a map of fields");
  }
  RegistrationFile file;
  CAUSEWAY_ASSIGN_OR_RETURN(file.id, ReadString(map, "id", true));
  CAUSEWAY_ASSIGN_OR_RETURN(file.url, ReadString(map, "url", false));
  CAUSEWAY_ASSIGN_OR_RETURN(file.as_token, ReadString(map, "as_token", true));
  CAUSEWAY_RETURN_IF_ERROR(At(map["as_token"], CheckAsToken(file.as_token)));
  CAUSEWAY_ASSIGN_OR_RETURN(file.hs_token, ReadString(map, "hs_token", true));
  CAUSEWAY_RETURN_IF_ERROR(At(map["hs_token"], CheckHsToken(file.hs_token)));
  CAUSEWAY_ASSIGN_OR_RETURN(file.sender_localpart,
                            ReadString(map, "sender_localpart", true));
  CAUSEWAY_ASSIGN_OR_RETURN(file.rate_limited,
                            ReadBool(map, "rate_limited", true));
  CAUSEWAY_ASSIGN_OR_RETURN(file.protocols, ReadProtocols(map));
  CAUSEWAY_RETURN_IF_ERROR(
      At(map["protocols"], CheckProtocols(file.protocols)));
  CAUSEWAY_ASSIGN_OR_RETURN(file.receive_ephemeral, ReadReceiveEphemeral(map));
  CAUSEWAY_ASSIGN_OR_RETURN(file.extra_fields_yaml, ReadExtraFields(map));
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

std::string FormatRegistrationFile(const RegistrationFile& file) {
  YAML::Emitter out;
  const auto field = [&out](const char* name) -> YAML::Emitter& {
    return out << YAML::Key << name << YAML::Value;
  };
  const auto text = [&field](const char* name, const std::string& value) {
    field(name) << YAML::DoubleQuoted << value;
  };
  out << YAML::BeginMap;
  text("id", file.id);
  if (file.url.empty()) {
    field("url") << YAML::Null;
  } else {
    text("url", file.url);
  }
  if (!file.as_token.empty()) text("as_token", file.as_token);
  if (!file.hs_token.empty()) text("hs_token", file.hs_token);
  text("sender_localpart", file.sender_localpart);
  field("namespaces") << YAML::BeginMap;
  WriteNamespaces("users", file.users, out);
  WriteNamespaces("aliases", file.aliases, out);
  WriteNamespaces("rooms", file.rooms, out);
  out << YAML::EndMap;
  field("rate_limited") << file.rate_limited;
  field("receive_ephemeral") << file.receive_ephemeral;
  if (!file.protocols.empty()) {
    field("protocols") << YAML::BeginSeq;
    for (const std::string& protocol : file.protocols) {
      out << YAML::DoubleQuoted << protocol;
    }
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
  return absl::StrCat(out.c_str(), "\n", file.extra_fields_yaml);
}

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

}  // namespace causeway::registration_file
