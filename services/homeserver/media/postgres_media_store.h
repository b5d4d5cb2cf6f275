#ifndef CAUSEWAY_SERVICES_HOMESERVER_MEDIA_POSTGRES_MEDIA_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_MEDIA_POSTGRES_MEDIA_STORE_H_

#include <optional>
#include <string>

#include "services/homeserver/media/media_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Keeps media in the tables of migrations/0021_media.sql.
//
// Thread-safe.
class PostgresMediaStore final : public MediaStore {
 public:
  // `pool` must outlive the store.
  explicit PostgresMediaStore(postgres::Pool& pool);

  absl::Status PutMedia(const matrix::UserId& owner, const MediaInfo& info,
                        absl::string_view content, const MediaQuota& quota,
                        absl::Time create_time) override;
  absl::StatusOr<std::optional<MediaInfo>> FindMedia(
      absl::string_view media_id) override;
  absl::StatusOr<std::string> ReadChunks(absl::string_view media_id,
                                         int first_chunk,
                                         int chunk_count) override;
  absl::StatusOr<std::vector<KeptMedia>> ListMedia(absl::string_view owner,
                                                   absl::string_view after,
                                                   int limit) override;
  absl::Status DeleteMedia(absl::string_view media_id) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_MEDIA_POSTGRES_MEDIA_STORE_H_
