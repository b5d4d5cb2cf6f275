#include "services/shared/namespaces/text_pattern.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/regex_syntax.h"

namespace causeway::namespaces {
namespace {

using Kind = RegexNode::Kind;

bool IsAnything(const RegexNode& node) {
  return node.kind == Kind::kRepeat && node.repeat_min == 0 &&
         node.repeat_max == RegexNode::kUnbounded &&
         node.children.front().kind == Kind::kChars &&
         node.children.front().chars == AllChars();
}

bool IsOneChar(const RegexNode& node) {
  return node.kind == Kind::kChars && node.chars.size() == 1 &&
         node.chars[0].first == node.chars[0].second;
}

}  // namespace

std::optional<TextPattern> TextPattern::Make(const RegexNode& root) {
  if (root.kind != Kind::kConcat) return std::nullopt;
  TextPattern pattern;
  for (const RegexNode& node : root.children) {
    if (pattern.is_pinned_) return std::nullopt;
    if (IsOneChar(node)) {
      AppendUtf8(node.chars[0].first,
                 pattern.has_gap_ ? pattern.rest_ : pattern.beginning_);
    } else if (IsAnything(node) && !pattern.has_gap_) {
      pattern.has_gap_ = true;
    } else if (node.kind == Kind::kEnd) {
      pattern.is_pinned_ = true;
    } else if (node.kind != Kind::kStart || &node != &root.children.front()) {
      return std::nullopt;
    }
  }
  return pattern;
}

bool TextPattern::Matches(absl::string_view id) const {
  if (!absl::StartsWith(id, beginning_)) return false;
  id.remove_prefix(beginning_.size());
  if (!has_gap_) return !is_pinned_ || id.empty();
  if (is_pinned_) return absl::EndsWith(id, rest_);
  return absl::StrContains(id, rest_);
}

}  // namespace causeway::namespaces
