#include "services/registry/registry_errors.h"

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::registry {
namespace {

using absl::StrCat;
using matrix::Forbidden;
using matrix::MakeError;
using matrix::Quote;

absl::Status Taken(absl::string_view message) {
  return MakeError(absl::StatusCode::kAlreadyExists, "M_UNKNOWN", message);
}

absl::Status Exclusive(absl::string_view message) {
  return MakeError(absl::StatusCode::kAlreadyExists, "M_EXCLUSIVE", message);
}

}  // namespace

absl::Status NoGrantForToken() {
  return Forbidden(
      "no grant for this as_token: the administrator has to store "
      "it first");
}

absl::Status GrantExpired(absl::string_view name) {
  return Forbidden(StrCat("the grant ", Quote(name),
                          " has expired: the administrator has to prolong it"));
}

absl::Status NotRegistered() {
  return Forbidden("nothing is registered under this as_token");
}

absl::Status UrlOutsideGrant(absl::string_view url, absl::string_view prefix) {
  return Forbidden(StrCat("url ", Quote(url),
                          " exceeds the grant, which allows ", Quote(prefix),
                          " and what is below it"));
}

absl::Status NamespaceOutsideGrant(absl::string_view field,
                                   absl::string_view regex,
                                   absl::string_view example) {
  return Forbidden(StrCat(field, " ", Quote(regex),
                          " exceeds the grant: it would also claim ",
                          Quote(example)));
}

absl::Status GrantUndecided(absl::string_view field, absl::string_view regex,
                            absl::string_view why) {
  return Forbidden(StrCat(field, " ", Quote(regex),
                          " may exceed the grant: to decide it ", why));
}

absl::Status SenderOutsideGrant(absl::string_view user_id,
                                absl::string_view grant) {
  return Forbidden(StrCat("sender_localpart: ", Quote(user_id),
                          " exceeds the grant ", Quote(grant),
                          ": no users ceiling matches it, and the grant "
                          "neither names it nor is called so"));
}

absl::Status RegistrationExceeds(absl::string_view appservice_id,
                                 absl::string_view why) {
  return absl::FailedPreconditionError(
      StrCat("what ", Quote(appservice_id),
             " has registered is more than the grant would allow: ", why,
             "; it has to register for less before, or to be unregistered "
             "with this"));
}

absl::Status GrantNameTaken(absl::string_view name) {
  return Taken(
      StrCat("there is another grant of the name ", Quote(name),
             "; remove it first (which unregisters what registered under it)"));
}

absl::Status GrantTokenTaken(absl::string_view other_grant) {
  return Taken(
      StrCat("the as_token belongs to the grant ", Quote(other_grant)));
}

absl::Status IdTaken(absl::string_view id) {
  return Taken(
      StrCat("the id ", Quote(id), " belongs to another application service"));
}

absl::Status SenderTaken(absl::string_view localpart,
                         absl::string_view other_id) {
  return Taken(StrCat("the sender_localpart ", Quote(localpart),
                      " belongs to the application service ", Quote(other_id)));
}

absl::Status NamespacesOverlap(absl::string_view field, absl::string_view regex,
                               absl::string_view other_id,
                               absl::string_view other_regex,
                               absl::string_view example) {
  return Exclusive(StrCat(field, " ", Quote(regex), " overlaps ",
                          Quote(other_regex), ", which is exclusive to ",
                          Quote(other_id), ": both match ", Quote(example)));
}

absl::Status OverlapUndecided(absl::string_view field, absl::string_view regex,
                              absl::string_view other_id,
                              absl::string_view other_regex,
                              absl::string_view why) {
  return Exclusive(StrCat(field, " ", Quote(regex), " may overlap ",
                          Quote(other_regex), ", which is exclusive to ",
                          Quote(other_id), ": to decide it ", why));
}

absl::Status SenderInNamespace(absl::string_view user_id,
                               absl::string_view other_id,
                               absl::string_view other_regex) {
  return Exclusive(StrCat("sender_localpart: ", Quote(user_id), " lies in ",
                          Quote(other_regex), ", which is exclusive to ",
                          Quote(other_id)));
}

absl::Status ClaimsSender(absl::string_view field, absl::string_view regex,
                          absl::string_view other_id,
                          absl::string_view user_id) {
  return Exclusive(StrCat(field, " ", Quote(regex), " would claim ",
                          Quote(user_id), ", the own user of ",
                          Quote(other_id)));
}

absl::Status TooManyNamespaces(absl::string_view why) {
  return MakeError(absl::StatusCode::kResourceExhausted, "M_LIMIT_EXCEEDED",
                   why);
}

}  // namespace causeway::registry
