#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_ERRORS_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// The errors that only the registry has, named once. Others are in
// matrix/errors.h. A namespace is named by the field that it came from, such as
// "namespaces.users[0]", and its regex.
namespace causeway::registry {

// PERMISSION_DENIED (M_FORBIDDEN).
absl::Status NoGrantForToken();
absl::Status GrantExpired(absl::string_view name);
absl::Status NotRegistered();
absl::Status UrlOutsideGrant(absl::string_view url, absl::string_view prefix);
// `example` is an ID that the namespace would claim and no ceiling allows.
absl::Status NamespaceOutsideGrant(absl::string_view field,
                                   absl::string_view regex,
                                   absl::string_view example);
// Whether it is allowed is too dear to find out. `why` as in "takes more than
// 4096 states"; so below.
absl::Status GrantUndecided(absl::string_view field, absl::string_view regex,
                            absl::string_view why);
// The own user is neither called as the grant, nor named by it, nor within its
// ceilings.
absl::Status SenderOutsideGrant(absl::string_view user_id,
                                absl::string_view grant);

// FAILED_PRECONDITION. What is registered under a grant that is to become
// narrower. `why` names an ID that shows it.
absl::Status RegistrationExceeds(absl::string_view appservice_id,
                                 absl::string_view why);

// ALREADY_EXISTS (M_UNKNOWN).
absl::Status GrantNameTaken(absl::string_view name);
absl::Status GrantTokenTaken(absl::string_view other_grant);
absl::Status IdTaken(absl::string_view id);
absl::Status SenderTaken(absl::string_view localpart,
                         absl::string_view other_id);

// ALREADY_EXISTS (M_EXCLUSIVE). `example` is an ID that both would claim.
absl::Status NamespacesOverlap(absl::string_view field, absl::string_view regex,
                               absl::string_view other_id,
                               absl::string_view other_regex,
                               absl::string_view example);
// Whether they overlap is too dear to find out, so it isn't assumed that they
// don't.
absl::Status OverlapUndecided(absl::string_view field, absl::string_view regex,
                              absl::string_view other_id,
                              absl::string_view other_regex,
                              absl::string_view why);
// The own user of this application service lies in another's namespace.
absl::Status SenderInNamespace(absl::string_view user_id,
                               absl::string_view other_id,
                               absl::string_view other_regex);
// The namespace would claim the own user of another application service.
absl::Status ClaimsSender(absl::string_view field, absl::string_view regex,
                          absl::string_view other_id,
                          absl::string_view user_id);

// RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED). `why` names the regex and the bound.
absl::Status TooManyNamespaces(absl::string_view why);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_ERRORS_H_
