#include "services/registry/admission.h"

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/registry/appservice_url.h"
#include "services/registry/registry_errors.h"
#include "services/shared/namespaces/containment.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/namespaces/overlap.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;
using namespaces::NamespacePattern;
using namespaces::Overlap;

// A namespace that is wanted, ready to be held against those of all others.
struct Claim {
  const Namespace* ns;
  std::string field;  // "namespaces.users[0]"
  NamespacePattern pattern;
};

absl::StatusOr<std::vector<Claim>> ListClaims(
    const std::vector<Namespace>& namespaces) {
  std::vector<Claim> claims;
  claims.reserve(namespaces.size());
  std::array<int, namespaces::kNamespaceKindCount> counts = {};
  for (const Namespace& ns : namespaces) {
    CAUSEWAY_ASSIGN_OR_RETURN(NamespacePattern pattern,
                              NamespacePattern::Compile(ns.regex));
    claims.push_back(
        {&ns,
         absl::StrCat("namespaces.", namespaces::FieldName(ns.kind), "[",
                      counts[static_cast<int>(ns.kind)]++, "]"),
         std::move(pattern)});
  }
  return claims;
}

absl::Status CheckSender(const matrix::UserId& sender, const Grant& grant) {
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

absl::Status CheckGrant(const Registration& wanted,
                        const std::vector<Claim>& claims,
                        const matrix::UserId& sender, const Grant& grant) {
  if (!IsUnderPrefix(wanted.url, grant.url_prefix)) {
    return UrlOutsideGrant(wanted.url, grant.url_prefix);
  }
  for (const Claim& claim : claims) {
    CAUSEWAY_RETURN_IF_ERROR(namespaces::CheckContained(
        claim.field, claim.ns->regex, grant.ceilings.OfKind(claim.ns->kind)));
  }
  return CheckSender(sender, grant);
}

absl::Status CheckNames(const Registration& wanted, const Incumbents& others) {
  if (others.FindById(wanted.id) != nullptr) return IdTaken(wanted.id);
  const Registration* other = others.FindBySender(wanted.sender_localpart);
  if (other != nullptr) return SenderTaken(wanted.sender_localpart, other->id);
  return absl::OkStatus();
}

absl::Status CheckApart(const Claim& claim,
                        const Incumbents::Reserved& theirs) {
  const std::string& other_id = theirs.owner->id;
  if (!theirs.own_user.empty()) {
    return claim.pattern.Matches(theirs.own_user)
               ? ClaimsSender(claim.field, claim.ns->regex, other_id,
                              theirs.own_user)
               : absl::OkStatus();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      Overlap overlap, namespaces::FindOverlap(claim.ns->regex, theirs.regex));
  switch (overlap.verdict) {
    case Overlap::Verdict::kDisjoint:
      break;
    case Overlap::Verdict::kOverlaps:
      return NamespacesOverlap(claim.field, claim.ns->regex, other_id,
                               theirs.regex, overlap.witness);
    case Overlap::Verdict::kUndecided:
      return OverlapUndecided(claim.field, claim.ns->regex, other_id,
                              theirs.regex);
  }
  return absl::OkStatus();
}

absl::Status CheckClaims(const std::vector<Claim>& claims,
                         const Incumbents& others) {
  for (const Claim& claim : claims) {
    if (!claim.ns->exclusive) continue;
    for (const Incumbents::Reserved& theirs :
         others.FindReserved(claim.ns->kind, claim.pattern.literal_prefix())) {
      CAUSEWAY_RETURN_IF_ERROR(CheckApart(claim, theirs));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSenderIsFree(const matrix::UserId& sender,
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

// Consumers index all namespaces and own users together, which has a bound of
// its own; what they couldn't take must not get as far as them.
absl::Status CheckIndexable(const std::vector<Claim>& claims,
                            const matrix::UserId& sender,
                            const Incumbents& others) {
  std::map<std::pair<NamespaceKind, std::string>,
           absl::flat_hash_set<absl::string_view>>
      added;
  auto add = [&](NamespaceKind kind, const std::string& prefix,
                 absl::string_view regex) {
    if (others.HasRegex(kind, prefix, regex)) return absl::OkStatus();
    auto& regexes = added[{kind, prefix}];
    regexes.insert(regex);
    if (others.CountRegexes(kind, prefix) + regexes.size() >
        namespaces::kPatternsPerPrefixMax) {
      return TooManyNamespaces(
          namespaces::TooManyAlike(kind, regex, prefix).message());
    }
    return absl::OkStatus();
  };
  for (const Claim& claim : claims) {
    CAUSEWAY_RETURN_IF_ERROR(
        add(claim.ns->kind, claim.pattern.literal_prefix(), claim.ns->regex));
  }
  return add(NamespaceKind::kUsers, sender.str(), sender.str());
}

}  // namespace

absl::Status Admit(const Registration& wanted, const Grant& grant,
                   const Incumbents& others,
                   const matrix::ServerName& server_name) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Claim> claims,
                            ListClaims(wanted.namespaces));
  CAUSEWAY_ASSIGN_OR_RETURN(
      matrix::UserId sender,
      matrix::UserId::Make(wanted.sender_localpart, server_name));
  CAUSEWAY_RETURN_IF_ERROR(CheckGrant(wanted, claims, sender, grant));
  CAUSEWAY_RETURN_IF_ERROR(CheckNames(wanted, others));
  CAUSEWAY_RETURN_IF_ERROR(CheckClaims(claims, others));
  CAUSEWAY_RETURN_IF_ERROR(CheckSenderIsFree(sender, others));
  return CheckIndexable(claims, sender, others);
}

}  // namespace causeway::registry
