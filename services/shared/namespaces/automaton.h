// A namespace's regex as a finite automaton, for word_search.h.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_AUTOMATON_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_AUTOMATON_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/regex_syntax.h"

namespace causeway::namespaces {

// Reads an ID a code point at a time, being in one of several states at once
// (it isn't deterministic). As namespaces do, it accepts an ID when a beginning
// of it matches.
//
// Immutable. Thread-safe.
class Automaton {
 public:
  struct Edge {
    CharSet chars;
    int target;
  };

  // nullopt when it would take more than `states_max` states.
  static std::optional<Automaton> Build(const RegexNode& root,
                                        size_t states_max);

  // Where it may be before the first code point, sorted. Without the states
  // from which nothing is read or accepted, here and in Settle().
  const std::vector<int>& initial_states() const { return initial_; }

  // The ways on from `state` when a code point is read ...
  const std::vector<Edge>& edges(int state) const {
    return states_[state].edges;
  }

  // ... and where it may be after that, given an edge's target.
  std::vector<int> Settle(int target) const;

  // Whether an ID that ends here is accepted.
  bool AcceptsAtEnd(int state) const { return states_[state].accepts_at_end; }

  // Whether whatever follows is accepted.
  bool AcceptsAll(int state) const { return state == accept_; }

  size_t state_count() const { return states_.size(); }

 private:
  struct State {
    std::vector<Edge> edges;
    std::vector<int> skips;     // Ways on that read nothing,
    std::vector<int> at_start;  // at the ID's start only (`^`),
    std::vector<int> at_end;    // at its end only (`$`).
    bool accepts_at_end = false;
  };
  class Builder;

  Automaton() = default;

  // The states reachable without reading, `from` included, but for dead ends.
  std::vector<int> Reach(int from, bool is_at_start) const;
  void FindAcceptingStates();

  std::vector<State> states_;
  std::vector<int> initial_;
  int accept_ = 0;
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_AUTOMATON_H_
