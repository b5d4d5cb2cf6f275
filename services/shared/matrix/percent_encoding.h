// Percent-encoding of URL path segments and query values.
// Source: https://www.rfc-editor.org/rfc/rfc3986#section-2.1
//
// Split first, decode after: "irc.freenode.net%2FBob" is one segment.
#ifndef CAUSEWAY_SERVICES_SHARED_MATRIX_PERCENT_ENCODING_H_
#define CAUSEWAY_SERVICES_SHARED_MATRIX_PERCENT_ENCODING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::matrix {

// The text that one path segment stands for; `+` is itself. INVALID_ARGUMENT
// (M_INVALID_PARAM) that names the byte offset: a `%` without two hex digits,
// a result that isn't UTF-8 or holds U+0000.
absl::StatusOr<std::string> DecodePathSegment(absl::string_view segment);

// The same for a query's name or value, where `+` is a space.
// Source: https://url.spec.whatwg.org/#urlencoded-parsing
absl::StatusOr<std::string> DecodeQueryValue(absl::string_view text);

// As JavaScript's encodeURIComponent: letters, digits and -_.!~*'() stay, all
// other bytes become %XX in capitals. For a path segment and a query value.
std::string EncodeUriComponent(absl::string_view text);

}  // namespace causeway::matrix

#endif  // CAUSEWAY_SERVICES_SHARED_MATRIX_PERCENT_ENCODING_H_
