#include "services/shared/namespaces/char_set.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace causeway::namespaces {
namespace {

constexpr uint32_t kSurrogateMin = 0xd800;
constexpr uint32_t kSurrogateMax = 0xdfff;

CharSet Intersect(const CharSet& a, const CharSet& b) {
  CharSet common;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const uint32_t low = std::max(a[i].first, b[j].first);
    const uint32_t high = std::min(a[i].second, b[j].second);
    if (low <= high) common.emplace_back(low, high);
    if (a[i].second < b[j].second) {
      ++i;
    } else {
      ++j;
    }
  }
  return common;
}

CharSet AsciiWhere(bool (*has)(unsigned char)) {
  CharSet ranges;
  for (uint32_t c = 0; c < 0x80; ++c) {
    if (has(static_cast<unsigned char>(c))) ranges.emplace_back(c, c);
  }
  return MakeCharSet(std::move(ranges));
}

bool IsWordChar(unsigned char c) { return absl::ascii_isalnum(c) || c == '_'; }

}  // namespace

const CharSet& AllChars() {
  static const CharSet& all = *new CharSet(
      {{0, kSurrogateMin - 1}, {kSurrogateMax + 1, kCodePointMax}});
  return all;
}

CharSet MakeCharSet(CharSet ranges) {
  std::sort(ranges.begin(), ranges.end());
  CharSet merged;
  for (const auto& [low, high] : ranges) {
    if (!merged.empty() && low <= merged.back().second + 1) {
      merged.back().second = std::max(merged.back().second, high);
    } else {
      merged.emplace_back(low, high);
    }
  }
  return Intersect(merged, AllChars());
}

CharSet Complement(const CharSet& set) {
  CharSet rest;
  uint32_t next = 0;
  for (const auto& [low, high] : set) {
    if (low > next) rest.emplace_back(next, low - 1);
    next = high + 1;
  }
  if (next <= kCodePointMax) rest.emplace_back(next, kCodePointMax);
  return Intersect(rest, AllChars());
}

CharSet FoldAsciiCase(const CharSet& set) {
  constexpr uint32_t kToLower = 'a' - 'A';
  CharSet folded = set;
  for (const auto& [low, high] : Intersect(set, {{'A', 'Z'}})) {
    folded.emplace_back(low + kToLower, high + kToLower);
  }
  for (const auto& [low, high] : Intersect(set, {{'a', 'z'}})) {
    folded.emplace_back(low - kToLower, high - kToLower);
  }
  return MakeCharSet(std::move(folded));
}

std::optional<CharSet> PosixClass(absl::string_view name) {
  constexpr struct {
    absl::string_view name;
    bool (*has)(unsigned char);
  } kClasses[] = {
      {"alnum", absl::ascii_isalnum}, {"alpha", absl::ascii_isalpha},
      {"blank", absl::ascii_isblank}, {"cntrl", absl::ascii_iscntrl},
      {"digit", absl::ascii_isdigit}, {"graph", absl::ascii_isgraph},
      {"lower", absl::ascii_islower}, {"print", absl::ascii_isprint},
      {"punct", absl::ascii_ispunct}, {"space", absl::ascii_isspace},
      {"upper", absl::ascii_isupper}, {"xdigit", absl::ascii_isxdigit},
  };
  for (const auto& known : kClasses) {
    if (known.name == name) return AsciiWhere(known.has);
  }
  return std::nullopt;
}

std::optional<CharSet> PerlClass(char letter) {
  switch (letter) {
    case 'd':
      return AsciiWhere(absl::ascii_isdigit);
    case 'w':
      return AsciiWhere(IsWordChar);
    case 's':
      return AsciiWhere(absl::ascii_isspace);
    case 'D':
      return Complement(AsciiWhere(absl::ascii_isdigit));
    case 'W':
      return Complement(AsciiWhere(IsWordChar));
    case 'S':
      return Complement(AsciiWhere(absl::ascii_isspace));
    default:
      return std::nullopt;
  }
}

uint32_t PlainnessRank(uint32_t code_point) {
  constexpr std::pair<uint32_t, uint32_t> kOrder[] = {
      {'a', 'z'}, {'0', '9'}, {'A', 'Z'}, {'!', '~'}, {0, 0x7f}};
  uint32_t rank = 0;
  for (const auto& [low, high] : kOrder) {
    if (low <= code_point && code_point <= high) return rank + code_point;
    rank += 0x80;
  }
  return rank + code_point;
}

uint32_t PlainestChar(const CharSet& set) {
  uint32_t best = set.front().first;
  for (const auto& [low, high] : set) {
    // Within a range it is where it begins or where a better kind does.
    for (const uint32_t c :
         {low, uint32_t{'a'}, uint32_t{'0'}, uint32_t{'A'}, uint32_t{'!'}}) {
      if (low <= c && c <= high && PlainnessRank(c) < PlainnessRank(best)) {
        best = c;
      }
    }
  }
  return best;
}

void AppendUtf8(uint32_t code_point, std::string& text) {
  const auto append = [&text](uint32_t byte) {
    text.push_back(static_cast<char>(byte));
  };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0 | code_point >> 6);
    append(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    append(0xe0 | code_point >> 12);
    append(0x80 | (code_point >> 6 & 0x3f));
    append(0x80 | (code_point & 0x3f));
  } else {
    append(0xf0 | code_point >> 18);
    append(0x80 | (code_point >> 12 & 0x3f));
    append(0x80 | (code_point >> 6 & 0x3f));
    append(0x80 | (code_point & 0x3f));
  }
}

}  // namespace causeway::namespaces
