// A regex so simple that it needs no automaton, for namespace_pattern.h.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_TEXT_PATTERN_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_TEXT_PATTERN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/shared/namespaces/regex_syntax.h"

namespace causeway::namespaces {

// Text, then perhaps `.*` and more text, then perhaps `$`: what most namespaces
// are ("@irc_.*", "@irc_.*:example\.org$"). Thousands of these fit into a
// processor's caches, where as many automata don't.
//
// Immutable. Thread-safe.
class TextPattern {
 public:
  // nullopt when `root` is anything else.
  static std::optional<TextPattern> Make(const RegexNode& root);

  // `id` must be valid UTF-8.
  bool Matches(absl::string_view id) const;

 private:
  TextPattern() = default;

  std::string beginning_;
  bool has_gap_ = false;    // `.*`
  std::string rest_;        // After that.
  bool is_pinned_ = false;  // `$`
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_TEXT_PATTERN_H_
