#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRATION_FILE_REGISTRATION_FIELDS_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRATION_FILE_REGISTRATION_FIELDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// What an application service may say of itself, field by field, whoever it is:
// held so by the registry, and by who reads a registration file. Errors are
// INVALID_ARGUMENT (M_INVALID_PARAM), which names the field and never a token.
// Pure.
namespace causeway::registration_file {

inline constexpr size_t kAppserviceIdBytesMax = 255;
inline constexpr size_t kTokenBytesMax = 1024;  // Of as_token and hs_token.
inline constexpr size_t kProtocolsMax = 100;
inline constexpr size_t kProtocolBytesMax = 255;
inline constexpr size_t kExtraFieldsBytesMax = 64 << 10;

// Whether an application service can be called so: 1 to kAppserviceIdBytesMax
// bytes of UTF-8 without control characters.
absl::Status CheckAppserviceId(absl::string_view id);

// Whether `token` can be an as_token at all: at most kTokenBytesMax bytes.
// UNAUTHENTICATED (M_MISSING_TOKEN) when it is empty.
absl::Status CheckAsToken(absl::string_view token);

// Whether an application service may bring `token` as its hs_token: at most
// kTokenBytesMax bytes, printable, as it has to stand in an HTTP header.
// Empty is fine: it brings none.
absl::Status CheckHsToken(absl::string_view token);

// At most kProtocolsMax, of kProtocolBytesMax bytes of UTF-8 without control
// characters each.
absl::Status CheckProtocols(const std::vector<std::string>& protocols);

// At most kExtraFieldsBytesMax bytes of UTF-8 without U+0000.
absl::Status CheckExtraFields(absl::string_view yaml);

}  // namespace causeway::registration_file

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRATION_FILE_REGISTRATION_FIELDS_H_
