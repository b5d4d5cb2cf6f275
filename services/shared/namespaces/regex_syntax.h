// The regular expressions of namespaces, parsed: the one place that takes a
// regex apart. What RE2 matches with and what the algebra decides with are both
// made from this tree, so they can't read one expression in two ways.
//
// The syntax is POSIX extended, with POSIX's meaning as a set of strings over
// Unicode code points (classes such as [:alpha:] are ASCII's).
// Source: https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap09.html#tag_09_04
//
// Where POSIX leaves a construct undefined, published registrations decide:
// `\d \w \s \D \W \S`, `(?:...)`, a leading `(?i)` (ASCII letters), and lazy
// `*? +? ?? {m,n}?`, which name the same set as without the `?`. In brackets
// `\` is itself, as POSIX says, unless that bracket holds one of those classes
// or `\-` before its end ("[\w.]", "[\-a-z]"): then it is an escape. `{,n}` is
// `{0,n}` and `a**` is `(a*)*`, as glibc has it; `)` alone is itself.
//
// Refused: back-references (not regular), look-around, `\b` and its like,
// collating names longer than a character.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_SYNTAX_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_SYNTAX_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/char_set.h"

namespace causeway::namespaces {

inline constexpr size_t kRegexBytesMax = 1024;
inline constexpr int kRegexDepthMax = 100;    // Groups inside each other.
inline constexpr int kRegexRepeatMax = 1000;  // In `{m,n}`; RE2's own bound.

struct RegexNode {
  enum class Kind {
    kChars,      // One code point out of `chars`.
    kStart,      // `^`
    kEnd,        // `$`
    kConcat,     // `children` one after the other; none means the empty string.
    kAlternate,  // Any of `children`.
    kRepeat,     // The only child, `repeat_min` to `repeat_max` times.
  };
  static constexpr int kUnbounded = -1;

  Kind kind = Kind::kConcat;
  size_t offset = 0;  // Of the regex: where what it was made of begins.
  CharSet chars;
  int repeat_min = 0;
  int repeat_max = 0;  // kUnbounded for `*`.
  std::vector<RegexNode> children;
};

// The tree of `regex`. INVALID_ARGUMENT whose message names the regex, the byte
// offset and what is wrong, or the bound that it exceeds.
absl::StatusOr<RegexNode> ParseRegex(absl::string_view regex);

// The same set in RE2's syntax (its default options).
std::string ToRe2Syntax(const RegexNode& root);

// A text that every string of the set begins with, as long as is easily seen;
// a leading `^` doesn't count. Empty when there is none.
std::string LiteralPrefix(const RegexNode& root);

// The same of what ParseRegex makes of `regex`; errors as there.
absl::StatusOr<std::string> LiteralPrefixOf(absl::string_view regex);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_SYNTAX_H_
