#include "services/homeserver/sync/sync_token.h"

#include <charconv>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Far beyond any stream, and far from overflow.
constexpr int64_t kTokenPositionMax = int64_t{1} << 53;

constexpr size_t kParts = 5;

// Digits and nothing else.
bool ParseNumber(absl::string_view text, int base, int64_t& number) {
  if (text.empty() || text[0] == '-') return false;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number, base);
  return result.ec == std::errc() && result.ptr == end &&
         number <= kTokenPositionMax;
}

}  // namespace

std::string FormatSyncToken(int64_t position) {
  return absl::StrCat("s", position);
}

std::string FormatSyncToken(const SyncPosition& position) {
  return absl::StrCat(
      "s", position.events, "_", position.updates, "_", position.to_device, "_",
      absl::Hex(position.ephemeral.epoch), "_", position.ephemeral.number);
}

absl::StatusOr<int64_t> ParseSyncToken(absl::string_view token,
                                       absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(SyncPosition position,
                            ParseSyncPosition(token, field));
  return position.events;
}

absl::StatusOr<SyncPosition> ParseSyncPosition(absl::string_view token,
                                               absl::string_view field) {
  absl::string_view rest = token;
  const bool is_ours = absl::ConsumePrefix(&rest, "s");
  const std::vector<absl::string_view> parts = absl::StrSplit(rest, '_');
  SyncPosition position;
  int64_t epoch = 0;
  const bool is_whole = parts.size() == kParts;
  if (!is_ours || (parts.size() != 1 && !is_whole) ||
      !ParseNumber(parts[0], 10, position.events) ||
      (is_whole && (!ParseNumber(parts[1], 10, position.updates) ||
                    !ParseNumber(parts[2], 10, position.to_device) ||
                    !ParseNumber(parts[3], 16, epoch) ||
                    !ParseNumber(parts[4], 10, position.ephemeral.number)))) {
    return matrix::InvalidParam(field, "not a token of this server");
  }
  position.ephemeral.epoch = epoch;
  return position;
}

}  // namespace causeway::homeserver
