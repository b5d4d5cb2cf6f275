#ifndef CAUSEWAY_SERVICES_REGISTRY_NAMESPACE_CLAIMS_H_
#define CAUSEWAY_SERVICES_REGISTRY_NAMESPACE_CLAIMS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/registry/grant.h"
#include "services/registry/incumbents.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"

// One namespace that is wanted, held against what may stand in its way. Errors
// are named in registry_errors.h.
namespace causeway::registry {

// Of the namespaces of one request with those of others: those that may begin
// alike count.
inline constexpr int kComparisonsMax = 300'000;

struct Claim {
  Namespace ns;
  std::string field;  // "namespaces.users[0]"
  namespaces::NamespacePattern pattern;
};

// INVALID_ARGUMENT as CheckNamespace.
absl::StatusOr<Claim> MakeClaim(const Namespace& ns, std::string field);
// All of a registration.
absl::StatusOr<std::vector<Claim>> MakeClaims(
    const std::vector<Namespace>& namespaces);

// Why a claim is refused: OK when it isn't. `witness` is an ID that shows it,
// and empty when there is none to show.
struct Objection {
  absl::Status refusal;
  std::string witness;
};

// Whether each of its IDs is allowed by some ceiling of `grant`; if it isn't
// exclusive, also by one of its shared ones.
// PERMISSION_DENIED (M_FORBIDDEN), also when that can't be decided in bounds.
Objection HoldAgainstGrant(const Claim& claim, const Grant& grant,
                           namespaces::Algebra& algebra);

// Compares the exclusive namespaces that one request claims with what is
// reserved for others. What it has found to have no ID in common it doesn't
// compare again: so most of it can be done, for as long as it takes, before the
// registry's lock is taken, and under it only what is new since then. All of it
// has the bound of one Algebra, and kComparisonsMax.
//
// Thread-compatible. One for each request.
class Comparison {
 public:
  explicit Comparison(const matrix::ServerName& server_name)
      : algebra_(server_name.str()) {}

  // Whether an exclusive `claim` would take an ID that is reserved as `theirs`.
  // ALREADY_EXISTS (M_EXCLUSIVE), also when that can't be decided in bounds.
  Objection HoldAgainst(const Claim& claim, const Incumbents::Reserved& theirs);

 private:
  namespaces::Algebra algebra_;
  int comparisons_left_ = kComparisonsMax;
  // Claim::field and Reserved::number.
  absl::flat_hash_map<std::string, absl::flat_hash_set<int64_t>> disjoint_;
};

// Whether it would take, being exclusive, an ID that is reserved for one of
// `others`. What isn't exclusive takes nothing and hides nothing. Errors as
// above.
Objection HoldAgainstOthers(const Claim& claim, const Incumbents& others,
                            Comparison& comparison);

// Consumers index all namespaces and own users together, which has a bound of
// its own (NamespaceIndex); what they couldn't take must not get as far as
// them.
class IndexRoom {
 public:
  // `others` must outlive it.
  explicit IndexRoom(const Incumbents& others) : others_(others) {}

  // Takes one more. RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED).
  absl::Status Add(namespaces::NamespaceKind kind, const std::string& prefix,
                   absl::string_view regex);

 private:
  const Incumbents& others_;
  std::map<std::pair<namespaces::NamespaceKind, std::string>,
           absl::flat_hash_set<std::string>>
      added_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_NAMESPACE_CLAIMS_H_
