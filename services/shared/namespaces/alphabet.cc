#include "services/shared/namespaces/alphabet.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/effort.h"

namespace causeway::namespaces {
namespace {

std::vector<uint32_t> ListStarts(const absl::flat_hash_set<CharSet>& sets) {
  std::vector<uint32_t> starts = {0};
  for (const CharSet& set : sets) {
    for (const auto& [low, high] : set) {
      starts.push_back(low);
      starts.push_back(high + 1);
    }
  }
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  return starts;
}

// The pieces of [low, high]: from one index up to before another.
std::pair<size_t, size_t> PiecesOf(const std::vector<uint32_t>& starts,
                                   std::pair<uint32_t, uint32_t> range) {
  const auto first =
      std::lower_bound(starts.begin(), starts.end(), range.first);
  const auto last = std::upper_bound(first, starts.end(), range.second);
  return {first - starts.begin(), last - starts.begin()};
}

}  // namespace

std::optional<Alphabet> Alphabet::Make(const absl::flat_hash_set<CharSet>& sets,
                                       Effort& effort) {
  Alphabet alphabet;
  alphabet.starts_ = ListStarts(sets);
  const std::vector<uint32_t>& starts = alphabet.starts_;
  std::vector<int>& letters = alphabet.letters_;
  letters.assign(starts.size(), 0);
  if (!effort.Spend(static_cast<int64_t>(starts.size()))) return std::nullopt;
  // All pieces are one letter until a set tells them apart.
  int letter_count = 1;
  for (const CharSet& set : sets) {
    absl::flat_hash_map<int, int> inside;  // The new letter of what was one.
    for (const auto& range : set) {
      const auto [first, last] = PiecesOf(starts, range);
      if (!effort.Spend(static_cast<int64_t>(last - first) + 1)) {
        return std::nullopt;
      }
      for (size_t piece = first; piece < last; ++piece) {
        const auto [place, is_new] =
            inside.try_emplace(letters[piece], letter_count);
        if (is_new) ++letter_count;
        letters[piece] = place->second;
      }
    }
  }

  // What no set has, nobody reads; the rest is numbered anew, best first.
  absl::flat_hash_map<int, CharSet> chars;
  for (size_t piece = 0; piece < starts.size(); ++piece) {
    if (letters[piece] == 0 || starts[piece] > kCodePointMax) continue;
    const uint32_t next =
        piece + 1 < starts.size() ? starts[piece + 1] : kCodePointMax + 1;
    chars[letters[piece]].emplace_back(starts[piece], next - 1);
  }
  std::vector<std::pair<uint32_t, int>> ranked;
  for (const auto& [letter, set] : chars) {
    ranked.emplace_back(PlainnessRank(PlainestChar(set)), letter);
  }
  std::sort(ranked.begin(), ranked.end());
  absl::flat_hash_map<int, int> renumbered;
  for (const auto& [rank, letter] : ranked) {
    renumbered[letter] = static_cast<int>(alphabet.examples_.size());
    alphabet.examples_.push_back(PlainestChar(chars[letter]));
  }
  for (int& letter : letters) {
    const auto found = renumbered.find(letter);
    letter = found == renumbered.end() ? -1 : found->second;
  }
  return alphabet;
}

Alphabet::Letters Alphabet::LettersOf(const CharSet& set) const {
  Letters result((letter_count() + kBitsPerWord - 1) / kBitsPerWord);
  for (const auto& range : set) {
    const auto [first, last] = PiecesOf(starts_, range);
    for (size_t piece = first; piece < last; ++piece) {
      const auto letter = static_cast<size_t>(letters_[piece]);
      result[letter / kBitsPerWord] |= uint64_t{1} << letter % kBitsPerWord;
    }
  }
  return result;
}

}  // namespace causeway::namespaces
