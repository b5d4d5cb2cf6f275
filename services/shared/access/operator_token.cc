#include "services/shared/access/operator_token.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/shared/matrix/token.h"

namespace causeway::access {
namespace {

constexpr absl::string_view kScheme = "Bearer ";

}  // namespace

std::string AuthorizationBy(absl::string_view token) {
  return absl::StrCat(kScheme, token);
}

absl::StatusOr<std::string> OperatorToken::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // One more than allowed, and the end of the line.
  std::string bytes(kBytesMax + 3, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  if (!file.eof() && !file) {
    return absl::InvalidArgumentError(absl::StrCat(path, " can't be read"));
  }
  absl::string_view token = bytes;
  absl::ConsumeSuffix(&token, "\n");
  absl::ConsumeSuffix(&token, "\r");
  if (token.size() < kBytesMin || token.size() > kBytesMax ||
      !std::all_of(token.begin(), token.end(), [](char c) {
        return absl::ascii_isgraph(static_cast<unsigned char>(c));
      })) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " doesn't hold a token in one line: ", kBytesMin,
                     " to ", kBytesMax, " characters without blanks"));
  }
  return std::string(token);
}

absl::StatusOr<OperatorToken> OperatorToken::FromFile(std::string path) {
  const absl::StatusOr<std::string> token = Read(path);
  if (!token.ok()) return token.status();
  return OperatorToken(std::move(path));
}

bool OperatorToken::IsShownBy(absl::string_view authorization) const {
  if (!absl::ConsumePrefix(&authorization, kScheme)) return false;
  const absl::StatusOr<std::string> held = Read(path_);
  // As hashes, so that not even the length tells by the time.
  return held.ok() && matrix::ConstantTimeEqual(matrix::Sha256(*held),
                                                matrix::Sha256(authorization));
}

}  // namespace causeway::access
