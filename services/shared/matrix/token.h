// Secrets that are only compared: how to make, keep and check them.
//
// An access token is kept as its SHA-256. It has 256 random bits, so a plain
// hash can't be searched; passwords are another matter (they need a slow hash)
// and aren't for this file.
//
// Thread-safe (no state).
#ifndef CAUSEWAY_SERVICES_SHARED_MATRIX_TOKEN_H_
#define CAUSEWAY_SERVICES_SHARED_MATRIX_TOKEN_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway::matrix {

inline constexpr size_t kSha256Bytes = 32;
inline constexpr size_t kTokenBytes = 32;  // 256 bits.

// 32 raw bytes.
std::string Sha256(absl::string_view bytes);
// Of both, one behind the other.
std::string Sha256(absl::string_view first, absl::string_view second);

// 64 lower-case hex digits.
std::string Sha256Hex(absl::string_view bytes);

// Takes a time that depends on the lengths only.
bool ConstantTimeEqual(absl::string_view a, absl::string_view b);

// From the operating system's source. Ends the process when that fails: going
// on with a guessable secret is worse.
std::string RandomBytes(size_t byte_count);

// kTokenBytes random bytes as 64 hex digits.
std::string RandomHexToken();

// kTokenBytes random bytes as 43 characters of unpadded base64url.
std::string RandomBase64UrlToken();

}  // namespace causeway::matrix

#endif  // CAUSEWAY_SERVICES_SHARED_MATRIX_TOKEN_H_
