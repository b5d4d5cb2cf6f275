#include "services/shared/namespaces/state_sets.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "services/shared/namespaces/alphabet.h"
#include "services/shared/namespaces/automaton.h"
#include "services/shared/namespaces/effort.h"
#include "services/shared/namespaces/letter_automaton.h"

namespace causeway::namespaces {

StateSets::StateSets(LetterAutomaton* automaton, size_t letter_count,
                     Effort& effort)
    : automaton_(automaton), letter_count_(letter_count), effort_(effort) {
  Intern(automaton == nullptr ? std::vector<int>()
                              : automaton->automaton().initial_states());
}

int StateSets::After(int set, size_t letter) {
  if (automaton_ == nullptr) return kFirst;
  if (sets_[set].after.empty()) {
    sets_[set].after.assign(letter_count_, kUnknown);
    size_ += letter_count_;
  }
  if (sets_[set].after[letter] == kUnknown) {
    const int after = Read(set, letter);  // May move sets_.
    sets_[set].after[letter] = after;
  }
  return sets_[set].after[letter];
}

int StateSets::Read(int set, size_t letter) {
  std::vector<int> states;
  for (int state : sets_[set].states) {
    for (const LetterAutomaton::Move& move : automaton_->Moves(state)) {
      effort_.Spend(1);
      if (!Alphabet::Has(*move.letters, letter)) continue;
      const std::vector<int>& settled =
          automaton_->Settle(move.target, effort_);
      states.insert(states.end(), settled.begin(), settled.end());
    }
  }
  constexpr int64_t kStepsToSort = 8;
  effort_.Spend(static_cast<int64_t>(states.size()) * kStepsToSort);
  std::sort(states.begin(), states.end());
  states.erase(std::unique(states.begin(), states.end()), states.end());
  return Intern(std::move(states));
}

int StateSets::Intern(std::vector<int> states) {
  const auto [place, is_new] =
      numbers_.try_emplace(states, static_cast<int>(sets_.size()));
  if (!is_new) return place->second;
  const int number = place->second;
  Set set;
  for (int state : states) {
    set.accepts_at_end |= automaton_->automaton().AcceptsAtEnd(state);
    set.accepts_all |= automaton_->automaton().AcceptsAll(state);
  }
  size_ += states.size() * 2 + 1;  // Here and in numbers_.
  set.states = std::move(states);
  sets_.push_back(std::move(set));
  return number;
}

}  // namespace causeway::namespaces
