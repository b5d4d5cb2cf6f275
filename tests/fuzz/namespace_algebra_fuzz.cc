// Goal: what is decided of namespaces is what RE2 does with IDs, whatever the
// regexes, and takes bounded time. The input is, by lines, an ID, a regex and
// one to three more, the ceilings.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/lint.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "tests/fuzz/require.h"

namespace {

using causeway::fuzz::Require;
using causeway::matrix::UserId;
using causeway::namespaces::Algebra;
using causeway::namespaces::Decision;
using causeway::namespaces::LintFinding;
using causeway::namespaces::NamespaceKind;
using causeway::namespaces::NamespacePattern;
using Answer = Decision::Answer;

constexpr NamespaceKind kUsers = NamespaceKind::kUsers;
constexpr size_t kCeilingsMax = 3;
// Fewer than in earnest, so that there are more inputs a second.
constexpr int64_t kStepsMax = 2'000'000;

bool MatchesAny(const std::vector<NamespacePattern>& patterns,
                absl::string_view id) {
  return std::any_of(
      patterns.begin(), patterns.end(),
      [id](const NamespacePattern& pattern) { return pattern.Matches(id); });
}

void CheckLint(const NamespacePattern& pattern, Algebra& algebra) {
  const absl::StatusOr<std::vector<LintFinding>> findings =
      causeway::namespaces::Lint(kUsers, pattern.regex(), "hs.test", algebra);
  Require(findings.ok(), "what compiles is linted");
  for (const LintFinding& finding : *findings) {
    Require(finding.suggestion.empty() ||
                NamespacePattern::Compile(finding.suggestion).ok(),
            "suggestions are regexes");
    Require(
        !finding.offset.has_value() || *finding.offset < pattern.regex().size(),
        "offsets are in the regex");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> lines = absl::StrSplit(input, '\n');
  if (lines.size() < 3 || lines.size() > 2 + kCeilingsMax) return 0;
  std::vector<NamespacePattern> patterns;
  for (size_t i = 1; i < lines.size(); ++i) {
    absl::StatusOr<NamespacePattern> pattern =
        NamespacePattern::Compile(lines[i]);
    if (!pattern.ok()) return 0;
    patterns.push_back(*std::move(pattern));
  }
  const NamespacePattern wanted = std::move(patterns.front());
  patterns.erase(patterns.begin());
  const std::vector<std::string> ceilings(lines.begin() + 2, lines.end());

  Algebra algebra("hs.test", kStepsMax);
  const absl::StatusOr<Decision> contained =
      algebra.IsContained(kUsers, wanted.regex(), ceilings);
  const absl::StatusOr<Decision> disjoint =
      algebra.AreDisjoint(kUsers, wanted.regex(), ceilings.front());
  Require(contained.ok() && disjoint.ok(), "what compiles has an automaton");
  if (UserId::Parse(lines[0]).ok() && wanted.Matches(lines[0])) {
    Require(contained->answer != Answer::kYes || MatchesAny(patterns, lines[0]),
            "contained means contained");
    Require(
        disjoint->answer != Answer::kYes || !patterns.front().Matches(lines[0]),
        "disjoint means disjoint");
  }
  if (contained->answer == Answer::kNo) {
    Require(UserId::Parse(contained->witness).ok() &&
                wanted.Matches(contained->witness) &&
                !MatchesAny(patterns, contained->witness),
            "the witness is beyond all ceilings");
  }
  if (disjoint->answer == Answer::kNo) {
    Require(UserId::Parse(disjoint->witness).ok() &&
                wanted.Matches(disjoint->witness) &&
                patterns.front().Matches(disjoint->witness),
            "both match the witness");
  }
  CheckLint(wanted, algebra);
  return 0;
}
