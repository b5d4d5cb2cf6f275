#include "services/shared/matrix/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace causeway::matrix {
namespace {

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

struct MdContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

std::string Sha256(absl::string_view bytes) { return Sha256(bytes, ""); }

// SHA256() would look the algorithm up by name each time, which takes as long
// as to hash a short event.
std::string Sha256(absl::string_view first, absl::string_view second) {
  static const EVP_MD* const algorithm =
      EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static thread_local const std::unique_ptr<EVP_MD_CTX, MdContextDeleter>
      context(EVP_MD_CTX_new());
  std::string digest(kSha256Bytes, '\0');
  if (EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), first.data(), first.size()) != 1 ||
      EVP_DigestUpdate(context.get(), second.data(), second.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), Bytes(digest), nullptr) != 1) {
    std::fputs("libcrypto has no SHA-256\n", stderr);
    std::abort();
  }
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
