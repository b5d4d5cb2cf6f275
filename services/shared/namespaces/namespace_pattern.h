// One namespace's regular expression, ready to match IDs.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
//
// NOTSPEC: the specification doesn't say where a match must stand. It starts at
// the ID's first character and may end anywhere, so `@irc_` means `@irc_.*`;
// `$` pins the end. Today's homeservers do so and every published bridge was
// tested with them.
//
// Matching is RE2's: linear in the ID's length, whatever the pattern; what is
// little more than text (text_pattern.h) is compared as such. Syntax and
// meaning: regex_syntax.h.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_PATTERN_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_PATTERN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/text_pattern.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace causeway::namespaces {

// What RE2 may use for one pattern: its program and the cache of its states.
inline constexpr int64_t kPatternMemoryBytesMax = 1 << 20;

// Immutable. Thread-safe.
class NamespacePattern {
 public:
  // INVALID_ARGUMENT whose message names the regex and what is wrong with it,
  // or the bound that it exceeds: 1 to kRegexBytesMax bytes, valid UTF-8,
  // kPatternMemoryBytesMax.
  static absl::StatusOr<NamespacePattern> Compile(absl::string_view regex);

  NamespacePattern(NamespacePattern&&) noexcept;
  NamespacePattern& operator=(NamespacePattern&&) noexcept;
  ~NamespacePattern();

  // Whether `id` is in the namespace. `id` must be valid UTF-8.
  bool Matches(absl::string_view id) const;

  // As it was written.
  const std::string& regex() const { return regex_; }

  // What every matching ID begins with; may be empty.
  const std::string& literal_prefix() const { return literal_prefix_; }

 private:
  NamespacePattern(absl::string_view regex, std::string literal_prefix,
                   std::optional<TextPattern> text,
                   std::unique_ptr<re2::RE2> re2);

  std::string regex_;
  std::string literal_prefix_;
  std::optional<TextPattern> text_;
  std::unique_ptr<re2::RE2> re2_;  // Null with text_.
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_PATTERN_H_
