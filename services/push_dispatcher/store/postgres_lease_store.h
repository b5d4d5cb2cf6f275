#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_LEASE_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_LEASE_STORE_H_

#include "services/push_dispatcher/store/lease_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::push {

// LeaseStore in PostgreSQL: tables replicas, queues, sources.
class PostgresLeaseStore final : public LeaseStore {
 public:
  // `pool` must outlive the store.
  explicit PostgresLeaseStore(postgres::Pool& pool) : pool_(pool) {}

  absl::Status Enter(const ReplicaIdentity& replica) override;
  absl::StatusOr<LeaseRound> Renew(const ReplicaIdentity& replica,
                                   const LeaseQuestion& question) override;
  absl::Status Leave(const ReplicaIdentity& replica) override;
  absl::Status Release(const ReplicaIdentity& replica) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_LEASE_STORE_H_
