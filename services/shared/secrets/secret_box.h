// Secrets that must be read again, such as `hs_token`, sealed for storage and
// for the way between services.
//
// AES-256-GCM under a key out of a file that only the processes that need it
// hold. The file may have several: the first seals, all of them open, each what
// bears its ID. So keys are changed without a gap: add the new one as the last
// to all files, then make it the first, seal anew what others have sealed, and
// take them out. The nonce is random, 96 bits: good for 2^32 seals of one
// key. A sealed secret is bound to its owner by associated data (the
// application service's UID), so a row can't be copied under another owner.
//
// Sealed format, version 1:
//   1 byte   version, 1
//   4 bytes  key ID, the first of the key's SHA-256
//   12 bytes nonce
//   n bytes  ciphertext
//   16 bytes tag
// The associated data of the cipher is the first 5 bytes and then the caller's.
#ifndef CAUSEWAY_SERVICES_SHARED_SECRETS_SECRET_BOX_H_
#define CAUSEWAY_SERVICES_SHARED_SECRETS_SECRET_BOX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::secrets {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kKeysMax = 10;
inline constexpr size_t kSecretBytesMax = 64 * 1024;

// Immutable. Thread-safe. Wipes its keys when destroyed.
class SecretBox {
 public:
  // The file holds one to kKeysMax keys of 64 hex digits, one a line, and
  // nothing else but white space.
  // NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT: the message names the file
  // and what is wrong, never what it holds.
  static absl::StatusOr<SecretBox> FromKeyFile(const std::string& path);

  // `keys_hex` as in the file. INVALID_ARGUMENT.
  static absl::StatusOr<SecretBox> FromKeyHex(absl::string_view keys_hex);

  SecretBox(const SecretBox&) = default;
  SecretBox& operator=(const SecretBox&) = default;
  ~SecretBox();

  // `secret` has at most kSecretBytesMax bytes.
  std::string Seal(absl::string_view secret,
                   absl::string_view associated_data) const;

  // What was sealed. FAILED_PRECONDITION when it was sealed with a key that
  // isn't here (the message gives the key IDs); DATA_LOSS when it isn't a
  // sealed secret, was changed, or belongs to other associated data.
  absl::StatusOr<std::string> Open(absl::string_view sealed,
                                   absl::string_view associated_data) const;

  // Whether the first key has sealed it.
  bool IsNewest(absl::string_view sealed) const;

  // Of the first key, 8 hex digits. Says nothing useful about it; may be
  // logged.
  std::string key_id() const;

 private:
  struct Key {
    std::array<uint8_t, kKeyBytes> bytes;
    std::string raw_id;
  };

  explicit SecretBox(std::vector<Key> keys) : keys_(std::move(keys)) {}

  std::vector<Key> keys_;  // At least one.
};

}  // namespace causeway::secrets

#endif  // CAUSEWAY_SERVICES_SHARED_SECRETS_SECRET_BOX_H_
