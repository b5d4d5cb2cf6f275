// Whether one namespace lies within others, and whether two have an ID in
// common: decided, with an ID that shows it when the answer is no.
//
// Namespaces are regular languages over IDs. A regex means what RE2 makes of it
// (namespace_pattern.h): it matches from an ID's first code point on, to any
// place, or to the end where `$` says so; over Unicode code points, `.` being
// all of them, as RE2 has it on valid UTF-8. An ID is what can be one of that
// kind: sigil, localpart, `:`, server name, at most 255 bytes
// (id_grammar.h, IdScope). So `@a.*` and `@a` are the same, `a.*` is empty as a
// namespace of users, and `@.{1,254}$` holds all of them.
//
// Deciding that is expensive for some regexes, whatever the method. So a
// question has bounds: of states, of places (word_search.h) and of steps; and
// so have all questions to one Algebra together. Beyond them it is undecided,
// which a caller has to treat as a refusal that says so. Bounds are counts,
// not times: an answer is the same everywhere.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_ALGEBRA_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_ALGEBRA_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/shared/namespaces/automaton.h"
#include "services/shared/namespaces/effort.h"
#include "services/shared/namespaces/id_grammar.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/regex_syntax.h"

namespace causeway::namespaces {

// States of one automaton: a regex of 1024 bytes has about as many, unless it
// repeats by number. Of all the ceilings of a grant together more.
inline constexpr size_t kStatesMax = 4096;
inline constexpr size_t kUnionStatesMax = 32768;
// Of one question: two tenths of a second at most; most take microseconds.
inline constexpr int64_t kQuestionStepsMax = 4'000'000;
// Of all questions to one Algebra.
inline constexpr int64_t kAlgebraStepsMax = 40'000'000;

struct Decision {
  enum class Answer { kYes, kNo, kUndecided };
  Answer answer = Answer::kUndecided;
  // With kNo: an ID that shows it. Of this server, with a localpart of today,
  // if there is one; of these the shortest.
  std::string witness;
  // With kUndecided: the bound, as in "takes more than 4096 states".
  std::string why;
};

// Thread-compatible. One for each request, whose questions share a bound.
class Algebra {
 public:
  // `server_name` is this homeserver's.
  explicit Algebra(absl::string_view server_name,
                   int64_t steps_max = kAlgebraStepsMax);

  // Whether each ID of `regex` is one of some ceiling. The witness is one that
  // isn't. INVALID_ARGUMENT as ParseRegex; so below.
  absl::StatusOr<Decision> IsContained(NamespaceKind kind,
                                       absl::string_view regex,
                                       absl::Span<const std::string> ceilings,
                                       IdScope scope = IdScope::kAny);

  // Whether no ID is in both. The witness is one that is.
  absl::StatusOr<Decision> AreDisjoint(NamespaceKind kind,
                                       absl::string_view regex_a,
                                       absl::string_view regex_b);

 private:
  // Looks for an ID that is in all of `in` but not in `outside`, if there is
  // that; the answer is yes if there is none.
  Decision Decide(NamespaceKind kind, IdScope scope,
                  const std::vector<RegexNode>& in,
                  const std::optional<RegexNode>& outside);
  const Automaton& Ids(NamespaceKind kind, IdScope scope);

  const std::string server_name_;
  int64_t steps_left_;
  absl::flat_hash_map<std::string, Automaton> ids_;  // By regex.
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_ALGEBRA_H_
