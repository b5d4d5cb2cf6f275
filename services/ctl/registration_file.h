#ifndef CAUSEWAY_SERVICES_CTL_REGISTRATION_FILE_H_
#define CAUSEWAY_SERVICES_CTL_REGISTRATION_FILE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::ctl {

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
};

// Parses the text of a file. Fields that it doesn't know are left alone, since
// bridges keep their own there. INVALID_ARGUMENT names line, field and what is
// wrong, never a token's value; the registry checks what the values mean.
absl::StatusOr<RegistrationFile> ParseRegistrationFile(absl::string_view yaml);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_REGISTRATION_FILE_H_
