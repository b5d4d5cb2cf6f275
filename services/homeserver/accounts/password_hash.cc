#include "services/homeserver/accounts/password_hash.h"

#include <openssl/evp.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"

namespace causeway::homeserver {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
// Bounds of what is believed of a stored hash. The memory is 128 * r * N bytes.
constexpr int kNLog2Max = 20;
constexpr int kRMax = 32;
constexpr int kPMax = 16;
constexpr uint64_t kMemoryBytesMax = uint64_t{4} << 30;

struct StoredHash {
  ScryptCost cost;
  std::string salt;
  std::string hash;
};

// Empty when OpenSSL refuses, which it does for lack of memory.
std::string Scrypt(absl::string_view password, absl::string_view salt,
                   ScryptCost cost) {
  std::string hash(kHashBytes, '\0');
  int done = EVP_PBE_scrypt(
      password.data(), password.size(),
      reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
      uint64_t{1} << cost.n_log2, static_cast<uint64_t>(cost.r),
      static_cast<uint64_t>(cost.p), kMemoryBytesMax,
      reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  return done == 1 ? hash : std::string();
}

std::optional<int> ParseCost(absl::string_view text, absl::string_view name,
                             int max) {
  int value = 0;
  if (!absl::ConsumePrefix(&text, name) || !absl::SimpleAtoi(text, &value) ||
      value < 1 || value > max) {
    return std::nullopt;
  }
  return value;
}

std::optional<StoredHash> ParseHash(absl::string_view stored) {
  std::vector<absl::string_view> parts = absl::StrSplit(stored, '$');
  if (parts.size() != 5 || !parts[0].empty() || parts[1] != "scrypt") {
    return std::nullopt;
  }
  std::vector<absl::string_view> costs = absl::StrSplit(parts[2], ',');
  if (costs.size() != 3) return std::nullopt;
  std::optional<int> n_log2 = ParseCost(costs[0], "ln=", kNLog2Max);
  std::optional<int> r = ParseCost(costs[1], "r=", kRMax);
  std::optional<int> p = ParseCost(costs[2], "p=", kPMax);
  if (!n_log2 || !r || !p) return std::nullopt;
  StoredHash result{.cost = {.n_log2 = *n_log2, .r = *r, .p = *p},
                    .salt = absl::HexStringToBytes(parts[3]),
                    .hash = absl::HexStringToBytes(parts[4])};
  if (result.hash.size() != kHashBytes) return std::nullopt;
  return result;
}

}  // namespace

absl::Status CheckPassword(absl::string_view field,
                           absl::string_view password) {
  if (password.empty()) return matrix::MissingParam(field);
  if (password.size() <= kPasswordBytesMax) return absl::OkStatus();
  return matrix::InvalidParam(
      field, absl::StrCat("has ", password.size(), " bytes; at most ",
                          kPasswordBytesMax, " are allowed"));
}

std::string HashPassword(absl::string_view password, ScryptCost cost) {
  std::string salt = matrix::RandomBytes(kSaltBytes);
  std::string hash = Scrypt(password, salt, cost);
  // Only without memory, or with a cost that scrypt cannot have.
  if (hash.empty()) std::abort();
  return absl::StrCat("$scrypt$ln=", cost.n_log2, ",r=", cost.r, ",p=", cost.p,
                      "$", absl::BytesToHexString(salt), "$",
                      absl::BytesToHexString(hash));
}

bool VerifyPassword(absl::string_view password, absl::string_view stored) {
  std::optional<StoredHash> parsed = ParseHash(stored);
  if (!parsed.has_value()) return false;
  return matrix::ConstantTimeEqual(Scrypt(password, parsed->salt, parsed->cost),
                                   parsed->hash);
}

}  // namespace causeway::homeserver
