#include "services/shared/namespaces/automaton.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/regex_syntax.h"

namespace causeway::namespaces {

// Thompson's construction: each node becomes a piece between two states.
class Automaton::Builder {
 public:
  Builder(std::vector<State>& states, size_t states_max)
      : states_(states), states_max_(states_max) {}

  // Whether there were too many states. What was built then is of no use.
  bool is_full() const { return is_full_; }

  int NewState() {
    if (states_.size() == states_max_) {
      is_full_ = true;
      return 0;
    }
    states_.emplace_back();
    return static_cast<int>(states_.size()) - 1;
  }

  // Adds the piece for `node` behind `from`. Returns its last state.
  int Append(const RegexNode& node, int from) {
    if (is_full_) return from;
    switch (node.kind) {
      case RegexNode::Kind::kChars: {
        const int to = NewState();
        states_[from].edges.push_back({node.chars, to});
        return to;
      }
      case RegexNode::Kind::kStart: {
        const int to = NewState();
        states_[from].at_start.push_back(to);
        return to;
      }
      case RegexNode::Kind::kEnd: {
        const int to = NewState();
        states_[from].at_end.push_back(to);
        return to;
      }
      case RegexNode::Kind::kConcat:
        for (const RegexNode& child : node.children) {
          from = Append(child, from);
        }
        return from;
      case RegexNode::Kind::kAlternate: {
        const int to = NewState();
        for (const RegexNode& child : node.children) {
          const int last = Append(child, SkipFrom(from));
          states_[last].skips.push_back(to);
        }
        return to;
      }
      case RegexNode::Kind::kRepeat:
        return AppendRepeat(node, from);
    }
    return from;
  }

 private:
  int SkipFrom(int from) {
    const int to = NewState();
    states_[from].skips.push_back(to);
    return to;
  }

  int AppendRepeat(const RegexNode& node, int from) {
    const RegexNode& child = node.children.front();
    for (int i = 0; i < node.repeat_min && !is_full_; ++i) {
      from = Append(child, from);
    }
    if (node.repeat_max == RegexNode::kUnbounded) {
      const int loop = SkipFrom(from);
      const int last = Append(child, loop);
      states_[last].skips.push_back(loop);
      return SkipFrom(loop);
    }
    const int to = NewState();
    for (int i = node.repeat_min; i < node.repeat_max && !is_full_; ++i) {
      states_[from].skips.push_back(to);
      from = Append(child, from);
    }
    states_[from].skips.push_back(to);
    return to;
  }

  std::vector<State>& states_;
  const size_t states_max_;
  bool is_full_ = false;
};

std::optional<Automaton> Automaton::Build(const RegexNode& root,
                                          size_t states_max) {
  Automaton automaton;
  Builder builder(automaton.states_, states_max);
  const int start = builder.NewState();
  automaton.accept_ = builder.Append(root, start);
  if (builder.is_full()) return std::nullopt;
  // Whatever follows a match belongs to the namespace too.
  automaton.states_[automaton.accept_].edges.push_back(
      {AllChars(), automaton.accept_});
  automaton.FindAcceptingStates();
  automaton.initial_ = automaton.Reach(start, /*is_at_start=*/true);
  return automaton;
}

// Backwards from the accepting state, over all ways that read nothing and may
// be taken at an ID's end.
void Automaton::FindAcceptingStates() {
  std::vector<std::vector<int>> sources(states_.size());
  for (size_t i = 0; i < states_.size(); ++i) {
    for (int target : states_[i].skips) {
      sources[target].push_back(static_cast<int>(i));
    }
    for (int target : states_[i].at_end) {
      sources[target].push_back(static_cast<int>(i));
    }
  }
  std::vector<int> found = {accept_};
  states_[accept_].accepts_at_end = true;
  for (size_t i = 0; i < found.size(); ++i) {
    for (int source : sources[found[i]]) {
      if (states_[source].accepts_at_end) continue;
      states_[source].accepts_at_end = true;
      found.push_back(source);
    }
  }
}

std::vector<int> Automaton::Settle(int target) const {
  return Reach(target, /*is_at_start=*/false);
}

std::vector<int> Automaton::Reach(int from, bool is_at_start) const {
  std::vector<bool> is_known(states_.size());
  std::vector<int> reached = {from};
  is_known[from] = true;
  const auto add = [&](const std::vector<int>& targets) {
    for (int target : targets) {
      if (is_known[target]) continue;
      is_known[target] = true;
      reached.push_back(target);
    }
  };
  for (size_t i = 0; i < reached.size(); ++i) {
    const State& state = states_[reached[i]];
    add(state.skips);
    if (is_at_start) add(state.at_start);
  }
  std::erase_if(reached, [this](int state) {
    return states_[state].edges.empty() && !states_[state].accepts_at_end;
  });
  std::sort(reached.begin(), reached.end());
  return reached;
}

}  // namespace causeway::namespaces
