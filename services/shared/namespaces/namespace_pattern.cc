#include "services/shared/namespaces/namespace_pattern.h"

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/namespaces/regex_syntax.h"
#include "services/shared/namespaces/text_pattern.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

absl::Status Refusal(absl::string_view regex, const RE2& re2) {
  std::string why;
  if (re2.error_code() == RE2::ErrorPatternTooLarge) {
    why = absl::StrCat("needs more than ", kPatternMemoryBytesMax,
                       " bytes of memory");
  } else if (re2.error_code() == RE2::ErrorRepeatSize) {
    why = absl::StrCat("repeats more than ", kRegexRepeatMax,
                       " times, inner and outer repeats multiplied");
  } else {
    why = re2.error();
  }
  return matrix::MakeError(
      absl::StatusCode::kInvalidArgument, "M_INVALID_PARAM",
      absl::StrCat("regex ", matrix::Quote(regex), ": ", why));
}

}  // namespace

absl::StatusOr<NamespacePattern> NamespacePattern::Compile(
    absl::string_view regex) {
  CAUSEWAY_ASSIGN_OR_RETURN(const RegexNode root, ParseRegex(regex));
  std::optional<TextPattern> text = TextPattern::Make(root);
  if (text.has_value()) {
    return NamespacePattern(regex, LiteralPrefix(root), std::move(text),
                            nullptr);
  }
  RE2::Options options;
  options.set_max_mem(kPatternMemoryBytesMax);
  options.set_never_capture(true);
  options.set_log_errors(false);  // Also of a state cache that was full.
  auto re2 = std::make_unique<RE2>(ToRe2Syntax(root), options);
  if (!re2->ok()) return Refusal(regex, *re2);
  return NamespacePattern(regex, LiteralPrefix(root), std::nullopt,
                          std::move(re2));
}

NamespacePattern::NamespacePattern(absl::string_view regex,
                                   std::string literal_prefix,
                                   std::optional<TextPattern> text,
                                   std::unique_ptr<re2::RE2> re2)
    : regex_(regex),
      literal_prefix_(std::move(literal_prefix)),
      text_(std::move(text)),
      re2_(std::move(re2)) {}

NamespacePattern::NamespacePattern(NamespacePattern&&) noexcept = default;
NamespacePattern& NamespacePattern::operator=(NamespacePattern&&) noexcept =
    default;
NamespacePattern::~NamespacePattern() = default;

bool NamespacePattern::Matches(absl::string_view id) const {
  if (text_.has_value()) return text_->Matches(id);
  return re2_->Match(re2::StringPiece(id.data(), id.size()), 0, id.size(),
                     RE2::ANCHOR_START, /*submatch=*/nullptr, /*nsubmatch=*/0);
}

}  // namespace causeway::namespaces
