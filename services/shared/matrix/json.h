// JSON as it comes in: checked whole, once, before anything looks inside.
//
// What passes here can be stored as bytes and shown to every client: valid
// UTF-8, no byte order mark, no key twice in one object, depth bounded. What
// doesn't is M_NOT_JSON with the byte offset, or M_BAD_JSON with the field.
//
// Thread-safe (no state).
#ifndef CAUSEWAY_SERVICES_SHARED_MATRIX_JSON_H_
#define CAUSEWAY_SERVICES_SHARED_MATRIX_JSON_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::matrix {

using Json = nlohmann::json;

// Arrays and objects inside each other.
inline constexpr int kJsonDepthMax = 100;

// Canonical JSON's range, 2^53-1 on both sides of zero.
// Source: https://spec.matrix.org/v1.17/appendices/#canonical-json
inline constexpr int64_t kCanonicalIntMax = (int64_t{1} << 53) - 1;

// Any JSON value. INVALID_ARGUMENT: M_NOT_JSON (syntax, UTF-8; names the byte
// offset) or M_BAD_JSON (a key twice, too deep; names the key).
absl::StatusOr<Json> ParseJson(absl::string_view text);

// As ParseJson, and M_BAD_JSON when it isn't an object.
absl::StatusOr<Json> ParseObject(absl::string_view text);

// As ParseObject, but no text at all counts as `{}`: several clients POST and
// PUT without a body where the specification names only optional fields.
absl::StatusOr<Json> ParseObjectOrNothing(absl::string_view text);

// Whether `content` may stand in an event: every number an integer within
// +-kCanonicalIntMax. M_BAD_JSON with the path ("content.info.w").
absl::Status ValidateEventContent(const Json& content,
                                  absl::string_view field = "content");

// `value` as compact JSON. Never throws: `value` came through ParseJson or was
// built from valid UTF-8, and bytes that aren't are replaced.
std::string DumpJson(const Json& value);

// Fields of an object, by type. `object` must be one. A field that isn't there
// is M_MISSING_PARAM, one of another type M_BAD_JSON, as is a string with
// U+0000 (PostgreSQL's text can't hold it):
//   field `room_alias_name`: expected a string, got a number
absl::StatusOr<std::string> GetString(const Json& object,
                                      absl::string_view field);
absl::StatusOr<bool> GetBool(const Json& object, absl::string_view field);
absl::StatusOr<int64_t> GetInt(const Json& object, absl::string_view field);
// The answers point into `object`.
absl::StatusOr<const Json*> GetObject(const Json& object,
                                      absl::string_view field);
absl::StatusOr<const Json*> GetArray(const Json& object,
                                     absl::string_view field);

// The same where the field may be missing or null: nullopt or nullptr.
absl::StatusOr<std::optional<std::string>> GetOptionalString(
    const Json& object, absl::string_view field);
absl::StatusOr<std::optional<bool>> GetOptionalBool(const Json& object,
                                                    absl::string_view field);
absl::StatusOr<std::optional<int64_t>> GetOptionalInt(const Json& object,
                                                      absl::string_view field);
absl::StatusOr<const Json*> GetOptionalObject(const Json& object,
                                              absl::string_view field);
absl::StatusOr<const Json*> GetOptionalArray(const Json& object,
                                             absl::string_view field);

}  // namespace causeway::matrix

#endif  // CAUSEWAY_SERVICES_SHARED_MATRIX_JSON_H_
