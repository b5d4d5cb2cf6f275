#ifndef CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_STORE_H_
#define CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "services/registry/registry_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::registry {

// The registry's tables; see migrations/. What pqxx throws while a change is
// under way passes through its body, which holds nothing but values, to the
// pool, which alone can tell what became of the connection.
//
// Thread-safe.
class PostgresRegistryStore final : public RegistryStore {
 public:
  // What a pool needs on which a store is to work: its statements, and a
  // planner that always walks along keys. Each statement wants few of many
  // rows; planned by statistics that are of a time with fewer, it would read
  // them all.
  static postgres::Pool::Options PoolOptions(std::string conninfo,
                                             int connections_max);

  // `pool`, which has these options, must outlive the store.
  explicit PostgresRegistryStore(postgres::Pool& pool);

  absl::Status Run(absl::FunctionRef<absl::Status(Change&)> body) override;
  absl::StatusOr<GrantInUse> GetGrant(absl::string_view name) override;
  absl::StatusOr<Grant> GetGrantByToken(
      absl::string_view as_token_sha256) override;
  absl::StatusOr<Appservice> GetAppservice(absl::string_view id) override;
  absl::StatusOr<Appservice> GetAppserviceByToken(
      absl::string_view as_token_sha256) override;
  absl::StatusOr<std::vector<std::string>> ListExpiredInUse(
      absl::Time now, int count_max) override;
  absl::StatusOr<std::vector<GrantInUse>> ListGrants(absl::string_view after,
                                                     int count_max) override;
  absl::StatusOr<std::vector<Appservice>> ListAppservices(
      absl::string_view after, int count_max) override;
  absl::StatusOr<std::vector<PendingRequest>> ListPendingRequests(
      int64_t after_id, int count_max) override;
  absl::StatusOr<std::vector<StoredAuditRecord>> ListAuditRecords(
      int64_t before_id, int count_max) override;
  absl::StatusOr<Changes> ListChanges(int64_t since) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_STORE_H_
