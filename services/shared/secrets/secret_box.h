// Secrets that must be read again, such as `hs_token`, sealed for storage and
// for the way between services.
//
// AES-256-GCM under one key, which comes from a file that only the processes
// that need it hold. The nonce is random, 96 bits: good for 2^32 seals of one
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

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::secrets {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kSecretBytesMax = 64 * 1024;

// Immutable. Thread-safe. Wipes its key when destroyed.
class SecretBox {
 public:
  // The file holds 64 hex digits and nothing else but white space around them.
  // NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT: the message names the file
  // and what is wrong, never what it holds.
  static absl::StatusOr<SecretBox> FromKeyFile(const std::string& path);

  // `key_hex` as in the file. INVALID_ARGUMENT.
  static absl::StatusOr<SecretBox> FromKeyHex(absl::string_view key_hex);

  SecretBox(const SecretBox&) = default;
  SecretBox& operator=(const SecretBox&) = default;
  ~SecretBox();

  // `secret` has at most kSecretBytesMax bytes.
  std::string Seal(absl::string_view secret,
                   absl::string_view associated_data) const;

  // What was sealed. FAILED_PRECONDITION when it was sealed with another key
  // (the message gives both key IDs); DATA_LOSS when it isn't a sealed secret,
  // was changed, or belongs to other associated data.
  absl::StatusOr<std::string> Open(absl::string_view sealed,
                                   absl::string_view associated_data) const;

  // 8 hex digits. Says nothing useful about the key; may be logged.
  std::string key_id() const;

 private:
  explicit SecretBox(absl::string_view key);

  std::string RawKeyId() const;

  std::array<uint8_t, kKeyBytes> key_;
};

}  // namespace causeway::secrets

#endif  // CAUSEWAY_SERVICES_SHARED_SECRETS_SECRET_BOX_H_
