// What is made from a parsed regex: text for RE2, and its literal prefix.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/regex_syntax.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

using Kind = RegexNode::Kind;

// IDs are no longer than this.
constexpr size_t kPrefixBytesMax = 255;

void AppendChar(uint32_t c, std::string& text) {
  if (c < 0x80 && absl::ascii_isalnum(static_cast<unsigned char>(c))) {
    text.push_back(static_cast<char>(c));
  } else {
    absl::StrAppend(&text, "\\x{", absl::Hex(c), "}");
  }
}

void AppendChars(const CharSet& chars, std::string& text) {
  if (chars == AllChars()) {
    absl::StrAppend(&text, "(?s:.)");
    return;
  }
  if (chars.size() == 1 && chars[0].first == chars[0].second) {
    AppendChar(chars[0].first, text);
    return;
  }
  if (chars.empty()) {  // "[^\\d\\D]". RE2 has no way to write it shorter.
    absl::StrAppend(&text, "[^\\x{0}-\\x{10ffff}]");
    return;
  }
  // What RE2 compiles to grows with what is written, so write less.
  const CharSet others = Complement(chars);
  const bool is_negated = others.size() < chars.size();
  absl::StrAppend(&text, is_negated ? "[^" : "[");
  for (const auto& [low, high] : is_negated ? others : chars) {
    AppendChar(low, text);
    text.push_back('-');
    AppendChar(high, text);
  }
  text.push_back(']');
}

void AppendRepeat(const RegexNode& node, std::string& text) {
  if (node.repeat_min == 0 && node.repeat_max == RegexNode::kUnbounded) {
    text.push_back('*');
  } else if (node.repeat_min == 1 && node.repeat_max == RegexNode::kUnbounded) {
    text.push_back('+');
  } else if (node.repeat_max == RegexNode::kUnbounded) {
    absl::StrAppend(&text, "{", node.repeat_min, ",}");
  } else {
    absl::StrAppend(&text, "{", node.repeat_min, ",", node.repeat_max, "}");
  }
}

void AppendNode(const RegexNode& node, std::string& text) {
  switch (node.kind) {
    case Kind::kChars:
      AppendChars(node.chars, text);
      return;
    case Kind::kStart:
      absl::StrAppend(&text, "\\A");
      return;
    case Kind::kEnd:
      absl::StrAppend(&text, "\\z");
      return;
    case Kind::kConcat:
      for (const RegexNode& child : node.children) AppendNode(child, text);
      return;
    case Kind::kAlternate: {
      absl::string_view separator = "(?:";
      for (const RegexNode& child : node.children) {
        absl::StrAppend(&text, separator);
        AppendNode(child, text);
        separator = "|";
      }
      text.push_back(')');
      return;
    }
    case Kind::kRepeat:
      absl::StrAppend(&text, "(?:");
      AppendNode(node.children.front(), text);
      text.push_back(')');
      AppendRepeat(node, text);
      return;
  }
}

struct Prefix {
  std::string text;
  // Whether `text` is the only string of the set, not just a beginning.
  bool is_all;
};

Prefix FindPrefix(const RegexNode& node);

Prefix CommonPrefix(Prefix a, const Prefix& b) {
  if (a.is_all && b.is_all && a.text == b.text) return a;
  const auto ends =
      std::mismatch(a.text.begin(), a.text.end(), b.text.begin(), b.text.end());
  a.text.erase(ends.first, a.text.end());
  return {std::move(a.text), false};
}

// `part` after `whole`, which is all that `whole` stands for so far.
void AppendPrefix(const Prefix& part, Prefix& whole) {
  whole.text += part.text;
  whole.is_all = part.is_all && whole.text.size() <= kPrefixBytesMax;
}

Prefix FindRepeatPrefix(const RegexNode& node) {
  const Prefix once = FindPrefix(node.children.front());
  Prefix prefix{"", true};
  for (int i = 0; i < node.repeat_min && prefix.is_all; ++i) {
    AppendPrefix(once, prefix);
  }
  if (node.repeat_min != node.repeat_max) prefix.is_all = false;
  return prefix;
}

Prefix FindPrefix(const RegexNode& node) {
  switch (node.kind) {
    case Kind::kChars: {
      Prefix prefix{"", false};
      if (node.chars.size() == 1 &&
          node.chars[0].first == node.chars[0].second) {
        AppendUtf8(node.chars[0].first, prefix.text);
        prefix.is_all = true;
      }
      return prefix;
    }
    case Kind::kStart:
    case Kind::kEnd:
      // In the middle they leave the empty set, which any prefix fits.
      return {"", true};
    case Kind::kConcat: {
      Prefix prefix{"", true};
      for (const RegexNode& child : node.children) {
        if (!prefix.is_all) break;
        AppendPrefix(FindPrefix(child), prefix);
      }
      return prefix;
    }
    case Kind::kAlternate: {
      Prefix prefix = FindPrefix(node.children.front());
      for (size_t i = 1; i < node.children.size(); ++i) {
        prefix = CommonPrefix(std::move(prefix), FindPrefix(node.children[i]));
      }
      return prefix;
    }
    case Kind::kRepeat:
      return FindRepeatPrefix(node);
  }
  return {"", false};
}

}  // namespace

std::string ToRe2Syntax(const RegexNode& root) {
  std::string text;
  AppendNode(root, text);
  return text;
}

std::string LiteralPrefix(const RegexNode& root) {
  std::string prefix = FindPrefix(root).text;
  if (prefix.size() > kPrefixBytesMax) prefix.resize(kPrefixBytesMax);
  return prefix;
}

absl::StatusOr<std::string> LiteralPrefixOf(absl::string_view regex) {
  CAUSEWAY_ASSIGN_OR_RETURN(const RegexNode root, ParseRegex(regex));
  return LiteralPrefix(root);
}

}  // namespace causeway::namespaces
