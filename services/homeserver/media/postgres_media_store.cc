#include "services/homeserver/media/postgres_media_store.h"

#include <cstdint>
#include <pqxx/pqxx>

#include "services/homeserver/accounts/sql_values.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Counts `byte_count` for `owner`. Whether they are within `bytes_max`.
bool Count(pqxx::work& work, const std::string& owner, int64_t byte_count,
           int64_t bytes_max) {
  if (byte_count > bytes_max) return false;
  const pqxx::result counted = work.exec_params(
      "INSERT INTO media_usage AS u (owner, byte_count) VALUES ($1, $2)"
      " ON CONFLICT (owner) DO UPDATE SET byte_count = u.byte_count + $2"
      " WHERE u.byte_count + $2 <= $3",
      owner, byte_count, bytes_max);
  return counted.affected_rows() > 0;
}

// In the order in which PutMedia() takes the rows' locks.
void Uncount(pqxx::work& work, const std::string& owner, int64_t byte_count) {
  for (const std::string& counted : {owner, std::string()}) {
    work.exec_params0(
        "UPDATE media_usage SET byte_count = byte_count - $2 WHERE owner = $1",
        counted, byte_count);
  }
}

}  // namespace

PostgresMediaStore::PostgresMediaStore(postgres::Pool& pool) : pool_(pool) {}

absl::Status PostgresMediaStore::PutMedia(const matrix::UserId& owner,
                                          const MediaInfo& info,
                                          absl::string_view content,
                                          const MediaQuota& quota,
                                          absl::Time create_time) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    const pqxx::result user =
        work.exec_params("SELECT 1 FROM users WHERE user_id = $1", owner.str());
    if (user.empty()) return absl::NotFoundError("no such user");
    const pqxx::result inserted = work.exec_params(
        "INSERT INTO media (media_id, owner, content_type, file_name,"
        " byte_count, create_time) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING",
        info.media_id, owner.str(), info.content_type, info.file_name,
        info.byte_count, SqlTime(create_time));
    if (inserted.affected_rows() == 0) {
      return absl::AlreadyExistsError("there is such a media_id");
    }
    for (size_t offset = 0; offset < content.size();
         offset += kMediaChunkBytes) {
      work.exec_params0(
          "INSERT INTO media_chunks (media_id, chunk_index, content)"
          " VALUES ($1, $2, $3)",
          info.media_id, static_cast<int>(offset / kMediaChunkBytes),
          SqlBytes(content.substr(offset, kMediaChunkBytes)));
    }
    // Last, since all uploads wait for the lock of the one row of all users.
    const int64_t counted = info.byte_count + kMediaEntryBytes;
    if (!Count(work, owner.str(), counted, quota.bytes_per_user_max) ||
        !Count(work, "", counted, quota.bytes_total_max)) {
      return absl::ResourceExhaustedError("too many bytes");
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<MediaInfo>> PostgresMediaStore::FindMedia(
    absl::string_view media_id) {
  std::optional<MediaInfo> info;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    const pqxx::result rows = work.exec_params(
        "SELECT content_type, file_name, byte_count FROM media"
        " WHERE media_id = $1",
        std::string(media_id));
    if (rows.empty()) return absl::OkStatus();
    info = MediaInfo{.media_id = std::string(media_id),
                     .content_type = rows[0][0].as<std::string>(),
                     .file_name = rows[0][1].as<std::string>(),
                     .byte_count = rows[0][2].as<int64_t>()};
    return absl::OkStatus();
  }));
  return info;
}

absl::StatusOr<std::string> PostgresMediaStore::ReadChunks(
    absl::string_view media_id, int first_chunk, int chunk_count) {
  std::string content;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    for (const pqxx::row& row : work.exec_params(
             "SELECT content FROM media_chunks WHERE media_id = $1"
             " AND chunk_index BETWEEN $2 AND $3 ORDER BY chunk_index",
             std::string(media_id), first_chunk,
             first_chunk + chunk_count - 1)) {
      content += pqxx::binarystring(row[0]).str();
    }
    return absl::OkStatus();
  }));
  return content;
}

absl::StatusOr<std::vector<KeptMedia>> PostgresMediaStore::ListMedia(
    absl::string_view owner, absl::string_view after, int limit) {
  std::vector<KeptMedia> list;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    for (const pqxx::row& row : work.exec_params(
             "SELECT media_id, owner, content_type, file_name, byte_count,"
             " floor(extract(epoch FROM create_time) * 1000)::bigint FROM media"
             " WHERE ($1 = '' OR owner = $1) AND media_id > $2 COLLATE \"C\""
             " ORDER BY media_id COLLATE \"C\" LIMIT $3",
             std::string(owner), std::string(after), limit)) {
      list.push_back(
          {.owner = row[1].as<std::string>(),
           .info = {.media_id = row[0].as<std::string>(),
                    .content_type = row[2].as<std::string>(),
                    .file_name = row[3].as<std::string>(),
                    .byte_count = row[4].as<int64_t>()},
           .create_time = absl::FromUnixMillis(row[5].as<int64_t>())});
    }
    return absl::OkStatus();
  }));
  return list;
}

absl::Status PostgresMediaStore::DeleteMedia(absl::string_view media_id) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    const std::string id(media_id);
    work.exec_params0("DELETE FROM media_chunks WHERE media_id = $1", id);
    const pqxx::result deleted = work.exec_params(
        "DELETE FROM media WHERE media_id = $1 RETURNING owner, byte_count",
        id);
    if (deleted.empty()) return absl::NotFoundError("no such media");
    Uncount(work, deleted[0][0].as<std::string>(),
            deleted[0][1].as<int64_t>() + kMediaEntryBytes);
    return absl::OkStatus();
  });
}

}  // namespace causeway::homeserver
