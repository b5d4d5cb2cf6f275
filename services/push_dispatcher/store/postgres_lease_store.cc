#include "services/push_dispatcher/store/postgres_lease_store.h"

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// As LeaseOrigin counts them.
constexpr int kFree = static_cast<int>(LeaseOrigin::kFree);
constexpr int kDead = static_cast<int>(LeaseOrigin::kDead);
constexpr int kHandedOver = static_cast<int>(LeaseOrigin::kHandedOver);
constexpr int kOwn = static_cast<int>(LeaseOrigin::kOwn);

// $1 name, $2 incarnation, $3 the dead, as LockUnmoved() found; $4, $5, $6:
// uids, epochs and nonces of what is held. A queue that was handed over is
// owned by the heir's name and no incarnation.
//
// SKIP LOCKED: what another replica takes, or its owner still writes, is looked
// at again in the next round.
std::string AcquireSql() {
  return absl::StrCat(
      "WITH held AS MATERIALIZED ("
      "  SELECT * FROM unnest($4::bigint[], $5::bigint[], $6::text[])"
      "    AS h (uid, epoch, nonce)"
      "), wanted AS MATERIALIZED ("
      "  SELECT uid, CASE WHEN owner = $1 AND owner_incarnation = ''"
      "      AND uid NOT IN (SELECT uid FROM held) THEN ",
      kHandedOver, " WHEN owner = $1 THEN ", kOwn,
      "    WHEN owner = ANY ($3::text[]) THEN ", kDead, " ELSE ", kFree,
      "    END AS origin"
      "  FROM queues WHERE owner IS NULL"
      "  OR owner NOT IN (SELECT name FROM replicas)"
      "  OR owner = ANY ($3::text[])"
      "  OR (owner = $1 AND (owner_incarnation <> $2"
      "      OR (uid, epoch, lease_nonce) NOT IN (SELECT * FROM held)))"
      "  FOR UPDATE SKIP LOCKED"
      "), acquired AS ("
      "  UPDATE queues q SET owner = $1, owner_incarnation = $2,"
      "  epoch = q.epoch + 1,"
      "  lease_nonce = replace(gen_random_uuid()::text, '-', '')"
      "  FROM wanted w WHERE q.uid = w.uid RETURNING q.*, w.origin"
      "), lost AS ("
      "  SELECT uid FROM held WHERE uid NOT IN ("
      "    SELECT uid FROM queues WHERE owner = $1 AND owner_incarnation = $2"
      "    UNION ALL SELECT uid FROM acquired)"
      ") SELECT q.origin, q.uid, q.epoch, q.lease_nonce, ",
      kQueueHeadColumns, ", ", kQueueSettingsColumns,
      " FROM acquired q UNION ALL SELECT NULL, l.uid, q.epoch, q.lease_nonce, ",
      kQueueHeadColumns, ", ", kQueueSettingsColumns,
      " FROM lost l LEFT JOIN queues q ON false");
}

// The names of those of `replicas` that are still as they were seen. Their rows
// stay locked, so that none of them renews before we have what it had. One
// whose row is locked now is renewing, and alive.
std::string LockUnmoved(pqxx::work& work,
                        const std::vector<ReplicaHeartbeat>& replicas) {
  SqlArray unmoved;
  if (replicas.empty()) return unmoved.str();
  SqlArray names, incarnations, heartbeats;
  for (const ReplicaHeartbeat& replica : replicas) {
    names.AddText(replica.name);
    incarnations.AddText(replica.incarnation);
    heartbeats.AddInt(replica.heartbeat);
  }
  for (const pqxx::row& row : work.exec_params(
           "SELECT name FROM replicas WHERE (name, incarnation, heartbeat) IN ("
           "  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])) "
           "FOR UPDATE SKIP LOCKED",
           names.str(), incarnations.str(), heartbeats.str())) {
    unmoved.AddText(row[0].as<std::string>());
  }
  return unmoved.str();
}

void Forget(pqxx::work& work, const std::vector<ReplicaHeartbeat>& replicas) {
  if (replicas.empty()) return;
  work.exec_params("DELETE FROM replicas WHERE name = ANY ($1::text[])",
                   LockUnmoved(work, replicas));
}

// The heirs' rows stay locked, so that none of them leaves before it has what
// it is given. One whose row is locked now is renewing, or leaving.
std::vector<AppserviceUid> HandOver(pqxx::work& work,
                                    const ReplicaIdentity& replica,
                                    const std::vector<HandedQueue>& handed) {
  std::vector<AppserviceUid> handed_over;
  if (handed.empty()) return handed_over;
  SqlArray uids, epochs, nonces, heirs;
  for (const HandedQueue& each : handed) {
    uids.AddInt(each.queue.uid);
    epochs.AddInt(each.queue.epoch);
    nonces.AddText(each.queue.nonce);
    heirs.AddText(each.heir);
  }
  SqlArray there;
  for (const pqxx::row& row :
       work.exec_params("SELECT name FROM replicas "
                        "WHERE name = ANY ($1::text[]) AND NOT leaving "
                        "FOR SHARE SKIP LOCKED",
                        heirs.str())) {
    there.AddText(row[0].as<std::string>());
  }
  for (const pqxx::row& row : work.exec_params(
           "UPDATE queues q SET owner = h.heir, owner_incarnation = '' "
           "FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[])"
           "  AS h (uid, epoch, nonce, heir) "
           "WHERE q.uid = h.uid AND q.epoch = h.epoch"
           "  AND q.lease_nonce = h.nonce"
           "  AND q.owner = $1 AND q.owner_incarnation = $2"
           "  AND h.heir = ANY ($7::text[]) RETURNING q.uid",
           replica.name, replica.incarnation, uids.str(), epochs.str(),
           nonces.str(), heirs.str(), there.str())) {
    handed_over.push_back(row[0].as<AppserviceUid>());
  }
  return handed_over;
}

}  // namespace

absl::Status PostgresLeaseStore::Enter(const ReplicaIdentity& replica) {
  return pool_.Run([&](pqxx::work& work) {
    work.exec_params(
        "INSERT INTO replicas AS r (name, incarnation, grpc_address) "
        "VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE "
        "SET incarnation = $2, grpc_address = $3, leaving = false,"
        "  heartbeat = r.heartbeat + 1",
        replica.name, replica.incarnation, replica.grpc_address);
    return absl::OkStatus();
  });
}

absl::StatusOr<LeaseRound> PostgresLeaseStore::Renew(
    const ReplicaIdentity& replica, const LeaseQuestion& question) {
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
    const std::string dead = LockUnmoved(work, question.dead);
    Forget(work, question.forgotten);
    round.handed_over = HandOver(work, replica, question.handed);
    SqlArray uids, epochs, nonces;
    const auto add = [&](const HeldQueue& held) {
      uids.AddInt(held.uid);
      epochs.AddInt(held.epoch);
      nonces.AddText(held.nonce);
    };
    for (const HeldQueue& held : question.held) add(held);
    for (const HandedQueue& handed : question.handed) {
      if (!absl::c_linear_search(round.handed_over, handed.queue.uid)) {
        add(handed.queue);
      }
    }
    for (const pqxx::row& row :
         work.exec_params(AcquireSql(), replica.name, replica.incarnation, dead,
                          uids.str(), epochs.str(), nonces.str())) {
      if (row["origin"].is_null()) {
        round.lost.push_back(row["uid"].as<AppserviceUid>());
        continue;
      }
      const auto uid = row["uid"].as<AppserviceUid>();
      absl::StatusOr<QueueHead> head = ReadQueueHead(row);
      if (!head.ok()) {
        round.unreadable.push_back({uid, head.status()});
        continue;
      }
      round.acquired.push_back(
          {.uid = uid,
           .epoch = row["epoch"].as<Epoch>(),
           .nonce = row["lease_nonce"].as<std::string>(),
           .head = *std::move(head),
           .settings = ReadQueueSettings(row),
           .origin = static_cast<LeaseOrigin>(row["origin"].as<int>())});
    }
    for (const pqxx::row& row :
         work.exec("SELECT name, incarnation, heartbeat, grpc_address,"
                   "  coalesce(queue_count, 0), leaving "
                   "FROM replicas FULL JOIN ("
                   "  SELECT owner AS name, count(*) AS queue_count"
                   "  FROM queues GROUP BY owner) owned USING (name)")) {
      if (row[1].is_null()) {  // No replica.
        round.unowned_count += row[4].as<int64_t>();
        continue;
      }
      round.replicas.push_back({.name = row[0].as<std::string>(),
                                .incarnation = row[1].as<std::string>(),
                                .heartbeat = row[2].as<int64_t>(),
                                .grpc_address = row[3].as<std::string>(),
                                .queue_count = row[4].as<int64_t>(),
                                .leaving = row[5].as<bool>()});
    }
    for (const pqxx::row& row :
         work.exec("SELECT next_position FROM sources ORDER BY id")) {
      round.source_ends.push_back(row[0].as<int64_t>());
    }
    return absl::OkStatus();
  }));
  return round;
}

absl::Status PostgresLeaseStore::Leave(const ReplicaIdentity& replica) {
  return pool_.Run([&](pqxx::work& work) {
    work.exec_params(
        "UPDATE replicas SET leaving = true "
        "WHERE name = $1 AND incarnation = $2",
        replica.name, replica.incarnation);
    return absl::OkStatus();
  });
}

absl::Status PostgresLeaseStore::Release(const ReplicaIdentity& replica) {
  return pool_.Run([&](pqxx::work& work) {
    work.exec_params(
        "UPDATE queues SET owner = NULL, owner_incarnation = NULL "
        "WHERE owner = $1 AND (owner_incarnation = $2"
        "  OR (owner_incarnation = '' AND EXISTS ("
        "    SELECT FROM replicas WHERE name = $1 AND incarnation = $2)))",
        replica.name, replica.incarnation);
    return absl::OkStatus();
  });
}

}  // namespace causeway::push
