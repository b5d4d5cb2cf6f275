#include "services/shared/access/operator_token.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/shared/files/token_file.h"
#include "services/shared/matrix/token.h"

namespace causeway::access {
namespace {

constexpr absl::string_view kScheme = "Bearer ";

}  // namespace

std::string AuthorizationBy(absl::string_view token) {
  return absl::StrCat(kScheme, token);
}

absl::StatusOr<std::string> OperatorToken::Read(const std::string& path) {
  absl::StatusOr<std::string> token = files::ReadTokenFile(path);
  if (!token.ok()) {
    return absl::InvalidArgumentError(token.status().message());
  }
  if (token->size() < kBytesMin) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " holds a token of less than ", kBytesMin, " characters"));
  }
  return token;
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
