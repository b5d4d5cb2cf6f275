#include "services/shared/namespaces/regex_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::namespaces {

bool RegexReader::Take(absl::string_view text) {
  if (!Sees(text)) return false;
  offset_ += text.size();
  return true;
}

uint32_t RegexReader::TakeChar() {
  const auto lead = static_cast<unsigned char>(regex_[offset_++]);
  if (lead < 0x80) return lead;
  const int continuation_count = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  uint32_t code_point = lead & (0x3f >> continuation_count);
  for (int i = 0; i < continuation_count; ++i) {
    code_point = code_point << 6 | (regex_[offset_++] & 0x3f);
  }
  return code_point;
}

std::optional<int> RegexReader::TakeNumber() {
  constexpr int kLarge = 1000000;
  std::optional<int> number;
  while (!AtEnd() && regex_[offset_] >= '0' && regex_[offset_] <= '9') {
    number = std::min(kLarge, number.value_or(0) * 10 + regex_[offset_] - '0');
    ++offset_;
  }
  return number;
}

std::optional<absl::string_view> RegexReader::TakeThrough(
    absl::string_view end) {
  const size_t found = regex_.find(end, offset_);
  if (found == absl::string_view::npos) return std::nullopt;
  absl::string_view before = regex_.substr(offset_, found - offset_);
  offset_ = found + end.size();
  return before;
}

absl::Status RegexReader::Fault(absl::string_view why, size_t offset) const {
  return matrix::MakeError(absl::StatusCode::kInvalidArgument,
                           "M_INVALID_PARAM",
                           absl::StrCat("regex ", matrix::Quote(regex_),
                                        ": at byte ", offset, ": ", why));
}

}  // namespace causeway::namespaces
