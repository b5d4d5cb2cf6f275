#ifndef CAUSEWAY_SERVICES_SHARED_ACCESS_OPERATOR_TOKEN_H_
#define CAUSEWAY_SERVICES_SHARED_ACCESS_OPERATOR_TOKEN_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::access {

// The gRPC metadata key under which a token is shown, and what stands there.
// Source: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
inline constexpr absl::string_view kAuthorizationKey = "authorization";
std::string AuthorizationBy(absl::string_view token);

// The secret by which an operator without a certificate is known: the only line
// of a file, which is read whenever somebody shows a token, so that it can be
// replaced while the process runs, and no copy stays in memory. Operators
// are few.
//
// Thread-safe. Calls read the file.
class OperatorToken {
 public:
  // A shorter one could be guessed. `openssl rand -hex 32` makes 64.
  static constexpr size_t kBytesMin = 32;

  // What the file at `path` holds, as a client shows it. INVALID_ARGUMENT
  // naming the file when it can't be read or holds no such line of at most
  // files::kTokenBytesMax.
  static absl::StatusOr<std::string> Read(const std::string& path);

  // INVALID_ARGUMENT as above.
  static absl::StatusOr<OperatorToken> FromFile(std::string path);

  // Whether `authorization`, made by AuthorizationBy(), shows what the file
  // holds now. Takes a time that doesn't tell how much of it is right. False
  // when the file has become bad.
  bool IsShownBy(absl::string_view authorization) const;

 private:
  explicit OperatorToken(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace causeway::access

#endif  // CAUSEWAY_SERVICES_SHARED_ACCESS_OPERATOR_TOKEN_H_
