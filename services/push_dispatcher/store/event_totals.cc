#include "services/push_dispatcher/store/event_totals.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/sql_array.h"

namespace causeway::push {
namespace {

// Entries without a total that are looked at, of one queue and source.
constexpr int32_t kEntriesCountedMax = 10000;

}  // namespace

// Back from the last entry to one that has a total.
EventTotals SelectEventTotals(pqxx::work& work, SourceId source_id,
                              absl::Span<const AppserviceUid> uids) {
  // Before the snapshot: one from before entries are moved to generation 0 sees
  // them nowhere once theirs is dropped.
  work.exec("LOCK TABLE ONLY queue_entries IN ACCESS SHARE MODE");
  SqlArray wanted;
  for (AppserviceUid uid : uids) wanted.AddInt(uid);
  EventTotals totals;
  for (const pqxx::row& row : work.exec_params(
           absl::StrCat(
               "SELECT w.uid, coalesce(counted.event_total, 0) +"
               "  uncounted.event_count AS event_total "
               "FROM unnest($2::bigint[]) AS w (uid) "
               "LEFT JOIN LATERAL ("
               "  SELECT * FROM ("
               "    SELECT last_position, event_total FROM queue_entries e"
               "    WHERE e.uid = w.uid AND e.source_id = $1"
               "    ORDER BY e.uid DESC, e.source_id DESC, e.last_position DESC"
               "    LIMIT ",
               kEntriesCountedMax,
               "  ) e WHERE event_total IS NOT NULL"
               "  ORDER BY last_position DESC LIMIT 1"
               ") counted ON true "
               "CROSS JOIN LATERAL ("
               "  SELECT coalesce(sum(event_count), 0)::bigint AS event_count"
               "  FROM (SELECT event_count FROM queue_entries e"
               "    WHERE e.uid = w.uid AND e.source_id = $1"
               "      AND e.last_position > coalesce(counted.last_position, 0)"
               "    ORDER BY e.uid DESC, e.source_id DESC, e.last_position DESC"
               "    LIMIT ",
               kEntriesCountedMax,
               "  ) e"
               ") uncounted"),
           source_id, wanted.str())) {
    totals[row[0].as<AppserviceUid>()] = row[1].as<int64_t>();
  }
  return totals;
}

void AddEvents(const IngestBatch& batch, EventTotals& totals) {
  for (const NewQueueEntry& entry : batch.entries) {
    totals[entry.uid] += static_cast<int64_t>(entry.events.count());
  }
}

// Of each source the first entry, which may be acknowledged in part, and the
// last. If that has a total, `counted` is the first that has one too, and only
// what lies before it is counted.
std::string WaitingSql() {
  // Along the key, so that no more is read than is wanted.
  constexpr char kWaiting[] =
      "    FROM queue_entries e"
      "    WHERE e.uid = q.uid AND e.source_id = src.id"
      "      AND e.last_position > coalesce(q.cursors[src.id], 0)";
  constexpr char kInOrder[] =
      "    ORDER BY e.uid, e.source_id, e.last_position LIMIT ";
  return absl::StrCat(
      "SELECT coalesce(sum("
      "    uncounted.event_count - acknowledged.event_count +"
      "    coalesce(last.event_total - counted.event_total +"
      "             counted.event_count, 0)), 0)::bigint AS event_count,"
      "  min(s.create_time) AS oldest_time "
      "FROM sources src "
      "CROSS JOIN LATERAL (SELECT e.*",
      kWaiting, kInOrder,
      "1) first "
      "CROSS JOIN LATERAL (SELECT e.event_total",
      kWaiting,
      "    ORDER BY e.uid DESC, e.source_id DESC, e.last_position DESC LIMIT 1"
      ") last "
      "LEFT JOIN LATERAL ("
      "  SELECT * FROM ("
      "    SELECT e.last_position, e.event_count, e.event_total",
      kWaiting, kInOrder, kEntriesCountedMax,
      // More than the last: of before the count began anew.
      "  ) e WHERE e.event_total <= last.event_total"
      "  ORDER BY e.last_position LIMIT 1"
      ") counted ON true "
      "CROSS JOIN LATERAL ("
      "  SELECT coalesce(sum(e.event_count), 0) AS event_count FROM ("
      "    SELECT e.event_count",
      kWaiting, " AND (counted.last_position IS NULL",
      "      OR e.last_position < counted.last_position)", kInOrder,
      kEntriesCountedMax,
      "  ) e"
      ") uncounted "
      "CROSS JOIN LATERAL ("
      "  SELECT count(*) AS event_count FROM generate_series("
      "    0, coalesce(q.cursors[src.id], 0) - first.first_position) AS i"
      "  WHERE get_bit(first.events, i) = 1"
      ") acknowledged "
      "LEFT JOIN segments s ON s.generation = first.generation"
      "  AND s.source_id = first.source_id"
      "  AND s.first_position = first.first_position");
}

EventTotals KnownEventTotals::Take(const SourceState& before) {
  absl::MutexLock lock(&mu_);
  const auto found = sources_.find(before.id);
  if (found == sources_.end()) return {};
  OfSource known = std::move(found->second);
  sources_.erase(found);
  if (known.name != before.name || known.end != before.end) return {};
  return std::move(known.totals);
}

void KnownEventTotals::Keep(const SourceState& before, const ChainPoint& end,
                            EventTotals totals) {
  absl::MutexLock lock(&mu_);
  size_t queue_count = totals.size();
  for (const auto& [id, known] : sources_) queue_count += known.totals.size();
  if (queue_count > kQueuesMax) {
    sources_.clear();
    return;
  }
  sources_[before.id] = {before.name, end, std::move(totals)};
}

void KnownEventTotals::Clear() {
  absl::MutexLock lock(&mu_);
  sources_.clear();
}

}  // namespace causeway::push
