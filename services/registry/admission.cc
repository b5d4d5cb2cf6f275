#include "services/registry/admission.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/registry/appservice_url.h"
#include "services/registry/registry_errors.h"
#include "services/shared/namespaces/containment.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/namespaces/overlap.h"
#include "services/shared/namespaces/regex_syntax.h"
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

// What every ID that matches begins with. There are thousands of others, and
// this is far cheaper than compiling.
absl::StatusOr<std::string> PrefixOf(absl::string_view regex) {
  CAUSEWAY_ASSIGN_OR_RETURN(namespaces::RegexNode root,
                            namespaces::ParseRegex(regex));
  return namespaces::LiteralPrefix(root);
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

absl::Status CheckNames(const Registration& wanted, const Registration& other) {
  if (other.id == wanted.id) return IdTaken(wanted.id);
  if (other.sender_localpart == wanted.sender_localpart) {
    return SenderTaken(wanted.sender_localpart, other.id);
  }
  return absl::OkStatus();
}

// Whether an ID could begin with both.
bool PrefixesMeet(absl::string_view a, absl::string_view b) {
  return absl::StartsWith(a, b) || absl::StartsWith(b, a);
}

absl::Status CheckOverlap(const Claim& claim, const Namespace& theirs,
                          absl::string_view other_id) {
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

// `sender` is the own user of whoever claims.
absl::Status CheckNamespace(const std::vector<Claim>& claims,
                            const matrix::UserId& sender,
                            const Namespace& theirs,
                            absl::string_view other_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string their_prefix, PrefixOf(theirs.regex));
  for (const Claim& claim : claims) {
    if (claim.ns->exclusive && claim.ns->kind == theirs.kind &&
        PrefixesMeet(claim.pattern.literal_prefix(), their_prefix)) {
      CAUSEWAY_RETURN_IF_ERROR(CheckOverlap(claim, theirs, other_id));
    }
  }
  if (theirs.kind == NamespaceKind::kUsers &&
      absl::StartsWith(sender.str(), their_prefix)) {
    CAUSEWAY_ASSIGN_OR_RETURN(NamespacePattern their_pattern,
                              NamespacePattern::Compile(theirs.regex));
    if (their_pattern.Matches(sender.str())) {
      return SenderInNamespace(sender.str(), other_id, theirs.regex);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTheirSender(const std::vector<Claim>& claims,
                              const matrix::UserId& their_sender,
                              absl::string_view other_id) {
  for (const Claim& claim : claims) {
    if (claim.ns->exclusive && claim.ns->kind == NamespaceKind::kUsers &&
        claim.pattern.Matches(their_sender.str())) {
      return ClaimsSender(claim.field, claim.ns->regex, other_id,
                          their_sender.str());
    }
  }
  return absl::OkStatus();
}

// Consumers index all namespaces together, which has bounds of its own; what
// they couldn't take must not get as far as them.
absl::Status CheckIndexable(const Registration& wanted,
                            absl::Span<const Appservice> others) {
  std::vector<namespaces::NamespaceEntry> entries;
  uint32_t handle = 0;
  auto add = [&entries, &handle](const Registration& registration) {
    for (const Namespace& ns : registration.namespaces) {
      entries.push_back({handle, ns.kind, ns.regex, ns.exclusive});
    }
    ++handle;
  };
  for (const Appservice& other : others) add(other.registration);
  add(wanted);
  absl::Status built = namespaces::NamespaceIndex::Build(entries).status();
  if (absl::IsResourceExhausted(built)) {
    return TooManyNamespaces(built.message());
  }
  return built;
}

}  // namespace

absl::Status Admit(const Registration& wanted, const Grant& grant,
                   absl::Span<const Appservice> others,
                   const matrix::ServerName& server_name) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Claim> claims,
                            ListClaims(wanted.namespaces));
  CAUSEWAY_ASSIGN_OR_RETURN(
      matrix::UserId sender,
      matrix::UserId::Make(wanted.sender_localpart, server_name));
  CAUSEWAY_RETURN_IF_ERROR(CheckGrant(wanted, claims, sender, grant));
  for (const Appservice& other : others) {
    const Registration& theirs = other.registration;
    CAUSEWAY_RETURN_IF_ERROR(CheckNames(wanted, theirs));
    for (const Namespace& ns : theirs.namespaces) {
      if (!ns.exclusive) continue;
      CAUSEWAY_RETURN_IF_ERROR(CheckNamespace(claims, sender, ns, theirs.id));
    }
    CAUSEWAY_ASSIGN_OR_RETURN(
        matrix::UserId their_sender,
        matrix::UserId::Make(theirs.sender_localpart, server_name));
    CAUSEWAY_RETURN_IF_ERROR(CheckTheirSender(claims, their_sender, theirs.id));
  }
  return CheckIndexable(wanted, others);
}

}  // namespace causeway::registry
