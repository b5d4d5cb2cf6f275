#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRAR_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRAR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/grant.h"
#include "services/registry/grant_excess.h"
#include "services/registry/incumbents.h"
#include "services/registry/namespace_check.h"
#include "services/registry/namespace_claims.h"
#include "services/registry/pending_request.h"
#include "services/registry/registration.h"
#include "services/registry/registry_changes.h"
#include "services/registry/registry_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::registry {

inline constexpr absl::Duration kTokenOverlapMax = absl::Hours(7 * 24);
inline constexpr int kResealedMax = 100;

// Changes what is registered: decides, inside one transaction of the store,
// whether a change is allowed, and writes it with its audit record.
//
// Every method may be repeated when its outcome is unknown: the second time it
// finds what the first has done.
//
// `request_id` is what the call has in the logs, `reason` an operator's, within
// kReasonBytesMax. All methods give UNAVAILABLE
// when the database is away, besides their own errors.
//
// What an application service can make last, the comparison of namespaces, is
// done before the lock of the store is taken; of what an operator asks for
// (CheckNamespaces, ApprovePending) it is done under it, for three seconds at
// most: kAlgebraStepsMax is one.
//
// Thread-safe. Calls block on the store.
class Registrar {
 public:
  // What must outlive it: `store`, `secret_box` and `clock`.
  Registrar(matrix::ServerName server_name, RegistryStore& store,
            const secrets::SecretBox& secret_box, const Clock& clock);

  // What stands in POST /register or in a registration file.
  struct Application {
    std::string as_token;
    Registration registration;  // Not checked yet.
    std::string hs_token;       // Empty: brings none.
  };
  enum class Outcome { kCreated, kReplaced, kUnchanged };
  struct Registered {
    Appservice appservice;
    std::string hs_token;
    Outcome outcome = Outcome::kUnchanged;
  };
  // Registers whoever holds the token, or replaces their registration; uid and
  // hs_token (unless another one is brought) stay what they are. An equal
  // registration changes nothing.
  // UNAUTHENTICATED (M_MISSING_TOKEN) without token; PERMISSION_DENIED
  // (M_FORBIDDEN) without grant or when it has expired; INVALID_ARGUMENT as
  // ParseRegistration; and the errors of admission.h. What is beyond the grant
  // is refused and kept as a PendingRequest.
  absl::StatusOr<Registered> Register(Application application,
                                      absl::string_view request_id);

  // What an operator decides about a PendingRequest. Approving widens its grant
  // by just what it takes, and registers; rejecting forgets it. NOT_FOUND when
  // there is none of that ID (any more). Approving has the errors of
  // admission.h and of ParseGrant besides: a broad namespace needs
  // `allow_broad`.
  absl::StatusOr<Registered> ApprovePending(int64_t pending_id,
                                            bool allow_broad,
                                            absl::string_view request_id);
  absl::Status RejectPending(int64_t pending_id, absl::string_view request_id,
                             absl::string_view reason = "");

  // From now on `hs_token`, or a new one if that is empty, is presented to it;
  // the one until now for `overlap` to come, where the new one is refused.
  // INVALID_ARGUMENT as CheckHsToken or when `overlap` isn't within
  // kTokenOverlapMax; NOT_FOUND. An equal token changes nothing.
  struct Rotation {
    std::string appservice_id;
    absl::Duration overlap;
    std::string hs_token;
  };
  struct Rotated {
    std::string hs_token;
    int64_t revision = 0;
  };
  absl::StatusOr<Rotated> RotateHsToken(const Rotation& rotation,
                                        absl::string_view request_id);

  // Seals anew what another key has sealed, kResealedMax at most.
  // FAILED_PRECONDITION when that key isn't there any more.
  struct Resealed {
    int count = 0;
    bool complete = false;  // None is left.
    int64_t revision = 0;   // 0: nothing was changed.
  };
  absl::StatusOr<Resealed> ResealHsTokens(absl::string_view request_id);

  // What Register would find about the id, URL, namespaces and own user of
  // `wanted`, and what looks wrong with the namespaces besides. Changes
  // nothing.
  struct Question {
    Registration wanted = {};
    // Empty: that of the token; without one, nothing is held against a grant.
    std::string grant_name = "";
    // Whose registration it would replace. Empty: that of the token's grant,
    // or of `grant_name` if no token is given.
    std::string appservice_id = "";
    std::string as_token_sha256 = "";  // Empty: not known.
  };
  // In the order of a Finding's fields, refusals first. INVALID_ARGUMENT
  // (M_INVALID_PARAM) above kNamespacesMax and for what can't be a grant's
  // name, the id of who is replaced, or a hash; NOT_FOUND when there is no such
  // grant. Nobody of that id is fine.
  absl::StatusOr<std::vector<Finding>> CheckNamespaces(
      const Question& question);

  struct Unregistered {
    std::string appservice_id;
    int64_t revision = 0;  // From which on the registration is gone.
  };
  // UNAUTHENTICATED (M_MISSING_TOKEN); PERMISSION_DENIED (M_FORBIDDEN) when
  // nothing is registered under the token.
  absl::StatusOr<Unregistered> UnregisterByToken(absl::string_view as_token,
                                                 absl::string_view request_id);
  // By an operator. NOT_FOUND.
  absl::StatusOr<Unregistered> UnregisterById(absl::string_view id,
                                              absl::string_view request_id,
                                              absl::string_view reason = "");

 private:
  // What it takes to register somebody.
  struct Request {
    std::string as_token_sha256;
    Registration wanted;
    std::string hs_token_brought;
    std::string request_id;
    // The grant as it was before the lock was taken, what was found beyond it,
    // and what was found disjoint from others' namespaces: to decide that may
    // take seconds, for which nobody else should wait.
    Grant grant;
    std::vector<Excess> excess;
    std::vector<Claim> claims;
    Comparison comparison;
  };
  // Compares with all who are there before the lock is taken.
  void CompareAhead(Request& request) ABSL_LOCKS_EXCLUDED(catch_up_mu_, mu_);
  // As Incumbents::CatchUp, without that lock. What fails is left to it.
  void CatchUpAhead() ABSL_LOCKS_EXCLUDED(catch_up_mu_, mu_);
  // OK also when it is beyond the grant, which `refusal` says then: that it is
  // pending is to be committed.
  absl::Status RegisterIn(RegistryStore::Change& change, Request& request,
                          Registered& result, absl::Status& refusal)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<Excess>> ExcessOf(const Registration& wanted,
                                               const Grant& grant) const;
  absl::Status KeepPending(RegistryStore::Change& change, const Grant& grant,
                           const Request& request,
                           const std::vector<Excess>& excess);
  absl::Status ApproveIn(RegistryStore::Change& change,
                         const PendingRequest& pending, bool allow_broad,
                         const Actor& actor, Registered& result)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Stores `grant` as `pending`, which it doesn't allow, needs it.
  absl::StatusOr<Grant> Widen(RegistryStore::Change& change, const Grant& grant,
                              const PendingRequest& pending, bool allow_broad,
                              const Actor& actor);
  absl::Status RotateIn(RegistryStore::Change& change, const Rotation& rotation,
                        const Actor& actor, Rotated& result);
  absl::Status ResealIn(RegistryStore::Change& change, const Actor& actor,
                        Resealed& result);
  // The hs_token of who is to be registered: `brought`, or that of `present`,
  // or a new one.
  absl::StatusOr<std::string> ChooseHsToken(
      const std::string& brought, const std::optional<Appservice>& present);
  absl::StatusOr<std::string> OpenHsToken(const Appservice& appservice) const;
  absl::Status FindRefusalsIn(RegistryStore::Change& change,
                              const Question& question,
                              std::vector<Finding>& findings)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Calls `ask` with all who would stand in the way of `replaced`'s successor.
  absl::Status AskBeside(RegistryStore::Change& change,
                         const std::optional<Appservice>& replaced,
                         absl::FunctionRef<absl::Status(const Incumbents&)> ask)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Writes `wanted` with result.hs_token, in place of `replaced` if there is
  // one. What was pending of the grant is settled.
  absl::Status PutIn(RegistryStore::Change& change, const Grant& grant,
                     const Registration& wanted,
                     const std::optional<Appservice>& replaced,
                     const Actor& actor, Registered& result);
  Actor By(std::string name, absl::string_view request_id,
           absl::string_view reason = "") const;

  const matrix::ServerName server_name_;
  RegistryStore& store_;
  const secrets::SecretBox& secret_box_;
  const Clock& clock_;

  // So that after a start not everybody reads the whole registry at once.
  absl::Mutex catch_up_mu_ ABSL_ACQUIRED_BEFORE(mu_);
  // Taken while the store's revision is locked, never the other way round.
  absl::Mutex mu_;
  Incumbents incumbents_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRAR_H_
