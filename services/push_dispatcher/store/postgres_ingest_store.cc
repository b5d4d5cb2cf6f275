#include "services/push_dispatcher/store/postgres_ingest_store.h"

#include <pqxx/pqxx>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr char kSelectSource[] =
    "SELECT id, next_position, prefix_sha256, incarnation, registry_revision "
    "FROM sources WHERE name = $1";

// The compare-and-set. Under READ COMMITTED the condition is evaluated again on
// the newest row once its lock is had.
constexpr char kMoveSource[] =
    "UPDATE sources SET next_position = $5, prefix_sha256 = $6 "
    "WHERE id = $1 AND next_position = $2 AND prefix_sha256 = $3 "
    "AND registry_revision = $4 RETURNING id";

// One round trip for what nearly every batch is.
constexpr char kMoveSourceWithSegment[] =
    "WITH moved AS ("
    "  UPDATE sources SET next_position = $5, prefix_sha256 = $6"
    "  WHERE id = $1 AND next_position = $2 AND prefix_sha256 = $3"
    "  AND registry_revision = $4 RETURNING id"
    "), segment AS ("
    "  INSERT INTO segments (source_id, first_position, prefix_sha256, format,"
    "                        record_count, raw_bytes, data)"
    "  SELECT id, $2, $3, $7, $8, $9, $10 FROM moved"
    "), entries AS ("
    "  INSERT INTO queue_entries (uid, source_id, last_position,"
    "                             first_position, event_count, events)"
    "  SELECT e.uid, moved.id, e.last_position, $2, e.event_count, e.events"
    "  FROM moved, unnest($11::bigint[], $12::bigint[], $13::int[],"
    "                     $14::bytea[])"
    "       AS e (uid, last_position, event_count, events)"
    ") SELECT id FROM moved";

SourceState ReadSource(const pqxx::row& row) {
  return {.id = row["id"].as<SourceId>(),
          .end = {.position = row["next_position"].as<int64_t>(),
                  .prefix_sha256 = ReadBytes(row["prefix_sha256"])},
          .incarnation = row["incarnation"].as<int64_t>(),
          .registry_revision = row["registry_revision"].as<int64_t>()};
}

// Whether the source was where the batch says.
bool MoveSource(pqxx::work& work, const IngestBatch& batch) {
  const SourceState& before = batch.before;
  const pqxx::binarystring prefix_before(before.end.prefix_sha256);
  const pqxx::binarystring prefix_after(batch.end.prefix_sha256);
  if (!batch.segment.has_value()) {
    return !work.exec_prepared("move_source", before.id, before.end.position,
                               prefix_before, before.registry_revision,
                               batch.end.position, prefix_after)
                .empty();
  }
  SqlArray uids, last_positions, event_counts, events;
  for (const NewQueueEntry& entry : batch.entries) {
    uids.AddInt(entry.uid);
    last_positions.AddInt(entry.last_position);
    event_counts.AddInt(entry.events.count());
    events.AddBytes(entry.events.bits());
  }
  return !work.exec_prepared(
                  "move_source_with_segment", before.id, before.end.position,
                  prefix_before, before.registry_revision, batch.end.position,
                  prefix_after, batch.segment->format,
                  batch.segment->record_count, batch.segment->raw_bytes,
                  pqxx::binarystring(batch.segment->data), uids.str(),
                  last_positions.str(), event_counts.str(), events.str())
              .empty();
}

// Inserts and deletes (source_id, room_id, X) in `table`, whose third column is
// `column`. Both are constants of this file.
void ChangeRooms(
    pqxx::work& work, absl::string_view table, absl::string_view column,
    SourceId source_id,
    const std::vector<std::pair<const std::string*, const std::string*>>& rows,
    bool insert) {
  if (rows.empty()) return;
  SqlArray room_ids, values;
  for (const auto& [room_id, value] : rows) {
    room_ids.AddText(*room_id);
    values.AddText(*value);
  }
  const std::string sql =
      insert ? absl::StrCat("INSERT INTO ", table, " (source_id, room_id, ",
                            column, ") SELECT $1, r, v FROM ",
                            "unnest($2::text[], $3::text[]) AS c (r, v) ",
                            "ON CONFLICT DO NOTHING")
             : absl::StrCat("DELETE FROM ", table, " AS t USING ",
                            "unnest($2::text[], $3::text[]) AS c (r, v) ",
                            "WHERE t.source_id = $1 AND t.room_id = c.r AND t.",
                            column, " = c.v");
  work.exec_params(sql, source_id, room_ids.str(), values.str());
}

void ChangeRooms(pqxx::work& work, const IngestBatch& batch) {
  for (const bool insert : {false, true}) {
    std::vector<std::pair<const std::string*, const std::string*>> members;
    for (const MemberChange& change : batch.member_changes) {
      if (change.joined != insert) continue;
      members.emplace_back(&change.room_id, &change.user_id);
    }
    ChangeRooms(work, "room_members", "user_id", batch.before.id, members,
                insert);
    std::vector<std::pair<const std::string*, const std::string*>> aliases;
    for (const AliasChange& change : batch.alias_changes) {
      if (change.present != insert) continue;
      aliases.emplace_back(&change.room_id, &change.room_alias);
    }
    ChangeRooms(work, "room_aliases", "room_alias", batch.before.id, aliases,
                insert);
  }
}

std::vector<AppserviceUid> ReadUids(const pqxx::result& rows) {
  std::vector<AppserviceUid> uids;
  for (const pqxx::row& row : rows) uids.push_back(row[0].as<AppserviceUid>());
  return uids;
}

// Queues for those that should have one and don't.
std::vector<AppserviceUid> CreateQueues(
    pqxx::work& work, absl::Span<const KnownAppservice> appservices) {
  SqlArray uids, ids, with_queue;
  for (const KnownAppservice& appservice : appservices) {
    uids.AddInt(appservice.uid);
    ids.AddText(appservice.appservice_id);
    if (appservice.has_queue) with_queue.AddInt(appservice.uid);
  }
  work.exec_params(
      "INSERT INTO appservices AS a (uid, appservice_id) "
      "SELECT * FROM unnest($1::bigint[], $2::text[]) "
      "ON CONFLICT (uid) DO UPDATE SET appservice_id = excluded.appservice_id "
      "WHERE a.appservice_id <> excluded.appservice_id",
      uids.str(), ids.str());
  // A tombstone is for ever: nothing makes a queue for that uid again. One that
  // had a queue and lost it begins behind whatever entries are left of that,
  // with the settings that it had.
  return ReadUids(work.exec_params(
      "INSERT INTO queues (uid, cursors, paused, remembers_every_id,"
      "  on_rejection, rejections_max, on_expiry, event_age_max_seconds,"
      "  body_bytes_max_learned) "
      "SELECT a.uid, ARRAY ("
      "    SELECT coalesce(s.next_position - 1, 0) FROM"
      "    generate_series(1, (SELECT greatest(1, max(id)) FROM sources)) i"
      "    LEFT JOIN sources s ON s.id = i ORDER BY i),"
      "  coalesce(k.paused, false), coalesce(k.remembers_every_id, false),"
      "  coalesce(k.on_rejection, 'block'), coalesce(k.rejections_max, 10),"
      "  coalesce(k.on_expiry, 'deliver'), k.event_age_max_seconds,"
      "  coalesce(k.body_bytes_max_learned, 0) "
      "FROM appservices a"
      "  CROSS JOIN jsonb_populate_record(NULL::queues,"
      "                                   coalesce(a.kept_settings, '{}')) k "
      "WHERE a.uid = ANY ($1::bigint[]) AND a.unregister_time IS NULL "
      "ON CONFLICT DO NOTHING RETURNING uid",
      with_queue.str()));
}

// Drops the queues of all but those that should have one. The entries, which
// may be many, are left to Sweep().
std::vector<AppserviceUid> DropQueues(
    pqxx::work& work, absl::Span<const KnownAppservice> appservices) {
  SqlArray uids, with_queue;
  for (const KnownAppservice& appservice : appservices) {
    uids.AddInt(appservice.uid);
    if (appservice.has_queue) with_queue.AddInt(appservice.uid);
  }
  work.exec_params(
      "UPDATE appservices SET unregister_time = now() "
      "WHERE unregister_time IS NULL AND uid <> ALL ($1::bigint[])",
      uids.str());
  return ReadUids(work.exec_params(
      "WITH dropped AS ("
      "  DELETE FROM queues WHERE uid <> ALL ($1::bigint[]) RETURNING *"
      "), recorded AS ("
      "  INSERT INTO audit_records (actor, action, uid, appservice_id, reason)"
      "  SELECT 'push_dispatcher', 'queue_dropped', d.uid, a.appservice_id,"
      "         CASE WHEN a.unregister_time IS NULL THEN 'it has no URL now'"
      "              ELSE 'it was unregistered' END"
      "  FROM dropped d JOIN appservices a USING (uid)"
      "), to_sweep AS ("
      "  UPDATE appservices a SET sweep_entries = true, kept_settings ="
      "    jsonb_build_object("
      "      'paused', d.paused, 'remembers_every_id', d.remembers_every_id,"
      "      'on_rejection', d.on_rejection,"
      "      'rejections_max', d.rejections_max, 'on_expiry', d.on_expiry,"
      "      'event_age_max_seconds', d.event_age_max_seconds,"
      "      'body_bytes_max_learned', d.body_bytes_max_learned)"
      "  FROM dropped d WHERE a.uid = d.uid"
      ") SELECT uid FROM dropped",
      with_queue.str()));
}

}  // namespace

std::vector<postgres::PreparedStatement> PostgresIngestStore::Statements() {
  return {{"move_source", kMoveSource},
          {"move_source_with_segment", kMoveSourceWithSegment}};
}

absl::StatusOr<SourceState> PostgresIngestStore::FindSource(
    absl::string_view name) {
  SourceState source;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    const pqxx::result rows =
        work.exec_params(kSelectSource, std::string(name));
    if (rows.empty()) return absl::NotFoundError("no such source");
    source = ReadSource(rows[0]);
    return absl::OkStatus();
  }));
  return source;
}

absl::StatusOr<SourceState> PostgresIngestStore::OpenSource(
    absl::string_view name) {
  absl::StatusOr<SourceState> source = FindSource(name);
  if (!absl::IsNotFound(source.status())) return source;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    // Waits for ApplyRegistry(), and has the revision read after it.
    work.exec("LOCK TABLE sources IN ROW EXCLUSIVE MODE");
    work.exec_params(
        "INSERT INTO sources (name, registry_revision) "
        "SELECT $1, revision FROM applied_registry ON CONFLICT DO NOTHING",
        std::string(name));
    return absl::OkStatus();
  }));
  return FindSource(name);
}

absl::StatusOr<std::vector<ChainPoint>> PostgresIngestStore::ListPassedPoints(
    SourceId source_id, int64_t first, int64_t last) {
  std::vector<ChainPoint> points;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_params(
             "SELECT first_position, prefix_sha256 FROM segments "
             "WHERE source_id = $1 AND first_position BETWEEN $2 AND $3 "
             "ORDER BY first_position",
             source_id, first, last)) {
      points.push_back({row[0].as<int64_t>(), ReadBytes(row[1])});
    }
    return absl::OkStatus();
  }));
  return points;
}

absl::StatusOr<absl::flat_hash_map<std::string, RoomFacts>>
PostgresIngestStore::LoadRooms(SourceId source_id,
                               absl::Span<const std::string> room_ids) {
  SqlArray ids;
  for (const std::string& room_id : room_ids) ids.AddText(room_id);
  absl::flat_hash_map<std::string, RoomFacts> rooms;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_params(
             "SELECT room_id, user_id, NULL AS room_alias FROM room_members "
             "WHERE source_id = $1 AND room_id = ANY ($2::text[]) "
             "UNION ALL "
             "SELECT room_id, NULL, room_alias FROM room_aliases "
             "WHERE source_id = $1 AND room_id = ANY ($2::text[])",
             source_id, ids.str())) {
      RoomFacts& facts = rooms[row[0].as<std::string>()];
      if (!row[1].is_null()) {
        facts.joined_members.push_back(row[1].as<std::string>());
      } else {
        facts.aliases.push_back(row[2].as<std::string>());
      }
    }
    return absl::OkStatus();
  }));
  return rooms;
}

absl::Status PostgresIngestStore::Commit(const IngestBatch& batch) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    if (!MoveSource(work, batch)) {
      return absl::AbortedError("the source has moved on");
    }
    ChangeRooms(work, batch);
    return absl::OkStatus();
  });
}

absl::StatusOr<AppliedRegistry> PostgresIngestStore::ApplyRegistry(
    int64_t revision, absl::Span<const KnownAppservice> appservices) {
  AppliedRegistry applied;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    // Nobody commits to any source, or makes one, until this is over: each has
    // one position before which the old registrations count, and after which
    // the new ones do (hard case 5).
    work.exec("LOCK TABLE sources IN EXCLUSIVE MODE");
    applied.revision =
        work.exec("SELECT revision FROM applied_registry FOR UPDATE")[0][0]
            .as<int64_t>();
    if (applied.revision >= revision) return absl::OkStatus();
    applied.revision = revision;
    applied.created = CreateQueues(work, appservices);
    applied.dropped = DropQueues(work, appservices);
    work.exec_params("UPDATE applied_registry SET revision = $1", revision);
    work.exec_params("UPDATE sources SET registry_revision = $1", revision);
    return absl::OkStatus();
  }));
  return applied;
}

}  // namespace causeway::push
