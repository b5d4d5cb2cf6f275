#include "services/push_dispatcher/store/source_history_rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/queue_row.h"
#include "services/push_dispatcher/store/record_rows.h"
#include "services/push_dispatcher/store/source_history.h"
#include "services/push_dispatcher/store/source_rows.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

std::vector<ChainPoint> ReadPoints(const pqxx::result& rows) {
  std::vector<ChainPoint> points;
  for (const pqxx::row& row : rows) {
    points.push_back({row[0].as<int64_t>(), ReadBytes(row[1])});
  }
  return points;
}

SourceHistory SelectHistory(pqxx::work& work, const SourceState& source) {
  return {.incarnation = source.incarnation,
          .passed = ReadPoints(work.exec_params(
              "SELECT position, prefix_sha256 FROM source_points "
              "WHERE source_id = $1 ORDER BY position DESC LIMIT $2",
              source.id, static_cast<int64_t>(kSourcePointsMax))),
          .left = ReadPoints(work.exec_params(
              "SELECT end_position, end_sha256 FROM source_incarnations "
              "WHERE source_id = $1 ORDER BY incarnation DESC LIMIT $2",
              source.id, static_cast<int64_t>(kSourcePointsMax)))};
}

}  // namespace

absl::StatusOr<SourceHistory> SelectSourceHistory(pqxx::work& work,
                                                  absl::string_view name) {
  const std::optional<SourceState> source = SelectSource(work, name);
  if (!source.has_value()) return NoSuchSource(name);
  return SelectHistory(work, *source);
}

absl::Status RestartSource(pqxx::work& work, absl::string_view name,
                           int64_t incarnation, const ChainPoint& common) {
  // A homeserver of years has many members to forget.
  work.exec("SET LOCAL statement_timeout = '10min'");
  work.exec_params("SELECT FROM sources WHERE name = $1 FOR UPDATE",
                   std::string(name));
  const std::optional<SourceState> source = SelectSource(work, name);
  if (!source.has_value()) return NoSuchSource(name);
  CAUSEWAY_RETURN_IF_ERROR(
      CheckRestart(*source, SelectHistory(work, *source), incarnation, common));
  const ChainPoint end = EndOfHistory(*source);
  work.exec_params(
      "INSERT INTO source_incarnations"
      "  (source_id, incarnation, end_position, end_sha256) "
      "VALUES ($1, $2, $3, $4)",
      source->id, source->incarnation, end.position,
      pqxx::binarystring(end.prefix_sha256));
  const SourceState restarted = Restarted(*source, common);
  work.exec_params(
      "UPDATE sources SET incarnation = $2, position_offset = $3,"
      "  prefix_sha256 = $4, news_position = $5, news_sha256 = $6 "
      "WHERE id = $1",
      restarted.id, restarted.incarnation, restarted.offset,
      pqxx::binarystring(restarted.end.prefix_sha256), restarted.news.position,
      pqxx::binarystring(restarted.news.prefix_sha256));
  for (const char* table : {"room_members", "room_aliases"}) {
    work.exec_params(
        "DELETE FROM " + std::string(table) + " WHERE source_id = $1",
        source->id);
  }
  work.exec_params(
      "DELETE FROM source_points WHERE source_id = $1 AND position > $2",
      source->id, common.position);
  KeepSourceActs(work, kDispatcherActor, {RestartRecord(*source, common)});
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ForgetLeftHistories(pqxx::work& work,
                                            absl::string_view name,
                                            const std::string& reason) {
  const std::optional<SourceState> source = SelectSource(work, name);
  if (!source.has_value()) return NoSuchSource(name);
  const auto count = static_cast<int64_t>(
      work.exec_params("DELETE FROM source_incarnations WHERE source_id = $1",
                       source->id)
          .affected_rows());
  KeepSourceActs(work, kOperatorActor, {ForgottenRecord(name, count, reason)});
  return count;
}

void KeepSourcePoints(pqxx::work& work, absl::Duration interval) {
  const pqxx::result kept = work.exec_params(
      "INSERT INTO source_points (source_id, position, prefix_sha256) "
      "SELECT s.id, s.next_position - s.position_offset, s.prefix_sha256 "
      "FROM sources s LEFT JOIN LATERAL ("
      "    SELECT position, create_time FROM source_points"
      "    WHERE source_id = s.id ORDER BY position DESC LIMIT 1) p ON true "
      "WHERE s.next_position > s.news_position AND (p.position IS NULL"
      "  OR (p.position < s.next_position - s.position_offset"
      "      AND p.create_time <= now() - $1::float8 * interval '1 second')) "
      // Not while it begins anew; ingest isn't held up by that.
      "FOR KEY SHARE OF s "
      "ON CONFLICT DO NOTHING RETURNING source_id",
      absl::ToDoubleSeconds(interval));
  for (const pqxx::row& row : kept) {
    work.exec_params(
        "DELETE FROM source_points WHERE source_id = $1 AND position <= ("
        "  SELECT position FROM source_points WHERE source_id = $1"
        "  ORDER BY position DESC OFFSET $2 LIMIT 1)",
        row[0].as<SourceId>(), static_cast<int64_t>(kSourcePointsMax));
  }
}

}  // namespace causeway::push
