// Sets of Unicode code points.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_CHAR_SET_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_CHAR_SET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace causeway::namespaces {

// Sorted ranges, apart from each other, both ends included.
using CharSet = std::vector<std::pair<uint32_t, uint32_t>>;

// All code points that UTF-8 can write: surrogates are none.
const CharSet& AllChars();

// `ranges` in any order, overlapping or not, as a set; surrogates fall out.
CharSet MakeCharSet(CharSet ranges);

CharSet Complement(const CharSet& set);

// `set` with both cases of every ASCII letter in it.
CharSet FoldAsciiCase(const CharSet& set);

// The ASCII members of POSIX's class `name` ("alpha"); nullopt if there is
// none.
std::optional<CharSet> PosixClass(absl::string_view name);

// The members of Perl's class: one of d, w, s, D, W, S. nullopt for others.
std::optional<CharSet> PerlClass(char letter);

// The greatest code point.
inline constexpr uint32_t kCodePointMax = 0x10ffff;

// How `code_point` stands in an example: small letters first, then digits,
// capitals, what else ASCII prints, the rest; the same order in UTF-8's bytes.
uint32_t PlainnessRank(uint32_t code_point);

// The member of least rank. `set` isn't empty.
uint32_t PlainestChar(const CharSet& set);

void AppendUtf8(uint32_t code_point, std::string& text);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_CHAR_SET_H_
