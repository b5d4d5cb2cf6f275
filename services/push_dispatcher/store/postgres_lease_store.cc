#include "services/push_dispatcher/store/postgres_lease_store.h"

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// SKIP LOCKED: what another replica takes, or its owner still writes, is looked
// at again in the next round.
//
// What is owned is counted in the same statement, by the same snapshot: so an
// act that comes in between isn't missing from a sum that the owner compares.
// It costs another pass over the table: some milliseconds with 10000 queues.
std::string AcquireSql() {
  return absl::StrCat(
      "WITH acquired AS ("
      "  UPDATE queues q SET owner = $1, owner_incarnation = $2,"
      "  epoch = q.epoch + 1,"
      "  lease_nonce = replace(gen_random_uuid()::text, '-', '') WHERE q.uid "
      "IN ("
      "    SELECT uid FROM queues WHERE owner IS NULL"
      "    OR (owner = $1 AND (owner_incarnation <> $2 OR $4))"
      "    OR owner = ANY ($3::text[]) FOR UPDATE SKIP LOCKED"
      "  ) RETURNING q.*"
      "), owned AS ("
      "  SELECT count(*) AS count, coalesce(sum(o.epoch), 0) AS epoch_sum FROM "
      "("
      "    SELECT epoch FROM queues WHERE owner = $1 AND owner_incarnation = $2"
      "    AND uid NOT IN (SELECT uid FROM acquired)"
      "    UNION ALL SELECT epoch FROM acquired"
      "  ) o"
      ") SELECT owned.count AS owned_count,"
      "  owned.epoch_sum::bigint AS owned_epoch_sum, q.uid, q.epoch, "
      "q.lease_nonce, ",
      kQueueHeadColumns, ", ", kQueueSettingsColumns,
      " FROM owned LEFT JOIN acquired q ON true");
}

}  // namespace

absl::Status PostgresLeaseStore::Enter(const ReplicaIdentity& replica) {
  return pool_.Run([&](pqxx::work& work) {
    work.exec_params(
        "INSERT INTO replicas AS r (name, incarnation, grpc_address) "
        "VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE "
        "SET incarnation = $2, grpc_address = $3, heartbeat = r.heartbeat + 1",
        replica.name, replica.incarnation, replica.grpc_address);
    return absl::OkStatus();
  });
}

absl::StatusOr<LeaseRound> PostgresLeaseStore::Renew(
    const ReplicaIdentity& replica, const TakeOver& take_over) {
  SqlArray dead;
  for (const std::string& name : take_over.dead) dead.AddText(name);
  LeaseRound round;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    const pqxx::result renewed = work.exec_params(
        "UPDATE replicas SET heartbeat = heartbeat + 1 "
        "WHERE name = $1 AND incarnation = $2",
        replica.name, replica.incarnation);
    if (renewed.affected_rows() == 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          "another process has the replica name ", replica.name, " now"));
    }
    for (const pqxx::row& row :
         work.exec_params(AcquireSql(), replica.name, replica.incarnation,
                          dead.str(), take_over.own)) {
      round.owned.count = row["owned_count"].as<int64_t>();
      round.owned.epoch_sum = row["owned_epoch_sum"].as<int64_t>();
      if (row["uid"].is_null()) break;  // Nothing was acquired.
      CAUSEWAY_ASSIGN_OR_RETURN(QueueHead head, ReadQueueHead(row));
      round.acquired.push_back({.uid = row["uid"].as<AppserviceUid>(),
                                .epoch = row["epoch"].as<Epoch>(),
                                .nonce = row["lease_nonce"].as<std::string>(),
                                .head = std::move(head),
                                .settings = ReadQueueSettings(row)});
    }
    for (const pqxx::row& row :
         work.exec("SELECT name, incarnation, heartbeat, grpc_address FROM "
                   "replicas")) {
      round.replicas.push_back({.name = row[0].as<std::string>(),
                                .incarnation = row[1].as<std::string>(),
                                .heartbeat = row[2].as<int64_t>(),
                                .grpc_address = row[3].as<std::string>()});
    }
    for (const pqxx::row& row :
         work.exec("SELECT next_position FROM sources ORDER BY id")) {
      round.source_ends.push_back(row[0].as<int64_t>());
    }
    return absl::OkStatus();
  }));
  return round;
}

absl::Status PostgresLeaseStore::Release(const ReplicaIdentity& replica) {
  return pool_.Run([&](pqxx::work& work) {
    work.exec_params(
        "UPDATE queues SET owner = NULL, owner_incarnation = NULL "
        "WHERE owner = $1 AND owner_incarnation = $2",
        replica.name, replica.incarnation);
    return absl::OkStatus();
  });
}

}  // namespace causeway::push
