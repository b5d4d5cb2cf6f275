#include "services/push_dispatcher/store/postgres_ingest_store.h"

#include <optional>
#include <pqxx/pqxx>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/record_rows.h"
#include "services/push_dispatcher/store/source_history.h"
#include "services/push_dispatcher/store/source_history_rows.h"
#include "services/push_dispatcher/store/source_rows.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/push_dispatcher/store/upstream_rows.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

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

// Drops the queues of those that shouldn't have one. The entries, which may be
// many, are left to Sweep().
std::vector<AppserviceUid> DropQueues(
    pqxx::work& work, absl::Span<const KnownAppservice> appservices,
    absl::Span<const AppserviceUid> gone) {
  SqlArray gone_uids, without_queue;
  for (const AppserviceUid uid : gone) {
    gone_uids.AddInt(uid);
    without_queue.AddInt(uid);
  }
  for (const KnownAppservice& appservice : appservices) {
    if (!appservice.has_queue) without_queue.AddInt(appservice.uid);
  }
  if (without_queue.empty()) return {};
  work.exec_params(
      "UPDATE appservices SET unregister_time = now() "
      "WHERE unregister_time IS NULL AND uid = ANY ($1::bigint[])",
      gone_uids.str());
  return ReadUids(work.exec_params(
      "WITH dropped AS ("
      "  DELETE FROM queues WHERE uid = ANY ($1::bigint[]) RETURNING *"
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
      without_queue.str()));
}

// Those not among `appservices`.
std::vector<AppserviceUid> SelectGone(
    pqxx::work& work, absl::Span<const KnownAppservice> appservices) {
  SqlArray uids;
  for (const KnownAppservice& appservice : appservices) {
    uids.AddInt(appservice.uid);
  }
  return ReadUids(work.exec_params(
      "SELECT uid FROM appservices "
      "WHERE unregister_time IS NULL AND uid <> ALL ($1::bigint[])",
      uids.str()));
}

// The revision in force. Nobody commits to any source, or makes one, until
// `work` is over: each has one position before which the old registrations
// count, and after which the new ones do (hard case 5).
int64_t LockRegistry(pqxx::work& work) {
  work.exec("LOCK TABLE sources IN EXCLUSIVE MODE");
  return work.exec("SELECT revision FROM applied_registry FOR UPDATE")[0][0]
      .as<int64_t>();
}

AppliedRegistry PutInForce(pqxx::work& work, int64_t revision,
                           absl::Span<const KnownAppservice> changed,
                           absl::Span<const AppserviceUid> gone) {
  AppliedRegistry applied;
  applied.revision = revision;
  if (!changed.empty()) applied.created = CreateQueues(work, changed);
  applied.dropped = DropQueues(work, changed, gone);
  work.exec_params("UPDATE applied_registry SET revision = $1", revision);
  work.exec_params("UPDATE sources SET registry_revision = $1", revision);
  return applied;
}

}  // namespace

std::vector<postgres::PreparedStatement> PostgresIngestStore::Statements() {
  return MoveSourceStatements();
}

absl::StatusOr<SourceState> PostgresIngestStore::FindSource(
    absl::string_view name) {
  SourceState source;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    const std::optional<SourceState> found = SelectSource(work, name);
    if (!found.has_value()) return NoSuchSource(name);
    source = *found;
    return absl::OkStatus();
  }));
  return source;
}

absl::StatusOr<SourceState> PostgresIngestStore::OpenSource(
    absl::string_view name) {
  absl::StatusOr<SourceState> source = FindSource(name);
  if (!absl::IsNotFound(source.status())) return source;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    LockSources(work);
    InsertSource(work, name);
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

absl::StatusOr<SourceHistory> PostgresIngestStore::GetSourceHistory(
    absl::string_view name) {
  SourceHistory history;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(history, SelectSourceHistory(work, name));
    return absl::OkStatus();
  }));
  return history;
}

absl::Status PostgresIngestStore::RestartSource(absl::string_view name,
                                                int64_t incarnation,
                                                const ChainPoint& common) {
  return pool_.Run([&](pqxx::work& work) {
    return push::RestartSource(work, name, incarnation, common);
  });
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

absl::StatusOr<std::vector<UpstreamRecord>>
PostgresIngestStore::ListUpstreamRecords(SourceId source_id,
                                         absl::string_view txn_id) {
  std::vector<UpstreamRecord> records;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    records = SelectUpstreamRecords(work, source_id, txn_id);
    return absl::OkStatus();
  }));
  return records;
}

// Before the commit: should anybody add to them in between, the source has
// moved on, and the commit is refused.
absl::Status PostgresIngestStore::ReadTotals(const IngestBatch& batch,
                                             EventTotals& totals) {
  std::vector<AppserviceUid> unknown;
  for (const NewQueueEntry& entry : batch.entries) {
    if (!totals.contains(entry.uid)) unknown.push_back(entry.uid);
  }
  if (unknown.empty()) return absl::OkStatus();
  return pool_.Run([&](pqxx::work& work) {
    totals.merge(SelectEventTotals(work, batch.before.id, unknown));
    return absl::OkStatus();
  });
}

absl::Status PostgresIngestStore::Commit(const IngestBatch& batch) {
  EventTotals totals = totals_.Take(batch.before);
  CAUSEWAY_RETURN_IF_ERROR(ReadTotals(batch, totals));
  CAUSEWAY_RETURN_IF_ERROR(Commit(batch, totals));
  AddEvents(batch, totals);
  totals_.Keep(batch.before, batch.end, std::move(totals));
  return absl::OkStatus();
}

absl::Status PostgresIngestStore::Commit(const IngestBatch& batch,
                                         const EventTotals& totals) {
  auto move_source = [&](pqxx::transaction_base& work) -> absl::Status {
    if (MoveSource(work, batch, totals)) return absl::OkStatus();
    return absl::AbortedError("the source has moved on");
  };
  if (batch.member_changes.empty() && batch.alias_changes.empty() &&
      !batch.upstream.has_value() && batch.acts.empty()) {
    return pool_.RunAlone(move_source);
  }
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    CAUSEWAY_RETURN_IF_ERROR(move_source(work));
    ChangeRooms(work, batch);
    KeepSourceActs(work, kDispatcherActor, batch.acts);
    if (batch.upstream.has_value()) {
      if (SelectUpstreamRecords(work, batch.before.id,
                                batch.upstream->txn_id) !=
          batch.upstream_known) {
        return absl::AbortedError("its transactions aren't those known");
      }
      InsertUpstreamRecord(work, batch.before.id, *batch.upstream,
                           batch.upstream_records_max);
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<AppliedRegistry> PostgresIngestStore::ApplyRegistry(
    int64_t revision, absl::Span<const KnownAppservice> appservices) {
  AppliedRegistry applied;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    applied.revision = LockRegistry(work);
    if (applied.revision < revision) {
      applied = PutInForce(work, revision, appservices,
                           SelectGone(work, appservices));
    }
    return absl::OkStatus();
  }));
  return applied;
}

absl::StatusOr<AppliedRegistry> PostgresIngestStore::ApplyRegistryChanges(
    int64_t since, int64_t revision, absl::Span<const KnownAppservice> changed,
    absl::Span<const AppserviceUid> gone) {
  AppliedRegistry applied;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    applied.revision = LockRegistry(work);
    // Of what came and went in between, the changes since then tell nothing.
    if (applied.revision < revision && applied.revision != since) {
      return absl::AbortedError("other registrations are in force");
    }
    if (applied.revision < revision) {
      applied = PutInForce(work, revision, changed, gone);
    }
    return absl::OkStatus();
  }));
  return applied;
}

}  // namespace causeway::push
