#include "services/push_dispatcher/store/postgres_sweep.h"

#include <algorithm>
#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/record_rows.h"
#include "services/push_dispatcher/store/source_history_rows.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/push_dispatcher/store/sweep_rules.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// Generation 0 is truncated when it is worth it: it has so much of a
// generation's bytes.
constexpr int64_t kBytesPerMovedBytes = 4;

// Of one kind, in one call.
constexpr int32_t kExpiredMax = 1000;

// Entries of one generation that lie before their queue. `columns` of
// `queue_entries AS e`.
std::string WantedSql(absl::string_view columns, int32_t generation) {
  return absl::StrCat("SELECT ", columns,
                      " FROM queues q CROSS JOIN sources src ",
                      "CROSS JOIN LATERAL ("
                      "  SELECT * FROM queue_entries e"
                      "  WHERE e.generation = ",
                      generation,
                      "    AND e.uid = q.uid AND e.source_id = src.id"
                      "    AND e.last_position > coalesce(q.cursors[src.id], 0)"
                      ") e ");
}

// Another replica may have dropped it.
bool Exists(pqxx::work& work, const Generation& generation) {
  return !work.exec(absl::StrCat("SELECT FROM generations WHERE id = ",
                                 generation.id))
              .empty();
}

// One call of SweepStore().
class Sweep {
 public:
  Sweep(postgres::Pool& pool, const SweepOptions& options)
      : pool_(pool), options_(options) {}

  absl::StatusOr<Swept> Run() {
    // First: what else there is may fail, or take minutes.
    CAUSEWAY_RETURN_IF_ERROR(Step([&](pqxx::work& work) {
      KeepSourcePoints(work, options_.source_point_interval);
    }));
    CAUSEWAY_RETURN_IF_ERROR(Look());
    CAUSEWAY_RETURN_IF_ERROR(OpenNext());
    for (size_t i = 1; i + 1 < generations_.size(); ++i) {
      if (generations_[i].id >= oldest_written_) break;
      // It was closed when the next one was made, or before.
      CAUSEWAY_RETURN_IF_ERROR(
          TryToDrop(generations_[i], generations_[i + 1].age));
    }
    CAUSEWAY_RETURN_IF_ERROR(DeleteMoved());
    CAUSEWAY_RETURN_IF_ERROR(ExpireSetAside());
    CAUSEWAY_RETURN_IF_ERROR(ForgetRecords());
    return swept_;
  }

 private:
  // A step. Not done while another replica is at one, or when a lock can't be
  // had.
  absl::Status Step(absl::FunctionRef<void(pqxx::work&)> body) {
    const absl::Status done = pool_.Run([&](pqxx::work& work) {
      work.exec("SET LOCAL lock_timeout = '50ms'");
      if (work.exec1("SELECT pg_try_advisory_xact_lock(hashtextextended("
                     "'causeway push_dispatcher sweep', 0))")[0]
              .as<bool>()) {
        body(work);
      }
      return absl::OkStatus();
    });
    return absl::IsAborted(done) ? absl::OkStatus() : done;
  }

  absl::Status Look();
  absl::Status OpenNext();
  absl::Status TryToDrop(const Generation& generation,
                         absl::Duration closed_for);
  absl::StatusOr<WantedOfGeneration> MeasureWanted(
      const Generation& generation);
  absl::Status DeleteMoved();
  absl::Status ExpireSetAside();
  absl::Status ForgetRecords();

  postgres::Pool& pool_;
  const SweepOptions& options_;
  Swept swept_;
  std::vector<Generation> generations_;  // By id, which is by age.
  // The oldest that a source names, before this call. All but 0 that are older
  // are closed: nothing is added to them any more.
  int32_t oldest_written_ = 0;
};

absl::Status Sweep::Look() {
  return pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row :
         work.exec("SELECT g.id, coalesce(pg_total_relation_size(s.oid), 0) +"
                   "    coalesce(pg_total_relation_size(e.oid), 0) AS bytes,"
                   "  coalesce(pg_relation_size(s.oid), 0) = 0 AS empty,"
                   "  extract(epoch FROM now() - g.create_time)::float8 AS age "
                   "FROM generations g CROSS JOIN LATERAL (SELECT"
                   "    to_regclass('segments_' || g.id)::oid) AS s (oid) "
                   "  CROSS JOIN LATERAL (SELECT"
                   "    to_regclass('queue_entries_' || g.id)::oid) AS e (oid) "
                   "ORDER BY g.id")) {
      generations_.push_back({.id = row["id"].as<int32_t>(),
                              .bytes = row["bytes"].as<int64_t>(),
                              .empty = row["empty"].as<bool>(),
                              .age = absl::Seconds(row["age"].as<double>())});
      swept_.stored_bytes += generations_.back().bytes;
    }
    swept_.generations = static_cast<int64_t>(generations_.size());
    oldest_written_ =
        work.exec1(
                "SELECT coalesce(min(generation),"
                "  (SELECT max(id) FROM generations)) FROM sources")[0]
            .as<int32_t>();
    return absl::OkStatus();
  });
}

absl::Status Sweep::OpenNext() {
  const Generation& newest = generations_.back();
  if (!IsFull(options_, newest, swept_.stored_bytes)) return absl::OkStatus();
  return Step([&](pqxx::work& work) {
    // Another replica may just have done it.
    const int32_t id =
        work.exec1("SELECT max(id) FROM generations")[0].as<int32_t>();
    if (id == newest.id) work.exec("SELECT open_generation()");
  });
}

absl::StatusOr<WantedOfGeneration> Sweep::MeasureWanted(
    const Generation& generation) {
  WantedOfGeneration wanted;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    const pqxx::row row = work.exec1(
        absl::StrCat("WITH wanted AS MATERIALIZED (",
                     WantedSql("e.source_id, e.first_position", generation.id),
                     "LIMIT ", kMovedEntriesMax + 1,
                     ") SELECT count(*) AS entry_count, CASE WHEN count(*) <= ",
                     kMovedEntriesMax,
                     " THEN (SELECT sum(pg_column_size(s.data))"
                     "       FROM (SELECT DISTINCT * FROM wanted) w"
                     "       JOIN segments s ON s.generation = ",
                     generation.id,
                     "        AND s.source_id = w.source_id"
                     "        AND s.first_position = w.first_position)"
                     " END AS bytes FROM wanted"));
    wanted.entry_count = row["entry_count"].as<int64_t>();
    wanted.bytes = row["bytes"].as<int64_t>(0);
    return absl::OkStatus();
  }));
  return wanted;
}

// Closed: less and less of it is wanted, never more.
absl::Status Sweep::TryToDrop(const Generation& generation,
                              absl::Duration closed_for) {
  CAUSEWAY_ASSIGN_OR_RETURN(const WantedOfGeneration wanted,
                            MeasureWanted(generation));
  if (!IsToBeDropped(options_, generation, wanted, closed_for)) {
    return absl::OkStatus();
  }
  const std::string id = absl::StrCat("(", generation.id, ")");
  if (wanted.entry_count > 0) {
    // So that nothing is moved for a drop that fails.
    bool quiet = false;
    CAUSEWAY_RETURN_IF_ERROR(Step([&](pqxx::work& work) {
      if (!Exists(work, generation)) return;
      work.exec("SELECT lock_generation" + id);
      quiet = true;
    }));
    if (!quiet) return absl::OkStatus();
  }
  bool dropped = false;
  CAUSEWAY_RETURN_IF_ERROR(Step([&](pqxx::work& work) {
    if (!Exists(work, generation)) return;
    work.exec("SET LOCAL statement_timeout = '10min'");  // Nobody waits.
    // Also if nothing was wanted: since it was measured, the store may have
    // gone back to when something was.
    work.exec(absl::StrCat(
        "WITH moved AS ("
        "  INSERT INTO queue_entries (generation, uid, source_id,"
        "    last_position, first_position, event_count, events,"
        "    event_total) ",
        WantedSql("0, e.uid, e.source_id, e.last_position, e.first_position,"
                  "e.event_count, e.events, e.event_total",
                  generation.id),
        "  RETURNING source_id, first_position"
        ") INSERT INTO segments (generation, source_id, first_position,"
        "    prefix_sha256, format, record_count, raw_bytes, content_id,"
        "    data,"
        "    create_time) "
        "  SELECT 0, s.source_id, s.first_position, s.prefix_sha256,"
        "    s.format, s.record_count, s.raw_bytes, s.content_id, s.data,"
        "    s.create_time"
        "  FROM (SELECT DISTINCT * FROM moved) m"
        "  JOIN segments s ON s.generation = ",
        generation.id,
        "   AND s.source_id = m.source_id"
        "   AND s.first_position = m.first_position"));
    work.exec("SELECT drop_generation" + id);
    dropped = true;
  }));
  if (dropped) ++swept_.dropped_generations;
  return absl::OkStatus();
}

// Entries of generation 0 that are done with, or whose queue was dropped; each
// at most options_.entries_max. Should the queue have been made again, they lie
// behind its cursors.
pqxx::result DeleteEntries(pqxx::work& work, int32_t entries_max) {
  return work.exec_params(
      "WITH acknowledged AS ("
      "  SELECT e.* FROM queues q CROSS JOIN sources src CROSS JOIN LATERAL ("
      "    SELECT uid, source_id, last_position FROM queue_entries e"
      "    WHERE e.generation = 0 AND e.uid = q.uid AND e.source_id = src.id"
      "      AND e.last_position <= coalesce(q.cursors[src.id], 0)"
      "    ORDER BY e.uid, e.source_id, e.last_position LIMIT $1"
      "  ) e LIMIT $1"
      "), abandoned AS ("
      "  SELECT e.* FROM appservices a CROSS JOIN LATERAL ("
      "    SELECT uid, source_id, last_position FROM queue_entries e"
      "    WHERE e.generation = 0 AND e.uid = a.uid LIMIT $1"
      "  ) e WHERE a.sweep_entries"
      "    AND NOT EXISTS (SELECT FROM queues q WHERE q.uid = a.uid) LIMIT $1"
      ") DELETE FROM queue_entries e"
      "  USING (SELECT * FROM acknowledged UNION SELECT * FROM abandoned) d"
      "  WHERE e.generation = 0 AND e.uid = d.uid"
      "    AND e.source_id = d.source_id AND e.last_position = d.last_position"
      "  RETURNING e.source_id, e.first_position",
      entries_max);
}

// Of generation 0: those of `entries`, which are deleted, that no other names.
int64_t DeleteSegments(pqxx::work& work, const pqxx::result& entries) {
  SqlArray source_ids, first_positions;
  for (const pqxx::row& row : entries) {
    source_ids.AddInt(row[0].as<int32_t>());
    first_positions.AddInt(row[1].as<int64_t>());
  }
  return static_cast<int64_t>(
      work.exec_params(
              "DELETE FROM segments s"
              "  USING unnest($1::int[], $2::bigint[])"
              "    AS d (source_id, first_position)"
              "  WHERE s.generation = 0 AND s.source_id = d.source_id"
              "    AND s.first_position = d.first_position"
              "    AND NOT EXISTS (SELECT FROM queue_entries e"
              "                    WHERE e.generation = 0"
              "                      AND e.source_id = d.source_id"
              "                      AND e.first_position = d.first_position)",
              source_ids.str(), first_positions.str())
          .affected_rows());
}

absl::Status Sweep::DeleteMoved() {
  const Generation& moved = generations_.front();
  if (moved.empty) return absl::OkStatus();
  CAUSEWAY_RETURN_IF_ERROR(Step([&](pqxx::work& work) {
    const pqxx::result entries = DeleteEntries(work, options_.entries_max);
    swept_.entry_count = static_cast<int64_t>(entries.size());
    if (!entries.empty()) swept_.segment_count = DeleteSegments(work, entries);
    work.exec(
        "UPDATE appservices a SET sweep_entries = false WHERE a.sweep_entries "
        "AND (EXISTS (SELECT FROM queues q WHERE q.uid = a.uid) OR NOT EXISTS"
        "     (SELECT FROM queue_entries e"
        "      WHERE e.generation = 0 AND e.uid = a.uid))");
  }));
  swept_.more = swept_.entry_count >= options_.entries_max;
  if (swept_.more ||
      moved.bytes * kBytesPerMovedBytes < options_.generation_bytes) {
    return absl::OkStatus();
  }
  return Step(
      [&](pqxx::work& work) { work.exec("SELECT truncate_generation_0()"); });
}

absl::Status Sweep::ExpireSetAside() {
  if (options_.set_aside_retention == absl::InfiniteDuration()) {
    return absl::OkStatus();
  }
  return Step([&](pqxx::work& work) {
    for (const pqxx::row& row :
         work.exec_params("UPDATE set_aside_transactions s SET body = NULL,"
                          "  expire_time = now() "
                          "FROM (SELECT uid, txn_id FROM set_aside_transactions"
                          "      WHERE body IS NOT NULL"
                          "        AND settle_time <= now() - $1::float8 * "
                          "interval '1 second'"
                          "      ORDER BY settle_time LIMIT $2) AS old "
                          "WHERE s.uid = old.uid AND s.txn_id = old.txn_id "
                          "RETURNING s.uid, s.txn_id, s.event_count",
                          absl::ToDoubleSeconds(options_.set_aside_retention),
                          kExpiredMax)) {
      KeepRecords(
          work, kDispatcherActor, row[0].as<AppserviceUid>(),
          ExpiryRecords(row[1].as<std::string>(), row[2].as<int32_t>()));
    }
  });
}

// Audit records are as old as their IDs, but for those of transactions that
// overlapped; and of what is set aside, what still has its bytes stays.
absl::Status Sweep::ForgetRecords() {
  if (options_.record_retention == absl::InfiniteDuration()) {
    return absl::OkStatus();
  }
  const double seconds = absl::ToDoubleSeconds(options_.record_retention);
  CAUSEWAY_RETURN_IF_ERROR(Step([&](pqxx::work& work) {
    swept_.set_aside_count = static_cast<int64_t>(
        work.exec_params(
                "DELETE FROM set_aside_transactions s"
                "  USING (SELECT uid, txn_id FROM set_aside_transactions"
                "         WHERE body IS NULL"
                "           AND settle_time <= now() - $1::float8 *"
                "             interval '1 second'"
                "         ORDER BY settle_time LIMIT $2) AS old "
                "WHERE s.uid = old.uid AND s.txn_id = old.txn_id",
                seconds, kExpiredMax)
            .affected_rows());
    swept_.audit_record_count = static_cast<int64_t>(
        work.exec_params(
                "DELETE FROM audit_records a"
                "  USING (SELECT id FROM audit_records ORDER BY id LIMIT $2)"
                "    AS old "
                "WHERE a.id = old.id"
                "  AND a.create_time <= now() - $1::float8 *"
                "    interval '1 second'",
                seconds, kExpiredMax)
            .affected_rows());
  }));
  swept_.more = swept_.more || swept_.set_aside_count >= kExpiredMax ||
                swept_.audit_record_count >= kExpiredMax;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Swept> SweepStore(postgres::Pool& pool,
                                 const SweepOptions& options) {
  return Sweep(pool, options).Run();
}

}  // namespace causeway::push
