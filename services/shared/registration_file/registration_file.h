#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRATION_FILE_REGISTRATION_FILE_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRATION_FILE_REGISTRATION_FILE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::registration_file {

inline constexpr size_t kRegistrationFileBytesMax = 1 << 20;

struct NamespaceEntry {
  std::string regex;
  bool exclusive = false;
};

// The file with which bridges of today come.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
struct RegistrationFile {
  std::string id;
  std::string url;  // Empty (null in the file): it wants no traffic.
  std::string as_token;
  std::string hs_token;
  std::string sender_localpart;
  std::vector<NamespaceEntry> users;
  std::vector<NamespaceEntry> aliases;
  std::vector<NamespaceEntry> rooms;
  bool rate_limited = true;
  std::vector<std::string> protocols;
  bool receive_ephemeral = false;
  // The fields that the specification doesn't have, as YAML of the same
  // meaning: bridges keep their own there, also under unstable names of what
  // the others say. Empty: none.
  std::string extra_fields_yaml;
};

// Parses the text of a file. INVALID_ARGUMENT names line, field and what is
// wrong, never a token's value. What the id, the URL, the own user and the
// namespaces mean, the registry checks; the rest is as it takes it
// (registration_fields.h).
absl::StatusOr<RegistrationFile> ParseRegistrationFile(absl::string_view yaml);

// The text of a file that is parsed as `file`. An empty token is left out.
std::string FormatRegistrationFile(const RegistrationFile& file);

}  // namespace causeway::registration_file

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRATION_FILE_REGISTRATION_FILE_H_
