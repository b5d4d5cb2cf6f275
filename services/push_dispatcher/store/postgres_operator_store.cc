#include "services/push_dispatcher/store/postgres_operator_store.h"

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/event_totals.h"
#include "services/push_dispatcher/store/postgres_queue_act.h"
#include "services/push_dispatcher/store/postgres_sweep.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/record_rows.h"
#include "services/push_dispatcher/store/source_history_rows.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

std::string SummarySql(absl::string_view condition) {
  return absl::StrCat(
      "SELECT q.uid, a.appservice_id, coalesce(q.owner, '') AS owner, q.epoch,"
      "  q.delivered_transactions, q.delivered_events, waiting.event_count,"
      "  extract(epoch FROM waiting.oldest_time)::float8 AS oldest_time,"
      "  (SELECT count(*) FROM ("
      "     SELECT FROM set_aside_transactions s"
      "     WHERE s.uid = q.uid AND s.replay_time IS NULL LIMIT ",
      kSetAsideCountedMax, ") s) AS set_aside_count, ", kQueueHeadColumns, ", ",
      kQueueSettingsColumns,
      " FROM queues q JOIN appservices a USING (uid) "
      "CROSS JOIN LATERAL (",
      WaitingSql(), ") waiting ", condition);
}

QueueSummary ReadSummary(const pqxx::row& row, QueueHead head) {
  QueueSummary summary = {
      .uid = row["uid"].as<AppserviceUid>(),
      .appservice_id = row["appservice_id"].as<std::string>(),
      .owner = row["owner"].as<std::string>(),
      .epoch = row["epoch"].as<Epoch>(),
      .head = std::move(head),
      .settings = ReadQueueSettings(row),
      .delivered_transactions = row["delivered_transactions"].as<int64_t>(),
      .delivered_events = row["delivered_events"].as<int64_t>(),
      .queued_events = row["event_count"].as<int64_t>(),
      .oldest_time = {},
      .set_aside_transactions = row["set_aside_count"].as<int64_t>()};
  if (!row["oldest_time"].is_null()) {
    summary.oldest_time =
        absl::UnixEpoch() + absl::Seconds(row["oldest_time"].as<double>());
  }
  return summary;
}

// One whose head can't be read is told of without, so as not to hide the
// others.
std::vector<QueueSummary> ReadSummaries(const pqxx::result& rows) {
  std::vector<QueueSummary> summaries;
  for (const pqxx::row& row : rows) {
    absl::StatusOr<QueueHead> head = ReadQueueHead(row);
    const std::string unreadable(head.status().message());
    summaries.push_back(
        ReadSummary(row, std::move(head).value_or(QueueHead())));
    summaries.back().unreadable = unreadable;
  }
  return summaries;
}

std::vector<StoredSegment> ReadSegments(const pqxx::result& rows) {
  std::vector<StoredSegment> segments;
  for (const pqxx::row& row : rows) {
    segments.push_back(
        {.first_position = row["first_position"].as<int64_t>(),
         .encoded = {.format = row["format"].as<int32_t>(),
                     .record_count = row["record_count"].as<int32_t>(),
                     .raw_bytes = row["raw_bytes"].as<int64_t>(),
                     .data = ReadBytes(row["data"])}});
  }
  return segments;
}

}  // namespace

absl::StatusOr<QueueSummary> PostgresOperatorStore::FindQueue(
    absl::string_view appservice_id) {
  QueueSummary summary;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    const pqxx::result rows = work.exec_params(
        SummarySql("WHERE a.appservice_id = $1"), std::string(appservice_id));
    if (rows.empty()) {
      return NoSuchQueue(appservice_id);
    }
    CAUSEWAY_ASSIGN_OR_RETURN(QueueHead head, ReadQueueHead(rows[0]));
    summary = ReadSummary(rows[0], std::move(head));
    return absl::OkStatus();
  }));
  return summary;
}

absl::StatusOr<std::vector<QueueSummary>> PostgresOperatorStore::ListQueues(
    absl::string_view after, int32_t count_max) {
  std::vector<QueueSummary> summaries;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    summaries = ReadSummaries(work.exec_params(
        SummarySql("WHERE a.appservice_id COLLATE \"C\" > $1 "
                   "ORDER BY a.appservice_id COLLATE \"C\" LIMIT $2"),
        std::string(after), count_max));
    return absl::OkStatus();
  }));
  return summaries;
}

absl::StatusOr<std::vector<QueueSummary>> PostgresOperatorStore::ListQueuesOf(
    absl::Span<const AppserviceUid> uids) {
  SqlArray wanted;
  for (AppserviceUid uid : uids) wanted.AddInt(uid);
  std::vector<QueueSummary> summaries;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    summaries = ReadSummaries(
        work.exec_params(SummarySql("WHERE q.uid = ANY ($1::bigint[]) "
                                    "ORDER BY a.appservice_id COLLATE \"C\""),
                         wanted.str()));
    return absl::OkStatus();
  }));
  return summaries;
}

absl::StatusOr<ActOutcome> PostgresOperatorStore::Act(const OperatorAct& act) {
  ActOutcome outcome;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(outcome, DoAct(work, act));
    return absl::OkStatus();
  }));
  return outcome;
}

absl::StatusOr<absl::flat_hash_map<SourceId, std::string>>
PostgresOperatorStore::ListSourceNames() {
  absl::flat_hash_map<SourceId, std::string> names;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec("SELECT id, name FROM sources")) {
      names[row[0].as<SourceId>()] = row[1].as<std::string>();
    }
    return absl::OkStatus();
  }));
  return names;
}

absl::StatusOr<int64_t> PostgresOperatorStore::ForgetLeftHistories(
    absl::string_view source_name, const std::string& reason) {
  int64_t count = 0;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(
        count, push::ForgetLeftHistories(work, source_name, reason));
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<std::vector<SetAsideTransaction>>
PostgresOperatorStore::ListSetAside(AppserviceUid uid, int64_t before_id,
                                    int32_t count_max) {
  std::vector<SetAsideTransaction> transactions;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row :
         work.exec_params(absl::StrCat("SELECT ", kSetAsideColumns,
                                       " FROM set_aside_transactions s "
                                       "WHERE s.uid = $1 AND s.id < $2 "
                                       "ORDER BY s.id DESC LIMIT $3"),
                          uid, before_id, count_max)) {
      transactions.push_back(ReadSetAside(row));
    }
    return absl::OkStatus();
  }));
  return transactions;
}

absl::StatusOr<std::vector<AuditRecord>>
PostgresOperatorStore::ListAuditRecords(absl::string_view appservice_id,
                                        int64_t before_id, int32_t count_max) {
  std::vector<AuditRecord> records;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_params(
             absl::StrCat(
                 "SELECT id, actor, action, uid, appservice_id, detail, reason,"
                 "  extract(epoch FROM create_time)::float8 AS create_time "
                 "FROM audit_records WHERE id < $2 AND ",
                 appservice_id.empty() ? "$1 = ''" : "appservice_id = $1",
                 " ORDER BY id DESC LIMIT $3"),
             std::string(appservice_id), before_id, count_max)) {
      records.push_back(ReadAuditRecord(row));
    }
    return absl::OkStatus();
  }));
  return records;
}

absl::StatusOr<std::vector<StoredSegment>> PostgresOperatorStore::ListSegments(
    SourceId source_id, int64_t before_position, int32_t count_max,
    int64_t raw_bytes_max) {
  std::vector<StoredSegment> segments;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    segments = ReadSegments(work.exec_params(
        "SELECT first_position, format, record_count, raw_bytes, data "
        "FROM (SELECT *, row_number() OVER newest AS ordinal,"
        "             sum(raw_bytes) OVER newest AS bytes_up_to"
        "      FROM (SELECT * FROM segments"
        "            WHERE source_id = $1 AND first_position < $2"
        "            ORDER BY first_position DESC LIMIT $3) s"
        "      WINDOW newest AS (ORDER BY first_position DESC)) w "
        "WHERE ordinal = 1 OR bytes_up_to <= $4 "
        "ORDER BY first_position DESC",
        source_id, before_position, count_max, raw_bytes_max));
    return absl::OkStatus();
  }));
  return segments;
}

absl::StatusOr<std::vector<StoredSegment>>
PostgresOperatorStore::ListSegmentsInRange(SourceId source_id,
                                           int64_t first_position,
                                           int64_t last_position,
                                           int32_t count_max,
                                           int64_t raw_bytes_max) {
  std::vector<StoredSegment> segments;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    // Beginning with the last that begins before the range: it may reach into
    // it.
    segments = ReadSegments(work.exec_params(
        "SELECT first_position, format, record_count, raw_bytes, data "
        "FROM (SELECT *, row_number() OVER oldest AS ordinal,"
        "             sum(raw_bytes) OVER oldest AS bytes_up_to"
        "      FROM (SELECT * FROM segments"
        "            WHERE source_id = $1 AND first_position BETWEEN"
        "              coalesce((SELECT max(first_position) FROM segments"
        "                        WHERE source_id = $1"
        "                          AND first_position <= $2), $2) AND $3"
        "              AND first_position + record_count > $2"
        "            ORDER BY first_position LIMIT $4) s"
        "      WINDOW oldest AS (ORDER BY first_position)) w "
        "WHERE ordinal = 1 OR bytes_up_to <= $5 "
        "ORDER BY first_position",
        source_id, first_position, last_position, count_max, raw_bytes_max));
    return absl::OkStatus();
  }));
  return segments;
}

absl::StatusOr<Swept> PostgresOperatorStore::Sweep(
    const SweepOptions& options) {
  return SweepStore(pool_, options);
}

}  // namespace causeway::push
