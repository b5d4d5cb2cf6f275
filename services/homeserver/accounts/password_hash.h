#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PASSWORD_HASH_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PASSWORD_HASH_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::homeserver {

inline constexpr size_t kPasswordBytesMax = 512;

// Whether `password` may be one. INVALID_ARGUMENT (M_MISSING_PARAM,
// M_INVALID_PARAM) names `field`.
absl::Status CheckPassword(absl::string_view field, absl::string_view password);

// How dear one guess is.
// Source: https://www.rfc-editor.org/rfc/rfc7914
struct ScryptCost {
  // 2^15 with these r and p takes 32 MiB and some 0.1 s: much for who guesses
  // millions, little for who logs in.
  int n_log2 = 15;
  int r = 8;
  int p = 1;
};

// Hashes of passwords, as they are stored: with the cost and the salt, so that
// the cost can rise and old hashes still be checked.
//
//   $scrypt$ln=15,r=8,p=1$<salt, hex>$<hash, hex>
//
// Thread-safe (no state). Both take as long as the cost says and belong on the
// executor.

// A hash of `password` with a new salt.
std::string HashPassword(absl::string_view password, ScryptCost cost = {});

// Whether `password` is the one of `stored`. False also when `stored` isn't a
// hash of this kind.
bool VerifyPassword(absl::string_view password, absl::string_view stored);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PASSWORD_HASH_H_
