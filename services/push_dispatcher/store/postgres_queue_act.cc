#include "services/push_dispatcher/store/postgres_queue_act.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/event_totals.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/queue_setting_names.h"
#include "services/push_dispatcher/store/record_rows.h"
#include "services/push_dispatcher/store/sealed_list.h"
#include "services/push_dispatcher/store/set_aside_body.h"
#include "services/push_dispatcher/store/source_rows.h"
#include "services/push_dispatcher/store/sql_array.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// Both in one statement: an event is behind the ends, or counted.
std::string SelectEnds() {
  return absl::StrCat(
      "SELECT array_to_string(ARRAY("
      "    SELECT coalesce(s.next_position - 1, 0) FROM"
      "    generate_series(1, (SELECT greatest(1, max(id)) FROM sources)) i"
      "    LEFT JOIN sources s ON s.id = i ORDER BY i), ',', '0') AS ends,"
      "  waiting.event_count AS queued_events "
      "FROM queues q CROSS JOIN LATERAL (",
      WaitingSql(), ") waiting WHERE q.uid = $1");
}

// The owner stays, so that it takes the queue again in its next round; a queue
// that nobody owns has no incarnation either. No nonce: after a restore, the
// epochs that come again could be those that an owner still remembers.
constexpr char kUpdateQueue[] =
    "UPDATE queues SET epoch = epoch + 1, lease_nonce = '',"
    "  owner_incarnation = CASE WHEN owner IS NOT NULL THEN '' END,"
    "  cursors = $2::bigint[], sealed_transactions = $3::jsonb,"
    "  paused = $4, remembers_every_id = $5, on_rejection = $6,"
    "  rejections_max = $7, on_expiry = $8,"
    "  event_age_max_seconds = CASE WHEN $9::bigint > 0 THEN $9::bigint END,"
    "  body_bytes_max_learned = $10 "
    "WHERE uid = $1";

absl::Status ReadEnds(pqxx::work& work, AppserviceUid uid, QueueFacts& facts) {
  const pqxx::row row = work.exec_params1(SelectEnds(), uid);
  facts.source_ends = Cursors(ReadSqlIntegers(row["ends"].c_str()));
  facts.queued_events = row["queued_events"].as<int64_t>();
  return absl::OkStatus();
}

absl::Status ReadQuarantined(pqxx::work& work, AppserviceUid uid,
                             const std::string& txn_id, QueueFacts& facts) {
  const pqxx::result rows =
      work.exec_params(absl::StrCat("SELECT ", kSetAsideColumns,
                                    ", s.format, s.body_raw_bytes, s.body "
                                    "FROM set_aside_transactions s "
                                    "WHERE s.uid = $1 AND s.txn_id = $2"),
                       uid, txn_id);
  if (rows.empty()) return absl::OkStatus();
  const pqxx::row row = rows[0];
  facts.set_aside = ReadSetAside(row);
  if (row["body"].is_null()) return absl::OkStatus();
  facts.set_aside->sealed.body_format = row["format"].as<int32_t>();
  CAUSEWAY_ASSIGN_OR_RETURN(
      facts.body, DecompressBody(ReadBytes(row["body"]),
                                 row["body_raw_bytes"].as<int64_t>()));
  return absl::OkStatus();
}

// In the order that ApplyRegistry() locks in: sources, then queues. Of two
// replays, one waits for the other.
SourceState LockReplaySource(pqxx::work& work) {
  LockSources(work);
  if (!SelectSource(work, kReplaySource).has_value()) {
    InsertSource(work, kReplaySource);
  }
  work.exec_params("SELECT FROM sources WHERE name = $1 FOR UPDATE",
                   kReplaySource);
  return *SelectSource(work, kReplaySource);
}

void UpdateQueue(pqxx::work& work, AppserviceUid uid,
                 const QueueChange& change) {
  const QueueSettings& settings = change.settings;
  const int64_t event_age_max_seconds =
      settings.event_age_max == absl::InfiniteDuration()
          ? 0
          : absl::ToInt64Seconds(settings.event_age_max);
  work.exec_params(kUpdateQueue, uid, CursorsSql(change.head.cursors),
                   SealedListJson(change.head.sealed), settings.paused,
                   settings.remembers_every_id,
                   OnRejectionName(settings.on_rejection),
                   settings.rejections_max, OnExpiryName(settings.on_expiry),
                   event_age_max_seconds, settings.body_bytes_max_learned);
}

}  // namespace

absl::StatusOr<ActOutcome> DoAct(pqxx::work& work, const OperatorAct& act) {
  const auto* replay = std::get_if<ReplayTransaction>(&act.act);
  std::optional<SourceState> source;
  if (replay != nullptr || std::holds_alternative<ReplayEvents>(act.act)) {
    source = LockReplaySource(work);
  }
  const pqxx::result rows = work.exec_params(
      absl::StrCat("SELECT q.uid, ", kQueueHeadColumns, ", ",
                   kQueueSettingsColumns,
                   " FROM queues q JOIN appservices a USING (uid) "
                   "WHERE a.appservice_id = $1 FOR UPDATE OF q"),
      act.appservice_id);
  if (rows.empty()) return NoSuchQueue(act.appservice_id);
  const AppserviceUid uid = rows[0]["uid"].as<AppserviceUid>();
  QueueFacts facts;
  facts.appservice_id = act.appservice_id;
  CAUSEWAY_ASSIGN_OR_RETURN(facts.head, ReadQueueHead(rows[0]));
  facts.settings = ReadQueueSettings(rows[0]);
  if (std::holds_alternative<MoveToNow>(act.act)) {
    CAUSEWAY_RETURN_IF_ERROR(ReadEnds(work, uid, facts));
  }
  if (replay != nullptr) {
    CAUSEWAY_RETURN_IF_ERROR(ReadQuarantined(work, uid, replay->txn_id, facts));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const QueueChange change,
                            ApplyAct(act.act, act.reason, facts));
  UpdateQueue(work, uid, change);
  KeepRecords(work, act.actor, uid, change.records);
  if (!change.replayed_events.empty()) {
    const EventTotals totals = SelectEventTotals(work, source->id, {uid});
    if (!MoveSource(work,
                    ReplayBatch(*source, uid, change.replayed_events,
                                change.replayed_to_device),
                    totals)) {
      return absl::UnavailableError("the source of replays has moved");
    }
  }
  if (replay != nullptr) {
    work.exec_params(
        "UPDATE set_aside_transactions SET replay_time = now() "
        "WHERE uid = $1 AND txn_id = $2",
        uid, replay->txn_id);
  }
  return ActOutcome{.uid = uid, .event_count = change.event_count};
}

}  // namespace causeway::push
