#include "services/shared/namespaces/word_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "services/shared/namespaces/alphabet.h"
#include "services/shared/namespaces/automaton.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/effort.h"
#include "services/shared/namespaces/letter_automaton.h"
#include "services/shared/namespaces/state_sets.h"

namespace causeway::namespaces {
namespace {

using Letters = Alphabet::Letters;
using Outcome = WordSearch::Outcome;

constexpr char kTooManySteps[] = "takes too many steps";

// Whether any letter is left in `common`.
bool Intersect(const Letters& a, const Letters& b, Letters& common) {
  uint64_t any = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    common[i] = a[i] & b[i];
    any |= common[i];
  }
  return any != 0;
}

// The letters in it, in order.
template <typename Function>
void ForEach(const Letters& letters, Function function) {
  for (size_t i = 0; i < letters.size(); ++i) {
    for (uint64_t word = letters[i]; word != 0; word &= word - 1) {
      function(i * Alphabet::kBitsPerWord +
               static_cast<size_t>(std::countr_zero(word)));
    }
  }
}

size_t Utf8Bytes(uint32_t code_point) {
  if (code_point < 0x80) return 1;
  if (code_point < 0x800) return 2;
  return code_point < 0x10000 ? 3 : 4;
}

class Search {
 public:
  Search(std::vector<LetterAutomaton>& accepting, LetterAutomaton* refusing,
         const Alphabet& alphabet, size_t bytes_max, Effort& effort)
      : accepting_(accepting),
        sets_(refusing, alphabet.letter_count(), effort),
        alphabet_(alphabet),
        effort_(effort),
        letters_only_first_(refusing == nullptr),
        by_bytes_(bytes_max + 1),
        targets_(accepting.size()) {
    const size_t words =
        (alphabet.letter_count() + Alphabet::kBitsPerWord - 1) /
        Alphabet::kBitsPerWord;
    common_.assign(accepting.size() + 1, Letters(words, ~uint64_t{0}));
  }

  WordSearch Run() {
    for (size_t i = 0; i < accepting_.size(); ++i) {
      targets_[i] = &accepting_[i].automaton().initial_states();
    }
    Visit visit;
    visit.place.set = StateSets::kFirst;
    AddAll(0, visit);
    for (std::vector<int>& visits : by_bytes_) {
      for (size_t i = 0; i < visits.size(); ++i) {
        if (IsOver()) return Undecided();
        // A shorter way there was found since.
        const Visit here = visits_[visits[i]];
        if (&by_bytes_[here.bytes] != &visits || here.is_done) continue;
        visits_[visits[i]].is_done = true;
        if (Accepts(here.place)) return {Outcome::kFound, Spell(visits[i]), ""};
        Follow(0, here, visits[i]);
      }
    }
    if (IsOver()) return Undecided();
    return {Outcome::kNone, "", ""};
  }

 private:
  static constexpr int kNone = -1;

  // Where all automata may be at once.
  struct Place {
    std::array<int, kAcceptingMax> states = {};
    int set = 0;

    bool operator==(const Place&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Place& place) {
      return H::combine(std::move(h), place.states, place.set);
    }
  };
  struct Visit {
    Place place;
    int from = kNone;         // The visit before this one,
    uint32_t code_point = 0;  // and what was read there.
    uint16_t bytes = 0;       // From the ID's start to here.
    bool is_done = false;
  };

  bool IsOver() const {
    return effort_.is_exhausted() || visits_.size() > kPlacesMax ||
           sets_.size() > kSetStatesMax;
  }

  WordSearch Undecided() const {
    const std::string why =
        effort_.is_exhausted() ? kTooManySteps
        : sets_.size() > kSetStatesMax
            ? absl::StrCat("takes more than ", kSetStatesMax, " sets of states")
            : absl::StrCat("takes more than ", kPlacesMax, " pairs of states");
    return {Outcome::kUndecided, "", why};
  }

  bool Accepts(const Place& place) const {
    if (sets_.AcceptsAtEnd(place.set)) return false;
    for (size_t i = 0; i < accepting_.size(); ++i) {
      if (!accepting_[i].automaton().AcceptsAtEnd(place.states[i])) {
        return false;
      }
    }
    return true;
  }

  // All that can be read at `here`: a move of each automaton from `index` on,
  // those before having left common_[index].
  void Follow(size_t index, const Visit& here, int here_index) {
    if (index == accepting_.size()) {
      Read(common_[index], here, here_index);
      return;
    }
    for (const LetterAutomaton::Move& move :
         accepting_[index].Moves(here.place.states[index])) {
      if (!effort_.Spend(1 + static_cast<int64_t>(common_[index].size()))) {
        return;
      }
      if (!Intersect(common_[index], *move.letters, common_[index + 1])) {
        continue;
      }
      targets_[index] = &accepting_[index].Settle(move.target, effort_);
      Follow(index + 1, here, here_index);
    }
  }

  void Read(const Letters& letters, const Visit& here, int here_index) {
    Visit next;
    next.from = here_index;
    sets_seen_.clear();
    ForEach(letters, [&](size_t letter) {
      // Of letters that lead to the same, the first is the best.
      if (letters_only_first_ && !sets_seen_.empty()) return;
      if (IsOver()) return;
      next.place.set = sets_.After(here.place.set, letter);
      effort_.Spend(1 + static_cast<int64_t>(sets_seen_.size()));
      if (std::find(sets_seen_.begin(), sets_seen_.end(), next.place.set) !=
          sets_seen_.end()) {
        return;
      }
      sets_seen_.push_back(next.place.set);
      next.code_point = alphabet_.Example(letter);
      const size_t bytes = here.bytes + Utf8Bytes(next.code_point);
      if (bytes >= by_bytes_.size()) return;
      next.bytes = static_cast<uint16_t>(bytes);
      AddAll(0, next);
    });
  }

  // All combinations of targets_ from `index` on.
  void AddAll(size_t index, Visit& next) {
    if (sets_.AcceptsAll(next.place.set)) return;
    if (index == accepting_.size()) {
      Add(next);
      return;
    }
    for (int state : *targets_[index]) {
      if (!effort_.Spend(1) || visits_.size() > kPlacesMax) return;
      next.place.states[index] = state;
      AddAll(index + 1, next);
    }
  }

  void Add(const Visit& next) {
    const auto [known, is_new] =
        known_.try_emplace(next.place, static_cast<int>(visits_.size()));
    if (is_new) {
      visits_.push_back(next);
    } else if (next.bytes < visits_[known->second].bytes) {
      visits_[known->second] = next;
    } else {
      return;
    }
    by_bytes_[next.bytes].push_back(known->second);
  }

  // The ID that leads to a visit.
  std::string Spell(int index) const {
    std::vector<uint32_t> code_points;
    for (; visits_[index].from != kNone; index = visits_[index].from) {
      code_points.push_back(visits_[index].code_point);
    }
    std::string id;
    for (auto it = code_points.rbegin(); it != code_points.rend(); ++it) {
      AppendUtf8(*it, id);
    }
    return id;
  }

  std::vector<LetterAutomaton>& accepting_;
  StateSets sets_;
  const Alphabet& alphabet_;
  Effort& effort_;
  const bool letters_only_first_;
  std::vector<std::vector<int>> by_bytes_;  // Visits, to be gone on from.
  std::vector<Visit> visits_;
  absl::flat_hash_map<Place, int> known_;

  // While all that follows from one visit is looked at, by automaton:
  std::vector<const std::vector<int>*> targets_;
  std::vector<Letters> common_;
  std::vector<int> sets_seen_;
};

}  // namespace

WordSearch FindWord(absl::Span<const Automaton* const> accepting,
                    const Automaton* refusing, size_t bytes_max,
                    Effort& effort) {
  std::vector<const Automaton*> all(accepting.begin(), accepting.end());
  if (refusing != nullptr) all.push_back(refusing);
  absl::flat_hash_set<CharSet> sets;
  for (const Automaton* automaton : all) {
    effort.Spend(static_cast<int64_t>(automaton->state_count()));
    for (size_t state = 0; state < automaton->state_count(); ++state) {
      for (const auto& edge : automaton->edges(static_cast<int>(state))) {
        // Copied when the automaton was built, and looked through here.
        effort.Spend(static_cast<int64_t>(edge.chars.size()));
        sets.insert(edge.chars);
      }
    }
  }
  const std::optional<Alphabet> alphabet = Alphabet::Make(sets, effort);
  if (!alphabet.has_value() ||
      !effort.Spend(static_cast<int64_t>(
          sets.size() *
          (alphabet->letter_count() / Alphabet::kBitsPerWord + 1)))) {
    return {Outcome::kUndecided, "", kTooManySteps};
  }
  LettersBySet letters;
  for (const CharSet& set : sets) letters[set] = alphabet->LettersOf(set);

  std::vector<LetterAutomaton> walkers;
  for (const Automaton* automaton : accepting) {
    walkers.emplace_back(*automaton, letters);
  }
  std::optional<LetterAutomaton> refuser;
  if (refusing != nullptr) refuser.emplace(*refusing, letters);
  return Search(walkers, refuser.has_value() ? &*refuser : nullptr, *alphabet,
                bytes_max, effort)
      .Run();
}

}  // namespace causeway::namespaces
