// Matrix identifiers as types: holding one is the proof that it is well formed.
// Source: https://spec.matrix.org/v1.17/appendices/#identifier-grammar
//
// Parse() is the only way in. It takes what a homeserver must take from others,
// which is more than it may create itself: localparts of the draft's days have
// slashes, capitals and `#` ("@irc.freenode.net/Bob:hsdomain.com"). The server
// part starts after the first `:`, so a localpart never holds one.
//
// Every Parse() fails with INVALID_ARGUMENT (M_INVALID_PARAM), and the message
// names `field` (the parameter it came from, such as "user_id"), the text and
// what is wrong with it.
//
// Values are immutable, ordered and hashable. Thread-safe.
#ifndef CAUSEWAY_SERVICES_SHARED_MATRIX_IDENTIFIERS_H_
#define CAUSEWAY_SERVICES_SHARED_MATRIX_IDENTIFIERS_H_

#include <compare>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::matrix {

// For the whole identifier, sigil and server name included.
inline constexpr size_t kIdBytesMax = 255;

// "hsdomain.com", "localhost:8448", "[::1]:8448".
class ServerName {
 public:
  static absl::StatusOr<ServerName> Parse(
      absl::string_view text, absl::string_view field = "server name");

  const std::string& str() const { return text_; }

  auto operator<=>(const ServerName&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const ServerName& name) {
    return H::combine(std::move(h), name.text_);
  }

 private:
  explicit ServerName(absl::string_view text) : text_(text) {}
  std::string text_;
};

// The value is the identifier's first character.
enum class Sigil : char {
  kUser = '@',
  kRoom = '!',
  kAlias = '#',
  kEvent = '$'
};

// One kind of identifier; see the aliases below.
//
// A user ID or alias is sigil, localpart (not empty), `:`, server name. A room
// ID may lack `:` and server name (room version 12), and so may an event ID
// (room versions 3 and up; those of this server are `$` + base64url).
// No control characters anywhere.
template <Sigil kSigil>
class Identifier {
 public:
  // `field` names the parameter in messages; empty means the kind ("user ID").
  static absl::StatusOr<Identifier> Parse(absl::string_view text,
                                          absl::string_view field = "");

  // The identifier of `localpart` on `server`. Fails as Parse().
  static absl::StatusOr<Identifier> Make(absl::string_view localpart,
                                         const ServerName& server,
                                         absl::string_view field = "");

  const std::string& str() const { return text_; }

  // Without sigil and server. Valid while this object lives.
  absl::string_view localpart() const {
    return absl::string_view(text_).substr(1, localpart_bytes_);
  }

  // Empty when the identifier has none.
  absl::string_view server_name() const {
    absl::string_view rest =
        absl::string_view(text_).substr(1 + localpart_bytes_);
    return rest.empty() ? rest : rest.substr(1);
  }

  auto operator<=>(const Identifier& other) const {
    return text_ <=> other.text_;
  }
  bool operator==(const Identifier& other) const {
    return text_ == other.text_;
  }
  template <typename H>
  friend H AbslHashValue(H h, const Identifier& id) {
    return H::combine(std::move(h), id.text_);
  }

 private:
  Identifier(absl::string_view text, size_t localpart_bytes)
      : text_(text), localpart_bytes_(localpart_bytes) {}

  std::string text_;
  size_t localpart_bytes_;
};

using UserId = Identifier<Sigil::kUser>;
using RoomId = Identifier<Sigil::kRoom>;
using RoomAlias = Identifier<Sigil::kAlias>;
using EventId = Identifier<Sigil::kEvent>;

// Whether a person may register `localpart`: a-z 0-9 . _ = - / +, not empty.
// Not for application services, whose users may be of the historical kind.
// INVALID_ARGUMENT (M_INVALID_USERNAME) that names the first bad character.
absl::Status ValidateNewLocalpart(absl::string_view localpart);

}  // namespace causeway::matrix

#endif  // CAUSEWAY_SERVICES_SHARED_MATRIX_IDENTIFIERS_H_
