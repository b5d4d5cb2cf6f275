#include "services/shared/namespaces/overlap.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/automaton.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/regex_syntax.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

// Settle() of one automaton, each target worked out once, without the states
// that lead nowhere.
class SettleCache {
 public:
  explicit SettleCache(const Automaton& automaton) : automaton_(automaton) {}

  // Valid until the next call.
  const std::vector<int>& Settle(int target) {
    auto [place, is_new] = settled_.try_emplace(target);
    if (is_new) place->second = WithoutDeadEnds(automaton_.Settle(target));
    return place->second;
  }

  std::vector<int> WithoutDeadEnds(std::vector<int> states) const {
    states.erase(std::remove_if(states.begin(), states.end(),
                                [this](int state) {
                                  return automaton_.edges(state).empty() &&
                                         !automaton_.AcceptsAtEnd(state);
                                }),
                 states.end());
    return states;
  }

 private:
  const Automaton& automaton_;
  absl::flat_hash_map<int, std::vector<int>> settled_;
};

// Breadth first over pairs of states, one of each automaton, that some ID leads
// to; so the first pair in which both accept ends the shortest common ID.
class PairSearch {
 public:
  PairSearch(const Automaton& a, const Automaton& b)
      : a_(a), b_(b), settle_a_(a), settle_b_(b) {}

  Overlap Run() {
    AddAll(settle_a_.WithoutDeadEnds(a_.initial_states()),
           settle_b_.WithoutDeadEnds(b_.initial_states()), kNone, 0);
    for (size_t i = 0; i < pairs_.size(); ++i) {
      if (steps_ > kStepsMax) return {Overlap::Verdict::kUndecided, ""};
      const Pair pair = pairs_[i];
      if (a_.AcceptsAtEnd(pair.a) && b_.AcceptsAtEnd(pair.b)) {
        return {Overlap::Verdict::kOverlaps, Spell(i)};
      }
      Follow(pair, i);
    }
    return {Overlap::Verdict::kDisjoint, ""};
  }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  struct Pair {
    int a;
    int b;
    size_t from;          // The pair before this one, an index of pairs_,
    uint32_t code_point;  // and what was read there.
  };

  void Follow(const Pair& pair, size_t pair_index) {
    for (const Automaton::Edge& edge_a : a_.edges(pair.a)) {
      for (const Automaton::Edge& edge_b : b_.edges(pair.b)) {
        ++steps_;
        const std::optional<uint32_t> common =
            CommonChar(edge_a.chars, edge_b.chars);
        if (!common.has_value()) continue;
        AddAll(settle_a_.Settle(edge_a.target), settle_b_.Settle(edge_b.target),
               pair_index, *common);
      }
    }
  }

  void AddAll(const std::vector<int>& states_a,
              const std::vector<int>& states_b, size_t from,
              uint32_t code_point) {
    steps_ += states_a.size() * states_b.size();
    if (steps_ > kStepsMax) return;
    for (int a : states_a) {
      for (int b : states_b) {
        if (known_.emplace(a, b).second) {
          pairs_.push_back({a, b, from, code_point});
        }
      }
    }
  }

  // The ID that leads to a pair.
  std::string Spell(size_t pair_index) const {
    std::vector<uint32_t> code_points;
    while (pairs_[pair_index].from != kNone) {
      code_points.push_back(pairs_[pair_index].code_point);
      pair_index = pairs_[pair_index].from;
    }
    std::string id;
    for (auto it = code_points.rbegin(); it != code_points.rend(); ++it) {
      AppendUtf8(*it, id);
    }
    return id;
  }

  const Automaton& a_;
  const Automaton& b_;
  SettleCache settle_a_;
  SettleCache settle_b_;
  std::vector<Pair> pairs_;
  absl::flat_hash_set<std::pair<int, int>> known_;
  size_t steps_ = 0;
};

}  // namespace

absl::StatusOr<Overlap> FindOverlap(absl::string_view regex_a,
                                    absl::string_view regex_b) {
  CAUSEWAY_ASSIGN_OR_RETURN(const RegexNode root_a, ParseRegex(regex_a));
  CAUSEWAY_ASSIGN_OR_RETURN(const RegexNode root_b, ParseRegex(regex_b));
  const std::string prefix_a = LiteralPrefix(root_a);
  const std::string prefix_b = LiteralPrefix(root_b);
  if (!absl::StartsWith(prefix_a, prefix_b) &&
      !absl::StartsWith(prefix_b, prefix_a)) {
    return Overlap{Overlap::Verdict::kDisjoint, ""};  // As most are.
  }
  const std::optional<Automaton> a = Automaton::Build(root_a, kStatesMax);
  const std::optional<Automaton> b = Automaton::Build(root_b, kStatesMax);
  if (!a.has_value() || !b.has_value()) {
    return Overlap{Overlap::Verdict::kUndecided, ""};
  }
  return PairSearch(*a, *b).Run();
}

}  // namespace causeway::namespaces
