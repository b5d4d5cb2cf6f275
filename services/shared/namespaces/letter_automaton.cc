#include "services/shared/namespaces/letter_automaton.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "services/shared/namespaces/alphabet.h"
#include "services/shared/namespaces/automaton.h"
#include "services/shared/namespaces/effort.h"

namespace causeway::namespaces {

const std::vector<LetterAutomaton::Move>& LetterAutomaton::Moves(int state) {
  std::vector<Move>& moves = moves_[state];
  if (moves.empty()) {
    for (const Automaton::Edge& edge : automaton_.edges(state)) {
      moves.push_back({&letters_.find(edge.chars)->second, edge.target});
    }
  }
  return moves;
}

const std::vector<int>& LetterAutomaton::Settle(int target, Effort& effort) {
  std::optional<std::vector<int>>& settled = settled_[target];
  if (!settled.has_value()) {
    settled = automaton_.Settle(target);
    // It has a bit for each state.
    effort.Spend(static_cast<int64_t>(
        settled->size() + automaton_.state_count() / Alphabet::kBitsPerWord +
        1));
  }
  return *settled;
}

}  // namespace causeway::namespaces
