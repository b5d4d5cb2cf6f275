#include "services/shared/namespaces/regex_bracket.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/regex_reader.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

// One thing in a bracket: a class, or a character, which may begin a range.
struct Item {
  CharSet chars;
  std::optional<uint32_t> single;
};

bool IsLetter(uint32_t c) {
  return c < 0x80 && absl::ascii_isalpha(static_cast<unsigned char>(c));
}

// Whether `\` is an escape here, though POSIX says no: it stands before a class
// letter, or before a `-` that POSIX would take for a range from `\` on.
bool HasEscapes(RegexReader reader) {  // A copy: only looks ahead.
  reader.Take("^");
  reader.Take("]");
  while (!reader.AtEnd() && !reader.Take("]")) {
    if (reader.Take("[:")) {
      if (!reader.TakeThrough(":]").has_value()) return false;
    } else if (reader.Take("\\")) {
      if (reader.AtEnd()) return false;
      const uint32_t c = reader.TakeChar();
      if (IsLetter(c) && PerlClass(static_cast<char>(c)).has_value()) {
        return true;
      }
      if (c == '-' && !reader.AtEnd() && !reader.Sees("]")) return true;
    } else {
      reader.TakeChar();
    }
  }
  return false;
}

Item SingleItem(uint32_t c) { return {{{c, c}}, c}; }

class BracketParser {
 public:
  explicit BracketParser(RegexReader& reader)
      : reader_(reader),
        start_(reader.offset() - 1),
        has_escapes_(HasEscapes(reader)) {}

  absl::StatusOr<CharSet> Parse() {
    const bool is_negated = reader_.Take("^");
    CharSet ranges;
    bool is_first = true;
    // A `]` that comes first is itself.
    while (is_first || !reader_.Take("]")) {
      is_first = false;
      if (reader_.AtEnd()) return Unclosed();
      CAUSEWAY_ASSIGN_OR_RETURN(CharSet chars, ParseRangeOrItem());
      ranges.insert(ranges.end(), chars.begin(), chars.end());
    }
    CharSet set = MakeCharSet(std::move(ranges));
    return is_negated ? Complement(set) : set;
  }

 private:
  absl::Status Unclosed() const {
    return reader_.Fault("`[` is not closed", start_);
  }

  absl::StatusOr<CharSet> ParseRangeOrItem() {
    const size_t offset = reader_.offset();
    CAUSEWAY_ASSIGN_OR_RETURN(Item first, ParseItem());
    // A `-` that comes last is itself.
    if (!reader_.Sees("-") || reader_.Sees("-]")) return first.chars;
    if (!first.single.has_value()) return first.chars;
    reader_.Take("-");
    if (reader_.AtEnd()) return Unclosed();
    CAUSEWAY_ASSIGN_OR_RETURN(Item last, ParseItem());
    if (!last.single.has_value() || *last.single < *first.single) {
      return reader_.Fault("the range's ends are not in order", offset);
    }
    return CharSet{{*first.single, *last.single}};
  }

  // Not at the end.
  absl::StatusOr<Item> ParseItem() {
    const size_t offset = reader_.offset();
    if (reader_.Take("[:")) {
      std::optional<absl::string_view> name = reader_.TakeThrough(":]");
      if (!name.has_value()) return Unclosed();
      std::optional<CharSet> chars = PosixClass(*name);
      if (chars.has_value()) return Item{*std::move(chars), std::nullopt};
      return reader_.Fault("no such character class", offset);
    }
    if (reader_.Take("[=")) return ParseCollating("=]", offset);
    if (reader_.Take("[.")) return ParseCollating(".]", offset);
    if (has_escapes_ && reader_.Take("\\")) return ParseEscape(offset);
    return SingleItem(reader_.TakeChar());
  }

  // After `[=` or `[.`. In the POSIX locale a character is equivalent to itself
  // only, and the longer names are of characters that IDs don't need.
  absl::StatusOr<Item> ParseCollating(absl::string_view end, size_t offset) {
    if (reader_.AtEnd()) return Unclosed();
    const uint32_t c = reader_.TakeChar();
    if (!reader_.Take(end)) {
      return reader_.Fault("a collating name must be one character", offset);
    }
    return SingleItem(c);
  }

  absl::StatusOr<Item> ParseEscape(size_t offset) {
    if (reader_.AtEnd()) return Unclosed();
    const uint32_t c = reader_.TakeChar();
    if (!IsLetter(c)) return SingleItem(c);
    std::optional<CharSet> chars = PerlClass(static_cast<char>(c));
    if (chars.has_value()) return Item{*std::move(chars), std::nullopt};
    return reader_.Fault(
        "of letters after a backslash only d, w, s, D, W, S are supported",
        offset);
  }

  RegexReader& reader_;
  const size_t start_;
  const bool has_escapes_;
};

}  // namespace

absl::StatusOr<CharSet> ParseBracket(RegexReader& reader) {
  return BracketParser(reader).Parse();
}

}  // namespace causeway::namespaces
