#include "services/shared/namespaces/lint.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/id_grammar.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/regex_syntax.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

using Answer = Decision::Answer;
using Kind = RegexNode::Kind;

constexpr absl::string_view kFoldsCase = "(?i)";

class Linter {
 public:
  Linter(NamespaceKind kind, absl::string_view regex, const RegexNode& root,
         absl::string_view server_name, Algebra& algebra)
      : kind_(kind),
        regex_(regex),
        root_(root),
        server_name_(server_name),
        server_(LiteralRegex(server_name)),
        algebra_(algebra) {}

  std::vector<LintFinding> Run() {
    const bool is_empty = CheckMatchesNothing();
    if (!is_empty) {
      const bool is_all = CheckMatchesEverything();
      if (kind_ != NamespaceKind::kRooms) CheckServerPart();
      CheckDots();
      CheckAnchoring();
      if (kind_ != NamespaceKind::kRooms && !is_all) CheckUnderscore();
      CheckBeginning();
    } else {
      CheckAnchoring();
    }
    return std::move(findings_);
  }

 private:
  void Add(LintCode code, std::string text, std::string witness = "",
           std::string suggestion = "",
           std::optional<size_t> offset = std::nullopt) {
    findings_.push_back({code, std::move(text), offset, std::move(witness),
                         std::move(suggestion)});
  }

  // Whether all IDs of `regex` are in some ceiling.
  Decision IsContained(absl::string_view regex,
                       const std::vector<std::string>& ceilings,
                       IdScope scope = IdScope::kAny) {
    return algebra_.IsContained(kind_, regex, ceilings, scope)
        .value_or(Decision());
  }

  bool IsEmpty(absl::string_view regex) {
    return IsContained(regex, {}).answer == Answer::kYes;
  }

  // A suggestion must be a regex that matches some of the same.
  bool IsNarrower(absl::string_view regex) {
    return IsContained(regex, {regex_}).answer == Answer::kYes &&
           !IsEmpty(regex);
  }

  // The regex behind its `(?i)`, as one piece.
  std::string Body() const {
    absl::string_view body = regex_;
    absl::ConsumePrefix(&body, kFoldsCase);
    return root_.kind == Kind::kAlternate ? absl::StrCat("(", body, ")")
                                          : std::string(body);
  }
  absl::string_view Flags() const {
    return absl::StartsWith(regex_, kFoldsCase) ? kFoldsCase : "";
  }

  bool CheckMatchesNothing() {
    if (!IsEmpty(regex_)) return false;
    const char sigil = SigilOf(kind_);
    std::string suggestion =
        absl::StrCat(Flags(), std::string(1, sigil), Body());
    if (!ParseRegex(suggestion).ok() || IsEmpty(suggestion)) suggestion = "";
    Add(LintCode::kMatchesNothing,
        absl::StrCat("matches no ID of this kind, which all begin with `",
                     std::string(1, sigil), "`",
                     kind_ == NamespaceKind::kRooms
                         ? ""
                         : " and end with `:` and a server's name"),
        "", std::move(suggestion));
    return true;
  }

  bool CheckMatchesEverything() {
    const std::string all = IdRegex(kind_, IdScope::kOwn, server_name_);
    if (IsContained(all, {regex_}).answer != Answer::kYes) return false;
    Add(LintCode::kMatchesEverything,
        absl::StrCat("matches all ", FieldName(kind_), " of this server"));
    return true;
  }

  void CheckServerPart() {
    const std::string up_to_server = absl::StrCat("[^:]*:", server_);
    const std::string own = absl::StrCat(up_to_server, "$");
    Decision decision = IsContained(regex_, {own});
    if (decision.answer != Answer::kNo) return;
    // A namespace of another server's IDs has a server part.
    const absl::StatusOr<Decision> elsewhere =
        algebra_.AreDisjoint(kind_, regex_, own);
    if (!elsewhere.ok() || elsewhere->answer != Answer::kNo) return;
    if (IsContained(regex_, {up_to_server}).answer == Answer::kYes) {
      std::string closed = absl::StrCat(Flags(), Body(), "$");
      if (!IsNarrower(closed)) closed = "";
      Add(LintCode::kOpenServerPart,
          "matches IDs of servers whose names only begin with this one's",
          std::move(decision.witness), std::move(closed));
    } else {
      Add(LintCode::kNoServerPart, "matches IDs of other servers too",
          std::move(decision.witness), WithServer());
    }
  }

  // The regex with this server's name at its end.
  std::string WithServer() {
    std::string base = Body();
    if (absl::EndsWith(base, "$") && !absl::EndsWith(base, "\\$")) {
      base.pop_back();
    }
    const std::string end = absl::StrCat(":", server_, "$");
    const bool has_wildcard =
        absl::EndsWith(base, ".*") || absl::EndsWith(base, ".+");
    for (const absl::string_view between : {has_wildcard ? "" : ".*", ""}) {
      std::string candidate = absl::StrCat(Flags(), base, between, end);
      if (IsNarrower(candidate)) return candidate;
    }
    return "";
  }

  void CheckDots() {
    std::vector<size_t> dots;
    FindDots(root_, dots);
    if (dots.empty()) return;
    std::string escaped(regex_);
    for (auto it = dots.rbegin(); it != dots.rend(); ++it) {
      escaped.insert(*it, "\\");
    }
    Add(LintCode::kUnescapedDot,
        "`.` is any character; a dot itself is written `\\.`", "",
        ParseRegex(escaped).ok() ? escaped : "", dots.front());
  }

  // `.` once, between two letters or digits, as in "irc.example.org".
  void FindDots(const RegexNode& node, std::vector<size_t>& dots) const {
    const auto is_alnum = [this](const RegexNode& one) {
      return one.kind == Kind::kChars &&
             absl::ascii_isalnum(
                 static_cast<unsigned char>(regex_[one.offset]));
    };
    const std::vector<RegexNode>& row = node.children;
    for (size_t i = 0; i < row.size(); ++i) {
      FindDots(row[i], dots);
      if (node.kind == Kind::kConcat && i > 0 && i + 1 < row.size() &&
          row[i].kind == Kind::kChars && regex_[row[i].offset] == '.' &&
          is_alnum(row[i - 1]) && is_alnum(row[i + 1])) {
        dots.push_back(row[i].offset);
      }
    }
  }

  void CheckAnchoring() {
    const std::string anywhere = absl::StrCat(Flags(), ".*", Body());
    Decision decision = IsContained(anywhere, {regex_}, IdScope::kOwnPlain);
    if (decision.answer != Answer::kNo) return;
    std::string pinned = absl::StrCat(Flags(), "^", Body());
    if (!IsNarrower(pinned)) pinned = "";
    Add(LintCode::kAnchoring,
        "Dendrite, Conduit and Tuwunel let a match begin anywhere in the ID, "
        "Synapse and this server only at its start",
        std::move(decision.witness), std::move(pinned));
  }

  void CheckUnderscore() {
    const std::string beginning =
        absl::StrCat(std::string(1, SigilOf(kind_)), "_");
    if (NamesOneId()) return;
    Decision decision = IsContained(regex_, {beginning});
    if (decision.answer != Answer::kNo) return;
    std::string suggestion(regex_);
    const size_t sigil = suggestion.find(SigilOf(kind_));
    if (sigil == std::string::npos ||
        !absl::StartsWith(LiteralPrefix(root_),
                          std::string(1, SigilOf(kind_)))) {
      suggestion = "";
    } else {
      suggestion.insert(sigil + 1, "_");
      if (IsContained(suggestion, {beginning}).answer != Answer::kYes) {
        suggestion = "";
      }
    }
    Add(LintCode::kNoUnderscore,
        absl::StrCat(
            "the specification recommends that namespaces begin with `",
            beginning, "`, so that they don't take people's names"),
        std::move(decision.witness), std::move(suggestion));
  }

  // Whether it is one ID written out, such as that of a bridge's own user.
  bool NamesOneId() const {
    return root_.kind == Kind::kConcat &&
           std::all_of(root_.children.begin(), root_.children.end(),
                       [](const RegexNode& node) {
                         if (node.kind != Kind::kChars) {
                           return node.kind == Kind::kStart ||
                                  node.kind == Kind::kEnd;
                         }
                         return node.chars.size() == 1 &&
                                node.chars[0].first == node.chars[0].second;
                       });
  }

  void CheckBeginning() {
    // The sigil tells nothing apart.
    if (LiteralPrefix(root_).size() > 1) return;
    Add(LintCode::kLeadingWildcard,
        "nothing definite stands at its beginning, so that every ID has to be "
        "tried against it, which is slow for all");
  }

  const NamespaceKind kind_;
  const std::string regex_;
  const RegexNode& root_;
  const absl::string_view server_name_;
  const std::string server_;
  Algebra& algebra_;
  std::vector<LintFinding> findings_;
};

}  // namespace

absl::string_view LintCodeName(LintCode code) {
  switch (code) {
    case LintCode::kMatchesNothing:
      return "matches_nothing";
    case LintCode::kMatchesEverything:
      return "matches_everything";
    case LintCode::kNoServerPart:
      return "no_server_part";
    case LintCode::kOpenServerPart:
      return "open_server_part";
    case LintCode::kUnescapedDot:
      return "unescaped_dot";
    case LintCode::kAnchoring:
      return "anchoring";
    case LintCode::kNoUnderscore:
      return "no_underscore";
    case LintCode::kLeadingWildcard:
      return "leading_wildcard";
  }
  return "";
}

absl::StatusOr<std::vector<LintFinding>> Lint(NamespaceKind kind,
                                              absl::string_view regex,
                                              absl::string_view server_name,
                                              Algebra& algebra) {
  CAUSEWAY_ASSIGN_OR_RETURN(const RegexNode root, ParseRegex(regex));
  return Linter(kind, regex, root, server_name, algebra).Run();
}

}  // namespace causeway::namespaces
