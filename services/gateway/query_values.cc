#include "services/gateway/query_values.h"

#include "absl/strings/numbers.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {

absl::StatusOr<std::optional<int64_t>> GetNumber(const QueryParameters& query,
                                                 absl::string_view name) {
  const std::optional<absl::string_view> text = query.First(name);
  if (!text.has_value()) return std::nullopt;
  int64_t number = 0;
  if (!absl::SimpleAtoi(*text, &number) || number < 0) {
    return matrix::InvalidParam(name, "expected a whole number from 0");
  }
  return number;
}

absl::StatusOr<bool> GetFlag(const QueryParameters& query,
                             absl::string_view name) {
  const absl::string_view text = query.First(name).value_or("false");
  if (text == "true") return true;
  if (text == "false") return false;
  return matrix::InvalidParam(name, R"(expected "true" or "false")");
}

}  // namespace causeway::gateway
