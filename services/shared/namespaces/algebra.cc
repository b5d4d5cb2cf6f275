#include "services/shared/namespaces/algebra.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/automaton.h"
#include "services/shared/namespaces/effort.h"
#include "services/shared/namespaces/id_grammar.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/regex_syntax.h"
#include "services/shared/namespaces/word_search.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

using Answer = Decision::Answer;

const Decision kYes = {Answer::kYes, "", ""};

Decision TooManyStates(size_t states_max) {
  return {Answer::kUndecided, "",
          absl::StrCat("takes more than ", states_max, " states")};
}

// Whether a string may begin with both.
bool MayShareBeginning(absl::string_view a, absl::string_view b) {
  return absl::StartsWith(a, b) || absl::StartsWith(b, a);
}

}  // namespace

Algebra::Algebra(absl::string_view server_name, int64_t steps_max)
    : server_name_(server_name), steps_left_(steps_max) {}

absl::StatusOr<Decision> Algebra::IsContained(
    NamespaceKind kind, absl::string_view regex,
    absl::Span<const std::string> ceilings, IdScope scope) {
  CAUSEWAY_ASSIGN_OR_RETURN(RegexNode root, ParseRegex(regex));
  const std::string prefix = LiteralPrefix(root);
  RegexNode any;  // What any ceiling allows.
  any.kind = RegexNode::Kind::kAlternate;
  for (const std::string& ceiling : ceilings) {
    // However complex they are.
    if (ceiling == regex) return kYes;
    CAUSEWAY_ASSIGN_OR_RETURN(RegexNode allowed, ParseRegex(ceiling));
    if (!MayShareBeginning(prefix, LiteralPrefix(allowed))) continue;
    any.children.push_back(std::move(allowed));
  }
  std::optional<RegexNode> outside;
  if (!any.children.empty()) outside = std::move(any);
  Decision decision = Decide(kind, scope, {std::move(root)}, outside);
  if (decision.answer != Answer::kUndecided) return decision;
  // However complex it is, it holds no more than what begins as it does.
  const absl::StatusOr<RegexNode> wider =
      ParseRegex(absl::StrCat("^", LiteralRegex(prefix)));
  if (wider.ok() &&
      Decide(kind, scope, {*wider}, outside).answer == Answer::kYes) {
    return kYes;
  }
  return decision;
}

absl::StatusOr<Decision> Algebra::AreDisjoint(NamespaceKind kind,
                                              absl::string_view regex_a,
                                              absl::string_view regex_b) {
  CAUSEWAY_ASSIGN_OR_RETURN(RegexNode a, ParseRegex(regex_a));
  CAUSEWAY_ASSIGN_OR_RETURN(RegexNode b, ParseRegex(regex_b));
  if (!MayShareBeginning(LiteralPrefix(a), LiteralPrefix(b))) {
    return kYes;  // As most are.
  }
  return Decide(kind, IdScope::kAny, {std::move(a), std::move(b)},
                std::nullopt);
}

Decision Algebra::Decide(NamespaceKind kind, IdScope scope,
                         const std::vector<RegexNode>& in,
                         const std::optional<RegexNode>& outside) {
  std::vector<Automaton> namespaces;
  namespaces.reserve(in.size());
  for (const RegexNode& root : in) {
    std::optional<Automaton> automaton = Automaton::Build(root, kStatesMax);
    if (!automaton.has_value()) return TooManyStates(kStatesMax);
    namespaces.push_back(*std::move(automaton));
  }
  std::optional<Automaton> refusing;
  if (outside.has_value()) {
    refusing = Automaton::Build(*outside, kUnionStatesMax);
    if (!refusing.has_value()) return TooManyStates(kUnionStatesMax);
  }

  const auto find = [&](IdScope ids) {
    std::vector<const Automaton*> accepting = {&Ids(kind, ids)};
    for (const Automaton& automaton : namespaces) {
      accepting.push_back(&automaton);
    }
    Effort effort(std::min(kQuestionStepsMax, steps_left_));
    WordSearch found =
        FindWord(accepting, refusing.has_value() ? &*refusing : nullptr,
                 matrix::kIdBytesMax, effort);
    steps_left_ -= std::min(effort.steps(), steps_left_);
    return found;
  };
  WordSearch found = find(scope);
  if (found.outcome == WordSearch::Outcome::kNone) return kYes;
  if (found.outcome == WordSearch::Outcome::kUndecided) {
    return {Answer::kUndecided, "", std::move(found.why)};
  }
  // The answer is no; the rest is for a person to read.
  for (const IdScope plainer : {IdScope::kOwnPlain, IdScope::kOwn}) {
    if (plainer <= scope) continue;
    WordSearch better = find(plainer);
    if (better.outcome == WordSearch::Outcome::kFound) {
      found = std::move(better);
      break;
    }
  }
  return {Answer::kNo, std::move(found.word), ""};
}

const Automaton& Algebra::Ids(NamespaceKind kind, IdScope scope) {
  const std::string regex = IdRegex(kind, scope, server_name_);
  const auto known = ids_.find(regex);
  if (known != ids_.end()) return known->second;
  // Far smaller than the bound: a server name is at most 255 bytes.
  return ids_
      .try_emplace(regex, *Automaton::Build(*ParseRegex(regex), kStatesMax))
      .first->second;
}

}  // namespace causeway::namespaces
