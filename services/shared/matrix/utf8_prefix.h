#ifndef CAUSEWAY_SERVICES_SHARED_MATRIX_UTF8_PREFIX_H_
#define CAUSEWAY_SERVICES_SHARED_MATRIX_UTF8_PREFIX_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace causeway::matrix {

// The longest beginning of `text`, of at most `bytes_max`, that cuts no
// character in two. Of what isn't UTF-8 some beginning of at most `bytes_max`.
absl::string_view Utf8Prefix(absl::string_view text, size_t bytes_max);

}  // namespace causeway::matrix

#endif  // CAUSEWAY_SERVICES_SHARED_MATRIX_UTF8_PREFIX_H_
