// A nondeterministic automaton made deterministic as far as it is walked, for
// word_search.h.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_STATE_SETS_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_STATE_SETS_H_

#include <cstddef>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/shared/namespaces/effort.h"
#include "services/shared/namespaces/letter_automaton.h"

namespace causeway::namespaces {

// The sets of states that it may be in at once, by number.
//
// Thread-compatible.
class StateSets {
 public:
  // Both must outlive it. `automaton` may be null: it accepts nothing.
  StateSets(LetterAutomaton* automaton, size_t letter_count, Effort& effort);

  static constexpr int kFirst = 0;  // Before anything is read.

  // The set after `letter` is read in `set`.
  int After(int set, size_t letter);

  bool AcceptsAtEnd(int set) const { return sets_[set].accepts_at_end; }
  bool AcceptsAll(int set) const { return sets_[set].accepts_all; }

  // All states of all sets, and what is known of their successors: each is four
  // bytes.
  size_t size() const { return size_; }

 private:
  static constexpr int kUnknown = -1;

  struct Set {
    std::vector<int> states;  // Sorted.
    std::vector<int> after;   // By letter; empty before the first is read.
    bool accepts_at_end = false;
    bool accepts_all = false;
  };

  int Read(int set, size_t letter);
  int Intern(std::vector<int> states);

  LetterAutomaton* const automaton_;
  const size_t letter_count_;
  Effort& effort_;
  std::vector<Set> sets_;
  absl::flat_hash_map<std::vector<int>, int> numbers_;
  size_t size_ = 0;
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_STATE_SETS_H_
