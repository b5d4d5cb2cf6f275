// Reads a regex from left to right, for regex_syntax.cc and regex_bracket.cc.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_READER_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::namespaces {

// Thread-compatible.
class RegexReader {
 public:
  // `regex` is valid UTF-8 and outlives the reader.
  explicit RegexReader(absl::string_view regex) : regex_(regex) {}

  bool AtEnd() const { return offset_ == regex_.size(); }
  size_t offset() const { return offset_; }
  void GoBackTo(size_t offset) { offset_ = offset; }

  // Whether `text` comes next.
  bool Sees(absl::string_view text) const {
    return regex_.substr(offset_, text.size()) == text;
  }

  // Reads `text` if it comes next.
  bool Take(absl::string_view text);

  // Reads a code point. Not at the end.
  uint32_t TakeChar();

  // Reads decimal digits, if any. A number too large for the caller's bounds
  // comes out as some other number too large for them.
  std::optional<int> TakeNumber();

  // Reads up to and including `end` and returns what stands before it; nullopt
  // if there is no `end`.
  std::optional<absl::string_view> TakeThrough(absl::string_view end);

  // INVALID_ARGUMENT (M_INVALID_PARAM) that names the regex, `offset`, `why`.
  absl::Status Fault(absl::string_view why, size_t offset) const;

 private:
  absl::string_view regex_;
  size_t offset_ = 0;
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_READER_H_
