#include "services/homeserver/sync/sync_token.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {
namespace {

// Far beyond any stream, and far from overflow.
constexpr int64_t kTokenPositionMax = int64_t{1} << 53;

}  // namespace

std::string FormatSyncToken(int64_t position) {
  return absl::StrCat("s", position);
}

absl::StatusOr<int64_t> ParseSyncToken(absl::string_view token,
                                       absl::string_view field) {
  absl::string_view digits = token;
  int64_t position = 0;
  if (!absl::ConsumePrefix(&digits, "s") || digits.empty() ||
      !absl::ascii_isdigit(digits[0]) || !absl::SimpleAtoi(digits, &position) ||
      position > kTokenPositionMax) {
    return matrix::InvalidParam(field, "not a token of this server");
  }
  return position;
}

}  // namespace causeway::homeserver
