#include "services/push_dispatcher/store/postgres_queue_store.h"

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/record_rows.h"
#include "services/push_dispatcher/store/sealed_list.h"
#include "services/push_dispatcher/store/set_aside.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// The function is migrations/0018; 0010 and 0013 tell why it is as it is.
constexpr char kReadEntries[] =
    "SELECT * FROM read_queue_entries($1::bigint[], $2::text[], $3::int) "
    "ORDER BY ordinal, source_id, last_position";

constexpr char kReadSegments[] =
    "SELECT w.ordinal, s.format, s.record_count, s.raw_bytes, s.content_id,"
    "  s.data "
    "FROM unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[])"
    "     AS w (ordinal, source_id, first_position, content_id) "
    "JOIN segments s USING (source_id, first_position, content_id)";

// One statement settles and seals for many queues. `from` gives the rows.
std::string WriteHeadsSql(absl::string_view from) {
  return absl::StrCat(
      "UPDATE queues q SET"
      "  cursors = w.cursors::bigint[],"
      "  head_txn_id = w.txn_id,"
      "  sealed_transactions = w.sealed,"
      "  delivered_transactions = q.delivered_transactions + w.transactions,"
      "  delivered_events = q.delivered_events + w.events,"
      "  body_bytes_max_learned ="
      "    coalesce(w.body_bytes_max_learned, q.body_bytes_max_learned) "
      "FROM ",
      from,
      "  AS w (uid, epoch, expected_txn_id, expected_sealed_count,"
      "        cursors, txn_id, sealed, transactions,"
      "        events, body_bytes_max_learned, nonce) "
      "WHERE q.uid = w.uid AND q.epoch = w.epoch AND q.lease_nonce = w.nonce"
      "  AND q.head_txn_id = w.expected_txn_id"
      "  AND jsonb_array_length(q.sealed_transactions) ="
      "      w.expected_sealed_count"
      // Found once for all, not for each.
      "  AND q.uid NOT IN ("
      "    SELECT t.uid FROM unnest($12::bigint[], $13::int[], $14::bigint[])"
      "      AS t (uid, source_id, last_position)"
      "      LEFT JOIN sources s ON s.id = t.source_id"
      "    WHERE t.last_position >= coalesce(s.next_position, 1)) "
      "RETURNING q.uid");
}

constexpr char kManyHeads[] =
    "unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[],"
    "       $5::text[], $6::text[], $7::jsonb[], $8::int[],"
    "       $9::bigint[], $10::bigint[], $11::text[])";

// The same of arrays of one. What the planner can pull up takes half the time:
// a queue that is alone at work waits for this once a transaction.
constexpr char kOneHead[] =
    "(SELECT ($1::bigint[])[1], ($2::bigint[])[1], ($3::text[])[1],"
    "        ($4::int[])[1], ($5::text[])[1], ($6::text[])[1],"
    "        ($7::jsonb[])[1], ($8::int[])[1], ($9::bigint[])[1],"
    "        ($10::bigint[])[1], ($11::text[])[1])";

// The columns of WriteHeadsSql().
struct WriteColumns {
  explicit WriteColumns(absl::Span<const OwnedWrite> writes) {
    for (const OwnedWrite& owned : writes) Add(owned.uid, owned.write);
  }

  void Add(AppserviceUid uid, const QueueWrite& write) {
    uids.AddInt(uid);
    epochs.AddInt(write.epoch);
    nonces.AddText(write.nonce);
    expected_txn_ids.AddText(write.expected_txn_id);
    expected_sealed_counts.AddInt(write.expected_sealed_count);
    cursors.AddText(CursorsSql(write.after.cursors));
    txn_ids.AddText(write.after.txn_id);
    sealed.AddText(SealedListJson(write.after.sealed));
    for (const SealedTransaction& one : write.after.sealed) {
      sealed_uids.AddInt(uid);
      sealed_source_ids.AddInt(one.source_id);
      sealed_last_positions.AddInt(one.last_position);
    }
    int64_t transaction_count = 0;
    int64_t event_count = 0;
    for (const QueueWrite::Settled& settled : write.settled) {
      if (settled.settlement.kind != Settlement::Kind::kAcknowledged) continue;
      ++transaction_count;
      event_count += settled.sealed.event_count;
    }
    transactions.AddInt(transaction_count);
    events.AddInt(event_count);
    if (write.retired.has_value()) {
      body_bytes_max_learned.AddInt(write.retired->body_bytes_max_learned);
    } else {
      body_bytes_max_learned.AddNull();
    }
  }

  SqlArray uids, epochs, nonces, expected_txn_ids, expected_sealed_counts;
  SqlArray cursors, txn_ids, sealed;
  SqlArray transactions, events, body_bytes_max_learned;
  // One for each that is sealed.
  SqlArray sealed_uids, sealed_source_ids, sealed_last_positions;
};

// The cursors of queues that will have records, which tell where each of them
// begins. The rows stay locked until the write.
absl::flat_hash_map<AppserviceUid, Cursors> LockCursors(
    pqxx::work& work,
    const absl::flat_hash_map<AppserviceUid, const QueueWrite*>& writes) {
  absl::flat_hash_map<AppserviceUid, Cursors> cursors;
  SqlArray uids;
  for (const auto& [uid, write] : writes) uids.AddInt(uid);
  for (const pqxx::row& row : work.exec_params(
           "SELECT uid, array_to_string(cursors, ',', '0') FROM queues "
           "WHERE uid = ANY ($1::bigint[]) ORDER BY uid FOR UPDATE",
           uids.str())) {
    cursors[row[0].as<AppserviceUid>()] =
        Cursors(ReadSqlIntegers(row[1].c_str()));
  }
  return cursors;
}

// Which of them, `count` in number, were still as expected.
std::vector<AppserviceUid> WriteHeads(pqxx::transaction_base& work,
                                      size_t count, const WriteColumns& c) {
  std::vector<AppserviceUid> written;
  for (const pqxx::row& row : work.exec_prepared(
           count == 1 ? "write_head" : "write_heads", c.uids.str(),
           c.epochs.str(), c.expected_txn_ids.str(),
           c.expected_sealed_counts.str(), c.cursors.str(), c.txn_ids.str(),
           c.sealed.str(), c.transactions.str(), c.events.str(),
           c.body_bytes_max_learned.str(), c.nonces.str(), c.sealed_uids.str(),
           c.sealed_source_ids.str(), c.sealed_last_positions.str())) {
    written.push_back(row[0].as<AppserviceUid>());
  }
  return written;
}

}  // namespace

std::vector<postgres::PreparedStatement> PostgresQueueStore::Statements() {
  return {{"read_entries", kReadEntries},
          {"read_segments", kReadSegments},
          {"write_head", WriteHeadsSql(kOneHead)},
          {"write_heads", WriteHeadsSql(kManyHeads)}};
}

absl::StatusOr<std::vector<std::vector<QueueEntry>>>
PostgresQueueStore::ReadEntries(absl::Span<const EntriesQuery> queries,
                                int32_t entries_max) {
  SqlArray uids, cursors;
  for (const EntriesQuery& query : queries) {
    uids.AddInt(query.uid);
    cursors.AddText(CursorsSql(query.after));
  }
  std::vector<std::vector<QueueEntry>> results(queries.size());
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_prepared(
             "read_entries", uids.str(), cursors.str(), entries_max)) {
      results[row["ordinal"].as<size_t>() - 1].push_back(
          {.segment = {.source_id = row["source_id"].as<SourceId>(),
                       .first_position = row["first_position"].as<int64_t>(),
                       .content_id = row["content_id"].as<int64_t>()},
           .last_position = row["last_position"].as<int64_t>(),
           .events = EventSet(ReadBytes(row["events"])),
           .segment_raw_bytes = row["raw_bytes"].as<int64_t>(),
           .publish_time =
               absl::FromUnixMillis(row["publish_unix_ms"].as<int64_t>())});
    }
    return absl::OkStatus();
  }));
  return results;
}

absl::StatusOr<std::vector<EncodedSegment>> PostgresQueueStore::ReadSegments(
    absl::Span<const SegmentKey> keys) {
  SqlArray ordinals, source_ids, first_positions, content_ids;
  for (size_t i = 0; i < keys.size(); ++i) {
    ordinals.AddInt(static_cast<int64_t>(i));
    source_ids.AddInt(keys[i].source_id);
    first_positions.AddInt(keys[i].first_position);
    content_ids.AddInt(keys[i].content_id);
  }
  std::vector<EncodedSegment> segments(keys.size());
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    const pqxx::result rows =
        work.exec_prepared("read_segments", ordinals.str(), source_ids.str(),
                           first_positions.str(), content_ids.str());
    if (rows.size() != keys.size()) {
      return absl::DataLossError("a segment that a queue needs is missing");
    }
    for (const pqxx::row& row : rows) {
      segments[row["ordinal"].as<size_t>()] = {
          .format = row["format"].as<int32_t>(),
          .record_count = row["record_count"].as<int32_t>(),
          .raw_bytes = row["raw_bytes"].as<int64_t>(),
          .content_id = row["content_id"].as<int64_t>(),
          .data = ReadBytes(row["data"])};
    }
    return absl::OkStatus();
  }));
  return segments;
}

absl::StatusOr<std::vector<bool>> PostgresQueueStore::Write(
    absl::Span<const OwnedWrite> writes) {
  const WriteColumns columns(writes);
  std::vector<AppserviceUid> written;
  auto write_heads = [&](pqxx::transaction_base& work) {
    written = WriteHeads(work, writes.size(), columns);
    return absl::OkStatus();
  };
  absl::flat_hash_map<AppserviceUid, const QueueWrite*> with_records;
  for (const OwnedWrite& owned : writes) {
    if (LeavesRecords(owned.write)) with_records[owned.uid] = &owned.write;
  }
  if (with_records.empty()) {
    CAUSEWAY_RETURN_IF_ERROR(pool_.RunAlone(write_heads));
  } else {
    CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
      const auto cursors = LockCursors(work, with_records);
      CAUSEWAY_RETURN_IF_ERROR(write_heads(work));
      for (AppserviceUid uid : written) {
        const auto write = with_records.find(uid);
        if (write == with_records.end()) continue;
        KeepRecords(work, kDispatcherActor, uid,
                    RecordsOf(*write->second, cursors.at(uid)));
      }
      return absl::OkStatus();
    }));
  }
  const absl::flat_hash_set<AppserviceUid> done(written.begin(), written.end());
  std::vector<bool> results;
  results.reserve(writes.size());
  for (const OwnedWrite& owned : writes) {
    results.push_back(done.contains(owned.uid));
  }
  return results;
}

absl::StatusOr<std::vector<std::optional<RaisedHead>>>
PostgresQueueStore::ReadHeads(absl::Span<const OwnedHead> queues) {
  SqlArray uids, epochs, nonces;
  absl::flat_hash_map<AppserviceUid, size_t> ordinals;
  for (size_t i = 0; i < queues.size(); ++i) {
    uids.AddInt(queues[i].uid);
    epochs.AddInt(queues[i].epoch);
    nonces.AddText(queues[i].nonce);
    ordinals[queues[i].uid] = i;
  }
  std::vector<std::optional<RaisedHead>> heads(queues.size());
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    for (const pqxx::row& row : work.exec_params(
             absl::StrCat(
                 "UPDATE queues q SET epoch = q.epoch + 1 "
                 "FROM unnest($1::bigint[], $2::bigint[], $3::text[])"
                 "  AS w (uid, epoch, nonce) "
                 "WHERE q.uid = w.uid AND q.epoch = w.epoch"
                 "  AND q.lease_nonce = w.nonce RETURNING q.uid, q.epoch, ",
                 kQueueHeadColumns),
             uids.str(), epochs.str(), nonces.str())) {
      absl::StatusOr<QueueHead> head = ReadQueueHead(row);
      if (!head.ok()) continue;  // The next round of leases says why.
      heads[ordinals[row["uid"].as<AppserviceUid>()]] = {
          .epoch = row["epoch"].as<Epoch>(), .head = *std::move(head)};
    }
    return absl::OkStatus();
  }));
  return heads;
}

}  // namespace causeway::push
