// The code points that some sets don't tell apart, taken together.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_ALPHABET_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_ALPHABET_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/effort.h"

namespace causeway::namespaces {

// A million code points become a few letters: each set is some letters as a
// whole, and whoever reads a letter may stand for all of its code points.
// Letters are numbered so that those that are short in UTF-8 and read well come
// first.
//
// Immutable. Thread-safe.
class Alphabet {
 public:
  static constexpr size_t kBitsPerWord = 64;
  using Letters = std::vector<uint64_t>;  // A bit for each letter.

  static bool Has(const Letters& letters, size_t letter) {
    return (letters[letter / kBitsPerWord] >> letter % kBitsPerWord & 1) != 0;
  }

  // nullopt when `effort` is exhausted.
  static std::optional<Alphabet> Make(const absl::flat_hash_set<CharSet>& sets,
                                      Effort& effort);

  size_t letter_count() const { return examples_.size(); }

  // `set` is one of those that it was made of.
  Letters LettersOf(const CharSet& set) const;

  // The code point of a letter that is best to show.
  uint32_t Example(size_t letter) const { return examples_[letter]; }

 private:
  Alphabet() = default;

  // The pieces between neighbouring ends of ranges: where each begins, and the
  // letter that it belongs to.
  std::vector<uint32_t> starts_;
  std::vector<int> letters_;
  std::vector<uint32_t> examples_;  // By letter.
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_ALPHABET_H_
