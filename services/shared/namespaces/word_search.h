// The shortest ID that some automata accept and another doesn't.
//
// All are walked side by side, without building their product: breadth first
// over where all of them may be after the same beginning of an ID, so the first
// place in which all is as wanted ends the shortest ID. Of those that shall
// accept, one state each is followed; of the one that shall not, all states
// that it may be in at once, since none of them may accept.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_WORD_SEARCH_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_WORD_SEARCH_H_

#include <cstddef>
#include <string>

#include "absl/types/span.h"
#include "services/shared/namespaces/automaton.h"
#include "services/shared/namespaces/effort.h"

namespace causeway::namespaces {

inline constexpr size_t kAcceptingMax = 3;
// Where all automata may be, and the sets of states of the one that shall not
// accept (their sizes added up): 40 MB and 4 MB.
inline constexpr size_t kPlacesMax = 300000;
inline constexpr size_t kSetStatesMax = 1000000;

struct WordSearch {
  enum class Outcome { kFound, kNone, kUndecided };
  Outcome outcome = Outcome::kUndecided;
  std::string word;  // With kFound.
  std::string why;   // With kUndecided: "takes more than ...".
};

// The shortest string of at most `bytes_max` bytes that all of `accepting` (1
// to kAcceptingMax) accept and `refusing` doesn't; null refuses all. Of several
// the one that reads best. Pure.
WordSearch FindWord(absl::Span<const Automaton* const> accepting,
                    const Automaton* refusing, size_t bytes_max,
                    Effort& effort);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_WORD_SEARCH_H_
