#include "services/registry/namespace_claims.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/registry/registry_errors.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

using namespaces::Algebra;
using namespaces::Decision;
using namespaces::NamespacePattern;

Objection None() { return {absl::OkStatus(), ""}; }

Objection Compare(const Claim& claim, const Incumbents::Reserved& theirs,
                  Algebra& algebra) {
  const std::string& other_id = theirs.owner->id;
  const std::string& regex = claim.ns.regex;
  if (!theirs.own_user.empty()) {
    if (!claim.pattern.Matches(theirs.own_user)) return None();
    return {ClaimsSender(claim.field, regex, other_id, theirs.own_user),
            std::string(theirs.own_user)};
  }
  absl::StatusOr<Decision> disjoint =
      algebra.AreDisjoint(claim.ns.kind, regex, theirs.regex);
  if (!disjoint.ok()) return {disjoint.status(), ""};
  switch (disjoint->answer) {
    case Decision::Answer::kYes:
      return None();
    case Decision::Answer::kNo:
      return {NamespacesOverlap(claim.field, regex, other_id, theirs.regex,
                                disjoint->witness),
              disjoint->witness};
    case Decision::Answer::kUndecided:
      break;
  }
  return {OverlapUndecided(claim.field, regex, other_id, theirs.regex,
                           disjoint->why),
          ""};
}

}  // namespace

absl::StatusOr<Claim> MakeClaim(const Namespace& ns, std::string field) {
  CAUSEWAY_RETURN_IF_ERROR(CheckNamespace(ns, field));
  CAUSEWAY_ASSIGN_OR_RETURN(NamespacePattern pattern,
                            NamespacePattern::Compile(ns.regex));
  return Claim{ns, std::move(field), std::move(pattern)};
}

absl::StatusOr<std::vector<Claim>> MakeClaims(
    const std::vector<Namespace>& namespaces) {
  std::vector<std::string> fields = NamespaceFields(namespaces);
  std::vector<Claim> claims;
  claims.reserve(namespaces.size());
  for (size_t i = 0; i < namespaces.size(); ++i) {
    CAUSEWAY_ASSIGN_OR_RETURN(Claim claim,
                              MakeClaim(namespaces[i], std::move(fields[i])));
    claims.push_back(std::move(claim));
  }
  return claims;
}

Objection HoldAgainstGrant(const Claim& claim, const Grant& grant,
                           Algebra& algebra) {
  const absl::StatusOr<Decision> contained = algebra.IsContained(
      claim.ns.kind, claim.ns.regex,
      grant.ceilings.For(claim.ns.kind, claim.ns.exclusive));
  if (!contained.ok()) return {contained.status(), ""};
  switch (contained->answer) {
    case Decision::Answer::kYes:
      return None();
    case Decision::Answer::kNo:
      return {NamespaceOutsideGrant(claim.field, claim.ns.regex,
                                    contained->witness),
              contained->witness};
    case Decision::Answer::kUndecided:
      break;
  }
  return {GrantUndecided(claim.field, claim.ns.regex, contained->why), ""};
}

Objection Comparison::HoldAgainst(const Claim& claim,
                                  const Incumbents::Reserved& theirs) {
  absl::flat_hash_set<int64_t>& disjoint = disjoint_[claim.field];
  if (disjoint.contains(theirs.number)) return None();
  if (comparisons_left_ == 0) {
    return {
        OverlapUndecided(
            claim.field, claim.ns.regex, theirs.owner->id,
            theirs.own_user.empty() ? theirs.regex : theirs.own_user,
            absl::StrCat("takes more than ", kComparisonsMax, " comparisons")),
        ""};
  }
  --comparisons_left_;
  Objection objection = Compare(claim, theirs, algebra_);
  if (objection.refusal.ok()) disjoint.insert(theirs.number);
  return objection;
}

Objection HoldAgainstOthers(const Claim& claim, const Incumbents& others,
                            Comparison& comparison) {
  if (!claim.ns.exclusive) return None();
  for (const Incumbents::Reserved& theirs :
       others.FindReserved(claim.ns.kind, claim.pattern.literal_prefix())) {
    Objection objection = comparison.HoldAgainst(claim, theirs);
    if (!objection.refusal.ok()) return objection;
  }
  return None();
}

absl::Status IndexRoom::Add(namespaces::NamespaceKind kind,
                            const std::string& prefix,
                            absl::string_view regex) {
  if (others_.HasRegex(kind, prefix, regex)) return absl::OkStatus();
  auto& regexes = added_[{kind, prefix}];
  regexes.insert(std::string(regex));
  if (others_.CountRegexes(kind, prefix) + regexes.size() >
      namespaces::kPatternsPerPrefixMax) {
    return TooManyNamespaces(
        namespaces::TooManyAlike(kind, regex, prefix).message());
  }
  return absl::OkStatus();
}

}  // namespace causeway::registry
