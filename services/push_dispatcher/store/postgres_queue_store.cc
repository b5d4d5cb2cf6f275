#include "services/push_dispatcher/store/postgres_queue_store.h"

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/push_dispatcher/store/queue_head_row.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// LEFT JOIN: an entry without its segment must not just vanish.
constexpr char kReadEntries[] =
    "SELECT w.ordinal, e.source_id, e.first_position, e.last_position,"
    "       e.events, coalesce(s.raw_bytes, 0) AS raw_bytes "
    "FROM unnest($1::int[], $2::bigint[], $3::text[])"
    "     AS w (ordinal, uid, cursors) "
    "CROSS JOIN sources src "
    "CROSS JOIN LATERAL ("
    "  SELECT * FROM queue_entries e"
    "  WHERE e.uid = w.uid AND e.source_id = src.id AND e.last_position >"
    "        coalesce((w.cursors::bigint[])[src.id], 0)"
    "  ORDER BY e.last_position LIMIT $4"
    ") e "
    "LEFT JOIN segments s ON s.source_id = e.source_id"
    "                    AND s.first_position = e.first_position "
    "ORDER BY w.ordinal, e.source_id, e.last_position";

constexpr char kReadSegments[] =
    "SELECT w.ordinal, s.format, s.record_count, s.raw_bytes, s.data "
    "FROM unnest($1::int[], $2::int[], $3::bigint[])"
    "     AS w (ordinal, source_id, first_position) "
    "JOIN segments s USING (source_id, first_position)";

// One statement acknowledges and seals for many queues. Where nothing is
// acknowledged, cursors[1] is set to itself.
constexpr char kWriteHeads[] =
    "UPDATE queues q SET"
    "  cursors[coalesce(w.ack_source_id, 1)] ="
    "    coalesce(w.ack_position, q.cursors[1], 0),"
    "  delivered_transactions = q.delivered_transactions"
    "    + CASE WHEN w.ack_position IS NULL THEN 0 ELSE 1 END,"
    "  delivered_events = q.delivered_events + coalesce(w.ack_events, 0),"
    "  head_txn_id = coalesce(w.txn_id, q.head_txn_id),"
    "  sealed = w.txn_id IS NOT NULL,"
    "  sealed_source_id = w.source_id,"
    "  sealed_last_position = w.last_position,"
    "  sealed_event_count = w.event_count,"
    "  sealed_sha256 = w.sha256,"
    "  sealed_format = w.format "
    "FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bool[],"
    "            $5::int[], $6::bigint[], $7::int[],"
    "            $8::text[], $9::int[], $10::bigint[], $11::int[],"
    "            $12::bytea[], $13::int[])"
    "  AS w (uid, epoch, expected_txn_id, expected_sealed,"
    "        ack_source_id, ack_position, ack_events,"
    "        txn_id, source_id, last_position, event_count, sha256, format) "
    "WHERE q.uid = w.uid AND q.epoch = w.epoch"
    "  AND q.head_txn_id = w.expected_txn_id AND q.sealed = w.expected_sealed "
    "RETURNING q.uid";

// Kept: an attempt of the retired ID may have been taken although it timed out,
// so its events may be a repeat (hard case 10).
constexpr char kRecordRetired[] =
    "INSERT INTO audit_records (actor, action, uid, appservice_id, reason) "
    "SELECT 'push_dispatcher', 'transaction_retired', a.uid, a.appservice_id,"
    "       $2 "
    "FROM appservices a WHERE a.uid = $1";

// The columns of kWriteHeads.
struct WriteColumns {
  explicit WriteColumns(absl::Span<const OwnedWrite> writes) {
    for (const OwnedWrite& owned : writes) Add(owned.uid, owned.write);
  }

  void Add(AppserviceUid uid, const QueueWrite& write) {
    uids.AddInt(uid);
    epochs.AddInt(write.epoch);
    expected_txn_ids.AddText(write.expected_txn_id);
    expected_sealeds.AddText(write.expected_sealed ? "t" : "f");
    if (write.acknowledgement.has_value()) {
      ack_source_ids.AddInt(write.acknowledgement->source_id);
      ack_positions.AddInt(write.acknowledgement->last_position);
      ack_events.AddInt(write.acknowledgement->event_count);
    } else {
      for (SqlArray* column : {&ack_source_ids, &ack_positions, &ack_events}) {
        column->AddNull();
      }
    }
    if (write.seal.has_value()) {
      txn_ids.AddText(write.seal->txn_id);
      source_ids.AddInt(write.seal->source_id);
      last_positions.AddInt(write.seal->last_position);
      event_counts.AddInt(write.seal->event_count);
      sha256s.AddBytes(write.seal->body_sha256);
      formats.AddInt(write.seal->body_format);
    } else {
      for (SqlArray* column : {&txn_ids, &source_ids, &last_positions,
                               &event_counts, &sha256s, &formats}) {
        column->AddNull();
      }
    }
  }

  SqlArray uids, epochs, expected_txn_ids, expected_sealeds;
  SqlArray ack_source_ids, ack_positions, ack_events;
  SqlArray txn_ids, source_ids, last_positions, event_counts, sha256s, formats;
};

void RecordRetired(pqxx::work& work, const OwnedWrite& owned) {
  work.exec_params(
      kRecordRetired, owned.uid,
      absl::StrCat("413 for ", owned.write.expected_txn_id, " at attempt ",
                   *owned.write.retired_after_attempts, "; ",
                   owned.write.seal->event_count,
                   " of its events go out again as ",
                   owned.write.seal->txn_id));
}

}  // namespace

std::vector<postgres::PreparedStatement> PostgresQueueStore::Statements() {
  return {{"read_entries", kReadEntries},
          {"read_segments", kReadSegments},
          {"write_heads", kWriteHeads}};
}

absl::StatusOr<std::vector<std::vector<QueueEntry>>>
PostgresQueueStore::ReadEntries(absl::Span<const EntriesQuery> queries,
                                int32_t entries_max) {
  SqlArray ordinals, uids, cursors;
  for (size_t i = 0; i < queries.size(); ++i) {
    ordinals.AddInt(static_cast<int64_t>(i));
    uids.AddInt(queries[i].uid);
    cursors.AddText(absl::StrCat(
        "{", absl::StrJoin(queries[i].after.positions(), ","), "}"));
  }
  std::vector<std::vector<QueueEntry>> results(queries.size());
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row :
         work.exec_prepared("read_entries", ordinals.str(), uids.str(),
                            cursors.str(), entries_max)) {
      results[row["ordinal"].as<size_t>()].push_back(
          {.segment = {.source_id = row["source_id"].as<SourceId>(),
                       .first_position = row["first_position"].as<int64_t>()},
           .last_position = row["last_position"].as<int64_t>(),
           .events = EventSet(ReadBytes(row["events"])),
           .segment_raw_bytes = row["raw_bytes"].as<int64_t>()});
    }
    return absl::OkStatus();
  }));
  return results;
}

absl::StatusOr<std::vector<EncodedSegment>> PostgresQueueStore::ReadSegments(
    absl::Span<const SegmentKey> keys) {
  SqlArray ordinals, source_ids, first_positions;
  for (size_t i = 0; i < keys.size(); ++i) {
    ordinals.AddInt(static_cast<int64_t>(i));
    source_ids.AddInt(keys[i].source_id);
    first_positions.AddInt(keys[i].first_position);
  }
  std::vector<EncodedSegment> segments(keys.size());
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    const pqxx::result rows =
        work.exec_prepared("read_segments", ordinals.str(), source_ids.str(),
                           first_positions.str());
    if (rows.size() != keys.size()) {
      return absl::DataLossError("a segment that a queue needs is missing");
    }
    for (const pqxx::row& row : rows) {
      segments[row["ordinal"].as<size_t>()] = {
          .format = row["format"].as<int32_t>(),
          .record_count = row["record_count"].as<int32_t>(),
          .raw_bytes = row["raw_bytes"].as<int64_t>(),
          .data = ReadBytes(row["data"])};
    }
    return absl::OkStatus();
  }));
  return segments;
}

absl::StatusOr<std::vector<bool>> PostgresQueueStore::Write(
    absl::Span<const OwnedWrite> writes) {
  const WriteColumns c(writes);
  absl::flat_hash_map<AppserviceUid, size_t> ordinals;
  for (size_t i = 0; i < writes.size(); ++i) ordinals[writes[i].uid] = i;
  std::vector<bool> done(writes.size(), false);
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_prepared(
             "write_heads", c.uids.str(), c.epochs.str(),
             c.expected_txn_ids.str(), c.expected_sealeds.str(),
             c.ack_source_ids.str(), c.ack_positions.str(), c.ack_events.str(),
             c.txn_ids.str(), c.source_ids.str(), c.last_positions.str(),
             c.event_counts.str(), c.sha256s.str(), c.formats.str())) {
      const size_t i = ordinals[row[0].as<AppserviceUid>()];
      done[i] = true;
      if (writes[i].write.retired_after_attempts.has_value()) {
        RecordRetired(work, writes[i]);
      }
    }
    return absl::OkStatus();
  }));
  return done;
}

absl::StatusOr<std::vector<std::optional<QueueHead>>>
PostgresQueueStore::ReadHeads(absl::Span<const OwnedHead> queues) {
  SqlArray uids;
  absl::flat_hash_map<AppserviceUid, size_t> ordinals;
  for (size_t i = 0; i < queues.size(); ++i) {
    uids.AddInt(queues[i].uid);
    ordinals[queues[i].uid] = i;
  }
  std::vector<std::optional<QueueHead>> heads(queues.size());
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_params(
             absl::StrCat("SELECT q.uid, q.epoch, ", kQueueHeadColumns,
                          " FROM queues q WHERE q.uid = ANY ($1::bigint[]) "
                          "ORDER BY q.uid FOR UPDATE"),
             uids.str())) {
      const size_t i = ordinals[row["uid"].as<AppserviceUid>()];
      if (row["epoch"].as<Epoch>() == queues[i].epoch) {
        heads[i] = ReadQueueHead(row);
      }
    }
    return absl::OkStatus();
  }));
  return heads;
}

}  // namespace causeway::push
