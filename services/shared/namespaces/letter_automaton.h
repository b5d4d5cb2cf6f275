// An automaton that reads the letters of an alphabet, for word_search.h.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_LETTER_AUTOMATON_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_LETTER_AUTOMATON_H_

#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/shared/namespaces/alphabet.h"
#include "services/shared/namespaces/automaton.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/effort.h"

namespace causeway::namespaces {

// The letters of every set of an automaton's edges.
using LettersBySet = absl::flat_hash_map<CharSet, Alphabet::Letters>;

// What is asked of it is worked out once. References stay valid.
//
// Thread-compatible.
class LetterAutomaton {
 public:
  struct Move {
    const Alphabet::Letters* letters;
    int target;
  };

  // Both must outlive it.
  LetterAutomaton(const Automaton& automaton, const LettersBySet& letters)
      : automaton_(automaton),
        letters_(letters),
        moves_(automaton.state_count()),
        settled_(automaton.state_count()) {}

  const Automaton& automaton() const { return automaton_; }

  // As Automaton::edges() and Automaton::Settle().
  const std::vector<Move>& Moves(int state);
  const std::vector<int>& Settle(int target, Effort& effort);

 private:
  const Automaton& automaton_;
  const LettersBySet& letters_;
  std::vector<std::vector<Move>> moves_;
  std::vector<std::optional<std::vector<int>>> settled_;
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_LETTER_AUTOMATON_H_
