#ifndef CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Content is kept in chunks, so that nobody has all of a large one in memory
// who only hands it on.
inline constexpr size_t kMediaChunkBytes = 256 << 10;

// What is known of a file besides its content. Checked before.
struct MediaInfo {
  std::string media_id;      // 1 to 64 bytes.
  std::string content_type;  // 1 to 255 bytes.
  std::string file_name;     // At most 255 bytes. May be empty.
  int64_t byte_count = 0;
};

// A file as an operator sees it.
struct KeptMedia {
  std::string owner;
  MediaInfo info;
  absl::Time create_time;
};

// What a file counts beside its content: empty ones aren't free.
inline constexpr int64_t kMediaEntryBytes = 1024;

// How much may be kept. A file counts its content and kMediaEntryBytes.
struct MediaQuota {
  int64_t bytes_per_user_max = 0;
  int64_t bytes_total_max = 0;
};

// Keeps files that clients upload. None is ever changed, but one may go.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class MediaStore {
 public:
  virtual ~MediaStore() = default;

  // Keeps the file, whole or not at all. `info.byte_count` is the size of
  // `content`. RESOURCE_EXHAUSTED when it goes beyond `quota`; NOT_FOUND if
  // there is no user `owner`; ALREADY_EXISTS if there is such a media_id.
  virtual absl::Status PutMedia(const matrix::UserId& owner,
                                const MediaInfo& info,
                                absl::string_view content,
                                const MediaQuota& quota,
                                absl::Time create_time) = 0;

  // Empty if there is none.
  virtual absl::StatusOr<std::optional<MediaInfo>> FindMedia(
      absl::string_view media_id) = 0;

  // At most `chunk_count` chunks from that of `first_chunk` on, joined. Empty
  // behind the last, and if there is no such file.
  virtual absl::StatusOr<std::string> ReadChunks(absl::string_view media_id,
                                                 int first_chunk,
                                                 int chunk_count) = 0;

  // At most `limit` that come after the ID `after`, by ID. Empty `owner`: of
  // all.
  virtual absl::StatusOr<std::vector<KeptMedia>> ListMedia(
      absl::string_view owner, absl::string_view after, int limit) = 0;

  // What it took of the quota is free again. NOT_FOUND if there is none.
  virtual absl::Status DeleteMedia(absl::string_view media_id) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_STORE_H_
