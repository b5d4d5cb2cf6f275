#include "services/push_dispatcher/store/source_rows.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/sql_array.h"

namespace causeway::push {
namespace {

constexpr char kSelectSource[] =
    "SELECT id, name, next_position, prefix_sha256, incarnation, "
    "registry_revision,"
    "  generation, position_offset, news_position, news_sha256,"
    "  EXISTS (SELECT FROM upstream_transactions u"
    "          WHERE u.source_id = sources.id) AS upstream "
    "FROM sources WHERE name = $1";

// The compare-and-set. Under READ COMMITTED the condition is evaluated again on
// the newest row once its lock is had.
constexpr char kMoveSource[] =
    "UPDATE sources SET next_position = $5, prefix_sha256 = $6 "
    "WHERE id = $1 AND next_position = $2 AND prefix_sha256 = $3 "
    "AND registry_revision = $4 AND name = $7 RETURNING id";

// The name of the statement for the generation that is written to.
constexpr char kMoveInto[] = "move_source_into_generation";

// One round trip for what nearly every batch is. It names the partitions, since
// to have PostgreSQL find them costs a tenth of a small commit, and their
// parents' locks.
std::string MoveIntoSql(int32_t generation) {
  return absl::StrCat(
      "WITH moved AS ("
      "  UPDATE sources SET next_position = $5, prefix_sha256 = $6"
      "  WHERE id = $1 AND next_position = $2 AND prefix_sha256 = $3"
      "  AND registry_revision = $4 AND name = $16 AND generation = ",
      generation,
      "  RETURNING id, generation"
      "), segment AS ("
      "  INSERT INTO segments_",
      generation,
      "    (source_id, generation, first_position, prefix_sha256, format,"
      "     record_count, raw_bytes, content_id, data)"
      "  SELECT id, generation, $2, $3, $7, $8, $9, $15, $10 FROM moved"
      "), entries AS ("
      "  INSERT INTO queue_entries_",
      generation,
      "    (uid, source_id, generation, last_position, first_position,"
      "     event_count, events, event_total)"
      "  SELECT e.uid, moved.id, moved.generation, e.last_position, $2,"
      "         e.event_count, e.events, e.event_total"
      "  FROM moved, unnest($11::bigint[], $12::bigint[], $13::int[],"
      "                     $14::bytea[], $17::bigint[])"
      "       AS e (uid, last_position, event_count, events, event_total)"
      ") SELECT id FROM moved");
}

// A connection keeps the statement for one generation.
void PrepareMoveInto(pqxx::connection_base& connection, int32_t generation) {
  const std::string sql = MoveIntoSql(generation);
  try {
    connection.prepare(kMoveInto, sql);  // Nothing, if it is that already.
  } catch (const pqxx::argument_error&) {
    connection.unprepare(kMoveInto);
    connection.prepare(kMoveInto, sql);
  }
}

SourceState ReadSource(const pqxx::row& row) {
  return {.id = row["id"].as<SourceId>(),
          .name = row["name"].as<std::string>(),
          .end = {.position = row["next_position"].as<int64_t>(),
                  .prefix_sha256 = ReadBytes(row["prefix_sha256"])},
          .incarnation = row["incarnation"].as<int64_t>(),
          .offset = row["position_offset"].as<int64_t>(),
          .news = {.position = row["news_position"].as<int64_t>(),
                   .prefix_sha256 = ReadBytes(row["news_sha256"])},
          .registry_revision = row["registry_revision"].as<int64_t>(),
          .generation = row["generation"].as<int32_t>(),
          .upstream = row["upstream"].as<bool>()};
}

}  // namespace

std::vector<postgres::PreparedStatement> MoveSourceStatements() {
  return {{"move_source", kMoveSource}};
}

std::optional<SourceState> SelectSource(pqxx::work& work,
                                        absl::string_view name) {
  const pqxx::result rows = work.exec_params(kSelectSource, std::string(name));
  if (rows.empty()) return std::nullopt;
  return ReadSource(rows[0]);
}

void LockSources(pqxx::work& work) {
  work.exec("LOCK TABLE sources IN ROW EXCLUSIVE MODE");
}

// With the revision of the registry that is in force once the lock is had, and
// the newest generation.
void InsertSource(pqxx::work& work, absl::string_view name) {
  work.exec_params(
      "WITH opened AS ("
      "  INSERT INTO sources (name, registry_revision, generation) "
      "  SELECT $1, revision, (SELECT max(id) FROM generations) "
      "  FROM applied_registry ON CONFLICT DO NOTHING RETURNING id) "
      // Where every history of it has been; until that is too long ago.
      "INSERT INTO source_points (source_id, position, prefix_sha256) "
      "SELECT id, 1, decode(repeat('00', 32), 'hex') FROM opened",
      std::string(name));
}

bool MoveSource(pqxx::transaction_base& work, const IngestBatch& batch,
                const EventTotals& totals) {
  const SourceState& before = batch.before;
  const pqxx::binarystring prefix_before(before.end.prefix_sha256);
  const pqxx::binarystring prefix_after(batch.end.prefix_sha256);
  if (!batch.segment.has_value()) {
    return !work.exec_prepared("move_source", before.id, before.end.position,
                               prefix_before, before.registry_revision,
                               batch.end.position, prefix_after, before.name)
                .empty();
  }
  SqlArray uids, last_positions, event_counts, events, event_totals;
  for (const NewQueueEntry& entry : batch.entries) {
    uids.AddInt(entry.uid);
    last_positions.AddInt(entry.last_position);
    event_counts.AddInt(entry.events.count());
    events.AddBytes(entry.events.bits());
    event_totals.AddInt(totals.at(entry.uid) +
                        static_cast<int64_t>(entry.events.count()));
  }
  PrepareMoveInto(work.conn(), before.generation);
  return !work.exec_prepared(
                  kMoveInto, before.id, before.end.position, prefix_before,
                  before.registry_revision, batch.end.position, prefix_after,
                  batch.segment->format, batch.segment->record_count,
                  batch.segment->raw_bytes,
                  pqxx::binarystring(batch.segment->data), uids.str(),
                  last_positions.str(), event_counts.str(), events.str(),
                  batch.segment->content_id, before.name, event_totals.str())
              .empty();
}

}  // namespace causeway::push
