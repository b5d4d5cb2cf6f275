#include "services/homeserver/stream/postgres_stream_source.h"

#include <pqxx/pqxx>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr char kReadFrom[] = "stream_read_from";
// The sum keeps a run of large events from coming as one answer.
constexpr char kReadFromSql[] =
    "SELECT position, kind, coalesce(event_json, ''), room_id,"
    "  coalesce(room_alias, ''), prefix_sha256,"
    "  (extract(epoch FROM commit_time) * 1000000)::bigint,"
    "  (SELECT head.position FROM stream_head AS head) - position"
    " FROM (SELECT *, sum(coalesce(octet_length(event_json), 0))"
    "         OVER (ORDER BY position) AS bytes"
    "       FROM (SELECT * FROM stream WHERE position >= $1"
    "             ORDER BY position LIMIT $2) AS next) AS counted"
    " WHERE bytes <= $3 OR position = $1"
    " ORDER BY position";

absl::StatusOr<StreamRecord::Kind> KindFromText(const std::string& text) {
  if (text == "event") return StreamRecord::Kind::kEvent;
  if (text == "alias_added") return StreamRecord::Kind::kAliasAdded;
  if (text == "alias_removed") return StreamRecord::Kind::kAliasRemoved;
  if (text == "to_device") return StreamRecord::Kind::kToDevice;
  return absl::InternalError(
      absl::StrCat("the stream holds a record of unknown kind ", text));
}

absl::StatusOr<StreamRecord> RecordFromRow(const pqxx::row& row) {
  StreamRecord record;
  record.position = row[0].as<int64_t>();
  CAUSEWAY_ASSIGN_OR_RETURN(record.kind,
                            KindFromText(row[1].as<std::string>()));
  record.event_json = row[2].as<std::string>();
  record.room_id = row[3].as<std::string>();
  record.room_alias = row[4].as<std::string>();
  record.prefix_sha256_after = pqxx::binarystring(row[5]).str();
  record.commit_time = absl::FromUnixMicros(row[6].as<int64_t>());
  return record;
}

}  // namespace

std::vector<postgres::PreparedStatement> PostgresStreamSource::Statements() {
  return {{kReadFrom, kReadFromSql}};
}

PostgresStreamSource::PostgresStreamSource(postgres::Pool& pool)
    : pool_(pool) {}

absl::StatusOr<StreamPage> PostgresStreamSource::ReadFrom(int64_t position,
                                                          size_t records_max,
                                                          size_t bytes_max) {
  StreamPage page;
  CAUSEWAY_RETURN_IF_ERROR(
      pool_.Read([&](pqxx::transaction_base& work) -> absl::Status {
        for (const pqxx::row& row : work.exec_prepared(
                 kReadFrom, position, static_cast<int64_t>(records_max),
                 static_cast<int64_t>(bytes_max))) {
          CAUSEWAY_ASSIGN_OR_RETURN(StreamRecord record, RecordFromRow(row));
          page.records.push_back(std::move(record));
          page.rest_count = row[7].as<int64_t>();  // The last one's counts.
        }
        return absl::OkStatus();
      }));
  return page;
}

absl::StatusOr<std::string> PostgresStreamSource::PrefixBefore(
    int64_t position) {
  if (position == 1) return std::string(matrix::kSha256Bytes, '\0');
  std::string prefix_sha256;
  CAUSEWAY_RETURN_IF_ERROR(
      pool_.Read([&](pqxx::transaction_base& work) -> absl::Status {
        pqxx::result rows = work.exec_params(
            "SELECT prefix_sha256 FROM stream WHERE position = $1",
            position - 1);
        if (rows.empty()) {
          return absl::OutOfRangeError(
              absl::StrCat("the stream ends before position ", position));
        }
        prefix_sha256 = pqxx::binarystring(rows[0][0]).str();
        return absl::OkStatus();
      }));
  return prefix_sha256;
}

}  // namespace causeway::homeserver
