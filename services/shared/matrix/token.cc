#include "services/shared/matrix/token.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace causeway::matrix {
namespace {

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string Sha256(absl::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  SHA256(Bytes(bytes), bytes.size(), Bytes(digest));
  return digest;
}

std::string Sha256Hex(absl::string_view bytes) {
  return absl::BytesToHexString(Sha256(bytes));
}

bool ConstantTimeEqual(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomBytes(size_t byte_count) {
  std::string bytes(byte_count, '\0');
  if (RAND_bytes(Bytes(bytes), static_cast<int>(byte_count)) != 1) {
    std::fputs("the operating system gives no random bytes\n", stderr);
    std::abort();
  }
  return bytes;
}

std::string RandomHexToken() {
  return absl::BytesToHexString(RandomBytes(kTokenBytes));
}

std::string RandomBase64UrlToken() {
  return absl::WebSafeBase64Escape(RandomBytes(kTokenBytes));
}

}  // namespace causeway::matrix
