#include "services/shared/secrets/secret_box.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "services/shared/files/read_file.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::secrets {
namespace {

// Of a key file. All keys have 650; more than this is another file.
constexpr size_t kFileBytesMax = 1024;
constexpr char kVersion = 1;
constexpr size_t kKeyIdBytes = 4;
constexpr size_t kHeaderBytes = 1 + kKeyIdBytes;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kOverheadBytes = kHeaderBytes + kNonceBytes + kTagBytes;

struct CipherContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const {
    EVP_CIPHER_CTX_free(context);
  }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextDeleter>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// The cipher's calls fail only when memory is out or OpenSSL is broken.
void Check(bool is_ok) {
  if (is_ok) return;
  std::fputs("OpenSSL cannot encrypt\n", stderr);
  std::abort();
}

// A context that has the key, the nonce and all associated data.
CipherContext StartCipher(bool is_sealing, const uint8_t* key,
                          absl::string_view nonce, absl::string_view header,
                          absl::string_view associated_data) {
  CipherContext context(EVP_CIPHER_CTX_new());
  Check(context != nullptr);
  Check(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key,
                          Bytes(nonce), is_sealing ? 1 : 0) == 1);
  int written = 0;
  for (absl::string_view part : {header, associated_data}) {
    if (part.empty()) continue;  // Its data() may be null, which has a meaning.
    Check(EVP_CipherUpdate(context.get(), nullptr, &written, Bytes(part),
                           static_cast<int>(part.size())) == 1);
  }
  return context;
}

std::string Transform(EVP_CIPHER_CTX* context, absl::string_view input) {
  std::string output(input.size(), '\0');
  int written = 0;
  Check(EVP_CipherUpdate(context, Bytes(output), &written, Bytes(input),
                         static_cast<int>(input.size())) == 1);
  return output;
}

}  // namespace

absl::StatusOr<SecretBox> SecretBox::FromKeyFile(const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError("no key file is given");
  CAUSEWAY_ASSIGN_OR_RETURN(std::string text,
                            files::ReadFile(path, kFileBytesMax));
  absl::StatusOr<SecretBox> box = FromKeyHex(absl::StripAsciiWhitespace(text));
  OPENSSL_cleanse(text.data(), text.size());
  if (!box.ok()) {
    return absl::Status(
        box.status().code(),
        absl::StrCat("key file ", path, ": ", box.status().message()));
  }
  return box;
}

absl::StatusOr<SecretBox> SecretBox::FromKeyHex(absl::string_view keys_hex) {
  std::vector<Key> keys;
  for (absl::string_view key_hex :
       absl::StrSplit(absl::StripAsciiWhitespace(keys_hex), '\n')) {
    key_hex = absl::StripAsciiWhitespace(key_hex);
    if (key_hex.empty() && !keys.empty()) continue;
    const bool is_hex =
        std::all_of(key_hex.begin(), key_hex.end(), absl::ascii_isxdigit);
    if (key_hex.size() != 2 * kKeyBytes || !is_hex) {
      return absl::InvalidArgumentError(absl::StrCat(
          keys.empty() ? "" : absl::StrCat("key ", keys.size() + 1, ": "),
          "expected ", 2 * kKeyBytes, " hex digits, got ", key_hex.size(),
          " characters", is_hex ? "" : ", not all of them hex digits"));
    }
    if (keys.size() == kKeysMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("there are more than ", kKeysMax, " keys"));
    }
    std::string bytes = absl::HexStringToBytes(key_hex);
    Key& key = keys.emplace_back();
    std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
    key.raw_id = matrix::Sha256(bytes).substr(0, kKeyIdBytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
  }
  return SecretBox(std::move(keys));
}

SecretBox::~SecretBox() {
  for (Key& key : keys_) OPENSSL_cleanse(key.bytes.data(), key.bytes.size());
}

std::string SecretBox::Seal(absl::string_view secret,
                            absl::string_view associated_data) const {
  Check(secret.size() <= kSecretBytesMax);
  const std::string header =
      absl::StrCat(std::string(1, kVersion), keys_.front().raw_id);
  const std::string nonce = matrix::RandomBytes(kNonceBytes);
  CipherContext context =
      StartCipher(/*is_sealing=*/true, keys_.front().bytes.data(), nonce,
                  header, associated_data);
  const std::string ciphertext = Transform(context.get(), secret);
  int written = 0;
  Check(EVP_CipherFinal_ex(context.get(), nullptr, &written) == 1);
  std::string tag(kTagBytes, '\0');
  Check(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                            tag.data()) == 1);
  return absl::StrCat(header, nonce, ciphertext, tag);
}

absl::StatusOr<std::string> SecretBox::Open(
    absl::string_view sealed, absl::string_view associated_data) const {
  if (sealed.size() < kOverheadBytes ||
      sealed.size() > kOverheadBytes + kSecretBytesMax ||
      sealed[0] != kVersion) {
    return absl::DataLossError("this is not a sealed secret of version 1");
  }
  const absl::string_view header = sealed.substr(0, kHeaderBytes);
  const auto key = std::find_if(
      keys_.begin(), keys_.end(),
      [header](const Key& one) { return one.raw_id == header.substr(1); });
  if (key == keys_.end()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the secret was sealed with key ",
        absl::BytesToHexString(header.substr(1)), ", this process holds key ",
        absl::StrJoin(keys_, ", ", [](std::string* out, const Key& one) {
          absl::StrAppend(out, absl::BytesToHexString(one.raw_id));
        })));
  }
  const absl::string_view nonce = sealed.substr(kHeaderBytes, kNonceBytes);
  const absl::string_view ciphertext =
      sealed.substr(kHeaderBytes + kNonceBytes, sealed.size() - kOverheadBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  CipherContext context = StartCipher(/*is_sealing=*/false, key->bytes.data(),
                                      nonce, header, associated_data);
  std::string secret = Transform(context.get(), ciphertext);
  Check(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                            tag.data()) == 1);
  int written = 0;
  if (EVP_CipherFinal_ex(context.get(), nullptr, &written) != 1) {
    OPENSSL_cleanse(secret.data(), secret.size());
    return absl::DataLossError(
        "the sealed secret was changed or belongs to something else");
  }
  return secret;
}

bool SecretBox::IsNewest(absl::string_view sealed) const {
  return sealed.size() >= kHeaderBytes &&
         sealed.substr(1, kKeyIdBytes) == keys_.front().raw_id;
}

std::string SecretBox::key_id() const {
  return absl::BytesToHexString(keys_.front().raw_id);
}

}  // namespace causeway::secrets
