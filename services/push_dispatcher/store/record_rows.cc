#include "services/push_dispatcher/store/record_rows.h"

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "services/push_dispatcher/store/set_aside_body.h"

namespace causeway::push {
namespace {

using Kind = Settlement::Kind;

// The last three of the transaction are for quarantined ones alone.
constexpr char kInsertSetAside[] =
    "INSERT INTO set_aside_transactions (uid, txn_id, kind, reason, source_id,"
    "  after_position, last_position, event_count,"
    "  format, body_raw_bytes, body,"
    "  attempts, last_http_status, last_error, last_answer,"
    "  last_attempt_time) "
    "SELECT $1, $2, $3, $4, $5, $6, $7, $8,"
    "  CASE WHEN q THEN $9::int END, CASE WHEN q THEN $10::bigint END,"
    "  CASE WHEN q THEN $11::bytea END,"
    "  $12, $13, $14, $15,"
    "  CASE WHEN $12::bigint > 0 THEN to_timestamp($16::float8) END "
    "FROM (SELECT $3::text = 'quarantined') AS k (q)";

absl::Time ReadTime(const pqxx::field& field) {
  return absl::UnixEpoch() + absl::Seconds(field.as<double>());
}

Kind ReadKind(absl::string_view name) {
  for (Kind kind : {Kind::kQuarantined, Kind::kDropped}) {
    if (SettlementName(kind) == name) return kind;
  }
  return Kind::kSkipped;
}

}  // namespace

SetAsideTransaction ReadSetAside(const pqxx::row& row) {
  SetAsideTransaction transaction;
  transaction.id = row["id"].as<int64_t>();
  SealedTransaction& sealed = transaction.sealed;
  sealed.txn_id = row["txn_id"].as<std::string>();
  sealed.source_id = row["source_id"].as<SourceId>();
  sealed.last_position = row["last_position"].as<int64_t>();
  sealed.event_count = row["event_count"].as<int32_t>();
  transaction.after_position = row["after_position"].as<int64_t>();
  transaction.kind = ReadKind(row["kind"].as<std::string>());
  transaction.reason = row["reason"].as<std::string>();
  transaction.settle_time = ReadTime(row["settle_time"]);
  if (!row["replay_time"].is_null()) {
    transaction.replay_time = ReadTime(row["replay_time"]);
  }
  if (!row["expire_time"].is_null()) {
    transaction.expire_time = ReadTime(row["expire_time"]);
  }
  LastAttempt& last = transaction.last_attempt;
  last.attempts = row["attempts"].as<int64_t>();
  last.http_status = row["last_http_status"].as<int>();
  last.error = row["last_error"].as<std::string>();
  last.answer_excerpt = row["last_answer"].as<std::string>();
  if (!row["last_attempt_time"].is_null()) {
    last.time = ReadTime(row["last_attempt_time"]);
  }
  return transaction;
}

AuditRecord ReadAuditRecord(const pqxx::row& row) {
  return {.id = row["id"].as<int64_t>(),
          .create_time = ReadTime(row["create_time"]),
          .actor = row["actor"].as<std::string>(),
          .action = row["action"].as<std::string>(),
          .uid = row["uid"].as<AppserviceUid>(),
          .appservice_id = row["appservice_id"].as<std::string>(),
          .detail = row["detail"].as<std::string>(),
          .reason = row["reason"].as<std::string>()};
}

void KeepSourceActs(pqxx::work& work, absl::string_view actor,
                    const std::vector<AuditRecord>& acts) {
  for (const AuditRecord& act : acts) {
    work.exec_params(
        "INSERT INTO audit_records (actor, action, uid, appservice_id, detail,"
        "                           reason) "
        "VALUES ($1, $2, 0, '', $3, $4)",
        std::string(actor), act.action, act.detail, act.reason);
  }
}

void KeepRecords(pqxx::work& work, absl::string_view actor, AppserviceUid uid,
                 const WriteRecords& records) {
  for (const WriteRecords::SetAside& record : records.set_aside) {
    const SetAsideTransaction& t = record.transaction;
    const std::string body = record.body == nullptr ? "" : *record.body;
    work.exec_params(
        kInsertSetAside, uid, t.sealed.txn_id,
        std::string(SettlementName(t.kind)), t.reason, t.sealed.source_id,
        t.after_position, t.sealed.last_position, t.sealed.event_count,
        t.sealed.body_format, body.size(),
        pqxx::binarystring(CompressBody(body)), t.last_attempt.attempts,
        t.last_attempt.http_status, ToReason(t.last_attempt.error),
        ToReason(t.last_attempt.answer_excerpt),
        absl::ToDoubleSeconds(t.last_attempt.time - absl::UnixEpoch()));
  }
  for (const AuditRecord& act : records.acts) {
    work.exec_params(
        "INSERT INTO audit_records (actor, action, uid, appservice_id, detail,"
        "                           reason) "
        "SELECT $1, $2, a.uid, a.appservice_id, $4, $5 FROM appservices a "
        "WHERE a.uid = $3",
        std::string(actor), act.action, uid, act.detail, act.reason);
  }
}

}  // namespace causeway::push
