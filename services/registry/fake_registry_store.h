#ifndef CAUSEWAY_SERVICES_REGISTRY_FAKE_REGISTRY_STORE_H_
#define CAUSEWAY_SERVICES_REGISTRY_FAKE_REGISTRY_STORE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "services/registry/registry_store.h"

namespace causeway::registry {

// A store in memory. Passes registry_store_contract.h.
//
// Thread-safe.
class FakeRegistryStore final : public RegistryStore {
 public:
  absl::Status Run(absl::FunctionRef<absl::Status(Change&)> body) override
      ABSL_LOCKS_EXCLUDED(change_mu_, mu_);
  absl::StatusOr<GrantInUse> GetGrant(absl::string_view name) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<Grant> GetGrantByToken(
      absl::string_view as_token_sha256) override ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<Appservice> GetAppservice(absl::string_view id) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<Appservice> GetAppserviceByToken(
      absl::string_view as_token_sha256) override ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<std::string>> ListExpiredInUse(
      absl::Time now, int count_max) override ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<GrantInUse>> ListGrants(absl::string_view after,
                                                     int count_max) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<Appservice>> ListAppservices(
      absl::string_view after, int count_max) override ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<PendingRequest>> ListPendingRequests(
      int64_t after_id, int count_max) override ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<StoredAuditRecord>> ListAuditRecords(
      int64_t before_id, int count_max) override ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<Changes> ListChanges(int64_t since) override
      ABSL_LOCKS_EXCLUDED(mu_);

  // Every call fails with this from now on; OK: none does any more.
  void SetFailure(absl::Status failure) ABSL_LOCKS_EXCLUDED(mu_);
  // The same of every Run().
  void SetWriteFailure(absl::Status failure) ABSL_LOCKS_EXCLUDED(mu_);

  // What is kept now, and to go back to it, as with a database's backup.
  absl::AnyInvocable<void()> BackUp() ABSL_LOCKS_EXCLUDED(mu_);

  // What somebody else does just before the next change begins.
  void BeforeNextChange(absl::AnyInvocable<void()> act)
      ABSL_LOCKS_EXCLUDED(mu_);

  std::vector<AuditRecord> audit_records() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  class FakeChange;

  struct Tables {
    int64_t revision = 1;
    std::vector<int64_t> known_revisions = {1};
    int64_t next_uid = 1;
    std::map<std::string, Grant> grants;        // By name.
    std::map<int64_t, Appservice> appservices;  // By uid.
    std::vector<Removal> removals;
    int64_t next_pending_id = 1;
    std::map<int64_t, PendingRequest> pending;  // By pending_id.
    std::vector<AuditRecord> audit_records;

    GrantInUse WithUse(const Grant& grant) const;
    // With what it has of its grant, as that is now.
    Appservice Joined(Appservice appservice) const;
    void RemovePendingOf(absl::string_view grant_name);
    Changes ChangesSince(int64_t since) const;
  };

  absl::StatusOr<Tables> Read() const ABSL_LOCKS_EXCLUDED(mu_);

  absl::Mutex change_mu_;  // Held for one change, as the row's lock is.
  mutable absl::Mutex mu_;
  // The last that was given. Stands for the database's clock, so no restore
  // takes it back.
  int64_t clock_ ABSL_GUARDED_BY(change_mu_) = 1;
  Tables tables_ ABSL_GUARDED_BY(mu_);
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
  absl::Status write_failure_ ABSL_GUARDED_BY(mu_);
  absl::AnyInvocable<void()> before_next_change_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_FAKE_REGISTRY_STORE_H_
