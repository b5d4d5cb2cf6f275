#include "services/shared/matrix/identifiers.h"

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::matrix {
namespace {

constexpr absl::string_view KindName(Sigil sigil) {
  switch (sigil) {
    case Sigil::kUser:
      return "user ID";
    case Sigil::kRoom:
      return "room ID";
    case Sigil::kAlias:
      return "room alias";
    case Sigil::kEvent:
      return "event ID";
  }
  return "ID";
}

absl::Status Malformed(absl::string_view field, absl::string_view text,
                       absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "M_INVALID_PARAM",
                   absl::StrCat(field, " ", Quote(text), ": ", why));
}

// What is wrong with `text` as any kind of identifier; empty if nothing.
std::string FindFault(absl::string_view text) {
  if (text.size() > kIdBytesMax) {
    return absl::StrCat("has ", text.size(), " bytes, more than ", kIdBytesMax);
  }
  if (!IsValidUtf8(text)) return "is not UTF-8";
  if (HasControlCharacter(text)) return "holds a control character";
  return "";
}

bool IsHost(absl::string_view host) {
  if (host.empty()) return false;
  if (host.front() == '[') {  // IPv6: digits and colons, checked no further.
    if (host.size() < 4 || host.back() != ']') return false;
    for (char c : host.substr(1, host.size() - 2)) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(c)) && c != ':' &&
          c != '.') {
        return false;
      }
    }
    return true;
  }
  for (char c : host) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '.' &&
        c != '-') {
      return false;
    }
  }
  return true;
}

bool IsPort(absl::string_view port) {
  int number = 0;
  if (port.empty() || port.size() > 5) return false;
  for (char c : port) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return absl::SimpleAtoi(port, &number) && number <= 65535;
}

// Source: https://spec.matrix.org/v1.17/appendices/#server-name
bool IsServerName(absl::string_view text) {
  const size_t after_host = text.rfind(']') == absl::string_view::npos
                                ? text.find(':')
                                : text.find(':', text.rfind(']'));
  if (after_host == absl::string_view::npos) return IsHost(text);
  return IsHost(text.substr(0, after_host)) &&
         IsPort(text.substr(after_host + 1));
}

}  // namespace

absl::StatusOr<ServerName> ServerName::Parse(absl::string_view text,
                                             absl::string_view field) {
  std::string fault = FindFault(text);
  if (fault.empty() && !IsServerName(text)) {
    fault = "is not a host name or address, with or without a port";
  }
  if (!fault.empty()) return Malformed(field, text, fault);
  return ServerName(text);
}

template <Sigil kSigil>
absl::StatusOr<Identifier<kSigil>> Identifier<kSigil>::Parse(
    absl::string_view text, absl::string_view field) {
  if (field.empty()) field = KindName(kSigil);
  if (std::string fault = FindFault(text); !fault.empty()) {
    return Malformed(field, text, fault);
  }
  if (text.empty() || text.front() != static_cast<char>(kSigil)) {
    return Malformed(
        field, text,
        absl::StrCat("does not begin with `",
                     std::string(1, static_cast<char>(kSigil)), "`"));
  }
  constexpr bool kServerNeeded =
      kSigil == Sigil::kUser || kSigil == Sigil::kAlias;
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos && kServerNeeded) {
    return Malformed(field, text, "has no `:` and server name");
  }
  absl::string_view localpart =
      text.substr(1, colon == absl::string_view::npos ? colon : colon - 1);
  if (localpart.empty()) return Malformed(field, text, "has no localpart");
  if (colon != absl::string_view::npos &&
      !IsServerName(text.substr(colon + 1))) {
    return Malformed(field, text, "has no valid server name after `:`");
  }
  return Identifier(text, localpart.size());
}

template <Sigil kSigil>
absl::StatusOr<Identifier<kSigil>> Identifier<kSigil>::Make(
    absl::string_view localpart, const ServerName& server,
    absl::string_view field) {
  // Otherwise what stands after it would become part of the server's name.
  if (localpart.find(':') != absl::string_view::npos) {
    return Malformed(field.empty() ? KindName(kSigil) : field, localpart,
                     "holds a `:`");
  }
  return Parse(absl::StrCat(std::string(1, static_cast<char>(kSigil)),
                            localpart, ":", server.str()),
               field);
}

template class Identifier<Sigil::kUser>;
template class Identifier<Sigil::kRoom>;
template class Identifier<Sigil::kAlias>;
template class Identifier<Sigil::kEvent>;

// Source: https://spec.matrix.org/v1.17/appendices/#user-identifiers
absl::Status ValidateNewLocalpart(absl::string_view localpart) {
  if (localpart.empty()) return InvalidUsername(localpart, "is empty");
  if (localpart.size() > kIdBytesMax) {
    return InvalidUsername(
        localpart, absl::StrCat("has more than ", kIdBytesMax, " bytes"));
  }
  constexpr absl::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyz0123456789._=-/+";
  const size_t bad = localpart.find_first_not_of(kAllowed);
  if (bad == absl::string_view::npos) return absl::OkStatus();
  return InvalidUsername(
      localpart, absl::StrCat("may hold a-z 0-9 . _ = - / + only, but byte ",
                              bad, " is ", Quote(localpart.substr(bad, 1))));
}

}  // namespace causeway::matrix
