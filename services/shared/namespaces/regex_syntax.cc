// A recursive descent: alternatives -> pieces in a row -> one piece with its
// repeats -> a group, a bracket or a character.
#include "services/shared/namespaces/regex_syntax.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/regex_bracket.h"
#include "services/shared/namespaces/regex_reader.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

using Kind = RegexNode::Kind;

RegexNode CharsNode(CharSet chars) {
  RegexNode node;
  node.kind = Kind::kChars;
  node.chars = std::move(chars);
  return node;
}

RegexNode AnchorNode(Kind kind) {
  RegexNode node;
  node.kind = kind;
  return node;
}

struct Repeat {
  int min;
  int max;
};

class Parser {
 public:
  explicit Parser(absl::string_view regex) : reader_(regex) {}

  absl::StatusOr<RegexNode> Parse() {
    folds_case_ = reader_.Take("(?i)");
    return ParseAlternatives();
  }

 private:
  absl::StatusOr<RegexNode> ParseAlternatives() {
    RegexNode node;
    node.kind = Kind::kAlternate;
    do {
      CAUSEWAY_ASSIGN_OR_RETURN(RegexNode row, ParseRow());
      node.children.push_back(std::move(row));
    } while (reader_.Take("|"));
    if (node.children.size() > 1) return node;
    RegexNode only = std::move(node.children.front());
    return only;
  }

  absl::StatusOr<RegexNode> ParseRow() {
    RegexNode row;
    row.kind = Kind::kConcat;
    while (!reader_.AtEnd() && !reader_.Sees("|") &&
           !(reader_.Sees(")") && depth_ > 0)) {
      CAUSEWAY_ASSIGN_OR_RETURN(RegexNode piece, ParsePiece());
      row.children.push_back(std::move(piece));
    }
    return row;
  }

  absl::StatusOr<RegexNode> ParsePiece() {
    const size_t start = reader_.offset();
    CAUSEWAY_ASSIGN_OR_RETURN(RegexNode piece, ParseAtom());
    piece.offset = start;
    const bool is_anchor =
        piece.kind == Kind::kStart || piece.kind == Kind::kEnd;
    int repeat_count = 0;
    while (true) {
      const size_t offset = reader_.offset();
      CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Repeat> repeat, TakeRepeat());
      if (!repeat.has_value()) return piece;
      if (is_anchor) return reader_.Fault("nothing to repeat", offset);
      if (++repeat_count > kRegexDepthMax) {
        return reader_.Fault("too many repeats of repeats", offset);
      }
      RegexNode node;
      node.kind = Kind::kRepeat;
      node.offset = start;
      node.repeat_min = repeat->min;
      node.repeat_max = repeat->max;
      node.children.push_back(std::move(piece));
      piece = std::move(node);
    }
  }

  // A repeat, if one stands here. The `?` of a lazy one changes which match is
  // found, not whether there is one.
  absl::StatusOr<std::optional<Repeat>> TakeRepeat() {
    std::optional<Repeat> repeat;
    if (reader_.Take("*")) {
      repeat = Repeat{0, RegexNode::kUnbounded};
    } else if (reader_.Take("+")) {
      repeat = Repeat{1, RegexNode::kUnbounded};
    } else if (reader_.Take("?")) {
      repeat = Repeat{0, 1};
    } else {
      CAUSEWAY_ASSIGN_OR_RETURN(repeat, TakeInterval());
    }
    if (repeat.has_value()) reader_.Take("?");
    return repeat;
  }

  // `{m}`, `{m,}`, `{,n}` or `{m,n}`; any other `{` is itself.
  absl::StatusOr<std::optional<Repeat>> TakeInterval() {
    const size_t offset = reader_.offset();
    if (!reader_.Take("{")) return std::optional<Repeat>();
    const std::optional<int> min = reader_.TakeNumber();
    const bool has_comma = reader_.Take(",");
    const std::optional<int> max = has_comma ? reader_.TakeNumber() : min;
    if (!reader_.Take("}") || (!min.has_value() && !has_comma)) {
      reader_.GoBackTo(offset);
      return std::optional<Repeat>();
    }
    Repeat repeat{min.value_or(0), max.value_or(RegexNode::kUnbounded)};
    if (repeat.min > kRegexRepeatMax || repeat.max > kRegexRepeatMax) {
      return reader_.Fault(
          absl::StrCat("repeats more than ", kRegexRepeatMax, " times"),
          offset);
    }
    if (max.has_value() && repeat.max < repeat.min) {
      return reader_.Fault("the repeat's bounds are the wrong way round",
                           offset);
    }
    return std::optional<Repeat>(repeat);
  }

  absl::StatusOr<RegexNode> ParseAtom() {
    const size_t offset = reader_.offset();
    if (reader_.Take("(")) return ParseGroup(offset);
    if (reader_.Take("[")) {
      CAUSEWAY_ASSIGN_OR_RETURN(CharSet chars, ParseBracket(reader_));
      return CharsNode(Fold(std::move(chars)));
    }
    if (reader_.Take(".")) return CharsNode(AllChars());
    if (reader_.Take("^")) return AnchorNode(Kind::kStart);
    if (reader_.Take("$")) return AnchorNode(Kind::kEnd);
    if (reader_.Take("\\")) return ParseEscape(offset);
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Repeat> repeat, TakeRepeat());
    if (repeat.has_value()) return reader_.Fault("nothing to repeat", offset);
    return CharNode(reader_.TakeChar());
  }

  // After `(`.
  absl::StatusOr<RegexNode> ParseGroup(size_t offset) {
    for (const char* look : {"?=", "?!", "?<=", "?<!"}) {
      if (reader_.Sees(look)) {
        return reader_.Fault("look-around is not supported", offset);
      }
    }
    if (!reader_.Take("?:") && reader_.Sees("?")) {
      return reader_.Fault(
          "of groups that begin with `(?` only `(?:` is supported, and `(?i)` "
          "at the start of the regex",
          offset);
    }
    if (++depth_ > kRegexDepthMax) {
      return reader_.Fault(absl::StrCat("more than ", kRegexDepthMax,
                                        " groups inside each other"),
                           offset);
    }
    CAUSEWAY_ASSIGN_OR_RETURN(RegexNode node, ParseAlternatives());
    --depth_;
    if (!reader_.Take(")")) return reader_.Fault("`(` is not closed", offset);
    return node;
  }

  // After a backslash outside brackets.
  absl::StatusOr<RegexNode> ParseEscape(size_t offset) {
    if (reader_.AtEnd()) {
      return reader_.Fault("the backslash escapes nothing", offset);
    }
    const uint32_t c = reader_.TakeChar();
    if (c >= '0' && c <= '9') {
      return reader_.Fault("back-references are not supported", offset);
    }
    if (c < 0x80 && absl::ascii_isalpha(static_cast<unsigned char>(c))) {
      std::optional<CharSet> chars = PerlClass(static_cast<char>(c));
      if (chars.has_value()) return CharsNode(Fold(*std::move(chars)));
      return reader_.Fault(
          "of letters after a backslash only d, w, s, D, W, S "
          "are supported",
          offset);
    }
    return CharNode(c);
  }

  RegexNode CharNode(uint32_t c) { return CharsNode(Fold({{c, c}})); }

  CharSet Fold(CharSet chars) {
    return folds_case_ ? FoldAsciiCase(chars) : std::move(chars);
  }

  RegexReader reader_;
  bool folds_case_ = false;
  int depth_ = 0;
};

}  // namespace

absl::StatusOr<RegexNode> ParseRegex(absl::string_view regex) {
  using causeway::matrix::MakeError;
  using causeway::matrix::Quote;
  std::string fault;
  if (regex.empty()) {
    fault = "is empty";
  } else if (regex.size() > kRegexBytesMax) {
    fault = absl::StrCat("has ", regex.size(), " bytes, more than ",
                         kRegexBytesMax);
  } else if (!causeway::matrix::IsValidUtf8(regex)) {
    fault = "is not UTF-8";
  }
  if (!fault.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "M_INVALID_PARAM",
                     absl::StrCat("regex ", Quote(regex), ": ", fault));
  }
  return Parser(regex).Parse();
}

}  // namespace causeway::namespaces
