#ifndef CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_CHANGE_H_
#define CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_CHANGE_H_

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/registry/appservice.h"
#include "services/registry/audit.h"
#include "services/registry/grant.h"
#include "services/registry/pending_request.h"
#include "services/registry/registry_store.h"

namespace causeway::registry {

// One change of PostgresRegistryStore, inside a transaction of it.
//
// Used by one thread. What pqxx throws passes through.
class PostgresRegistryChange final : public RegistryStore::Change {
 public:
  // Waits until no other change is under way. `work` must outlive it.
  explicit PostgresRegistryChange(pqxx::work& work);

  int64_t revision() const override { return revision_; }
  absl::StatusOr<int64_t> AdvanceRevision() override;
  absl::StatusOr<std::optional<Grant>> FindGrant(
      absl::string_view name) override;
  absl::StatusOr<std::optional<Grant>> FindGrantByToken(
      absl::string_view as_token_sha256) override;
  absl::Status InsertGrant(const Grant& grant) override;
  absl::Status ReplaceGrant(const Grant& grant) override;
  absl::Status DeleteGrant(absl::string_view name) override;
  absl::StatusOr<std::optional<Appservice>> FindAppservice(
      absl::string_view id) override;
  absl::StatusOr<std::optional<Appservice>> FindAppserviceByGrant(
      absl::string_view grant_name) override;
  absl::StatusOr<Changes> ListChanges(int64_t since) override;
  absl::StatusOr<int64_t> NewUid() override;
  absl::Status PutAppservice(const Appservice& appservice) override;
  absl::Status RemoveAppservice(int64_t uid) override;
  absl::StatusOr<std::optional<PendingRequest>> FindPendingRequest(
      int64_t pending_id) override;
  absl::StatusOr<std::optional<PendingRequest>> FindPendingRequestByGrant(
      absl::string_view grant_name) override;
  absl::Status PutPendingRequest(const PendingRequest& request,
                                 int kept_max) override;
  absl::Status RemovePendingRequest(int64_t pending_id) override;
  absl::Status AddAuditRecord(const AuditRecord& record) override;

 private:
  void InsertCeilings(const Grant& grant);

  pqxx::work& work_;
  int64_t revision_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_CHANGE_H_
