// Text from outside: whether it is UTF-8, and how to show it in a message.
#ifndef CAUSEWAY_SERVICES_SHARED_MATRIX_UTF8_H_
#define CAUSEWAY_SERVICES_SHARED_MATRIX_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway::matrix {

// How much of a foreign text a message repeats.
inline constexpr size_t kQuotedBytesMax = 80;

// True when `text` is valid UTF-8: no surrogates, no overlong forms.
bool IsValidUtf8(absl::string_view text);

// True when `text` holds a control character: U+0000-U+001F, U+007F-U+009F.
// `text` must be valid UTF-8.
bool HasControlCharacter(absl::string_view text);

// `text` between double quotes, escaped, cut after kQuotedBytesMax. The answer
// is always valid UTF-8 and one line, so that any message may carry it.
std::string Quote(absl::string_view text);

}  // namespace causeway::matrix

#endif  // CAUSEWAY_SERVICES_SHARED_MATRIX_UTF8_H_
