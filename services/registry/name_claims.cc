#include "services/registry/name_claims.h"

#include <string>

#include "absl/status/statusor.h"
#include "services/registry/registration.h"
#include "services/registry/registry_errors.h"
#include "services/shared/appservice_client/appservice_url.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

using namespaces::NamespaceKind;
using namespaces::NamespacePattern;

absl::Status HoldUrlAgainstGrant(absl::string_view url, const Grant& grant) {
  if (appservice_client::IsUnderPrefix(url, grant.url_prefix)) {
    return absl::OkStatus();
  }
  return UrlOutsideGrant(url, grant.url_prefix);
}

absl::Status HoldSenderAgainstGrant(const matrix::UserId& sender,
                                    const Grant& grant) {
  if (sender.localpart() == grant.name ||
      sender.localpart() == grant.sender_localpart) {
    return absl::OkStatus();
  }
  for (const std::string& ceiling : grant.ceilings.users) {
    CAUSEWAY_ASSIGN_OR_RETURN(NamespacePattern pattern,
                              NamespacePattern::Compile(ceiling));
    if (pattern.Matches(sender.str())) return absl::OkStatus();
  }
  return SenderOutsideGrant(sender.str(), grant.name);
}

absl::Status HoldIdAgainstOthers(absl::string_view id,
                                 const Incumbents& others) {
  if (others.FindById(id) != nullptr) return IdTaken(id);
  return absl::OkStatus();
}

absl::Status HoldSenderAgainstOthers(const matrix::UserId& sender,
                                     const Incumbents& others) {
  const Registration* other = others.FindBySender(sender.localpart());
  if (other != nullptr) return SenderTaken(sender.localpart(), other->id);
  return absl::OkStatus();
}

absl::Status HoldSenderAgainstNamespaces(const matrix::UserId& sender,
                                         const Incumbents& others) {
  for (const Incumbents::Reserved& theirs :
       others.FindReserved(NamespaceKind::kUsers, sender.str())) {
    if (!theirs.own_user.empty()) continue;
    CAUSEWAY_ASSIGN_OR_RETURN(NamespacePattern pattern,
                              NamespacePattern::Compile(theirs.regex));
    if (pattern.Matches(sender.str())) {
      return SenderInNamespace(sender.str(), theirs.owner->id, theirs.regex);
    }
  }
  return absl::OkStatus();
}

}  // namespace causeway::registry
