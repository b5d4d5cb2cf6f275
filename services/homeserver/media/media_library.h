#ifndef CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_LIBRARY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_LIBRARY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/media/media_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr size_t kContentTypeBytesMax = 255;
inline constexpr size_t kFileNameBytesMax = 255;
// Of one ReadMedia.
inline constexpr size_t kMediaPieceBytes = 4 * kMediaChunkBytes;

// The files that the users of this server keep here.
// Source: https://spec.matrix.org/v1.17/client-server-api/#content-repository
//
// Thread-safe. Calls block on the store. UNAVAILABLE when it is away.
class MediaLibrary {
 public:
  struct Options {
    size_t bytes_max = 50 << 20;  // Of one file.
    MediaQuota quota;
  };

  // `store` and `clock` must outlive the library.
  MediaLibrary(const Options& options, MediaStore& store, const Clock& clock,
               matrix::ServerName server_name);

  // Keeps a file and returns its mxc:// URI. An empty type stands for
  // application/octet-stream. INVALID_ARGUMENT (M_TOO_LARGE, M_INVALID_PARAM
  // that names the field); RESOURCE_EXHAUSTED (M_RESOURCE_LIMIT_EXCEEDED) when
  // the quota is used up; NOT_FOUND if there is no user `owner`.
  absl::StatusOr<std::string> Create(const matrix::UserId& owner,
                                     const std::string& content_type,
                                     const std::string& file_name,
                                     absl::string_view content);

  // NOT_FOUND (M_NOT_FOUND), also for what is of another server.
  absl::StatusOr<MediaInfo> Find(absl::string_view server_name,
                                 absl::string_view media_id);

  // At most kMediaPieceBytes from `offset` on; empty behind the end, and if
  // there is no such file. INVALID_ARGUMENT (M_INVALID_PARAM) for an `offset`
  // that no piece begins at.
  absl::StatusOr<std::string> Read(absl::string_view media_id, int64_t offset);

  // For operators. As MediaStore::ListMedia().
  absl::StatusOr<std::vector<KeptMedia>> List(absl::string_view owner,
                                              absl::string_view after,
                                              int limit);
  // For operators. NOT_FOUND (M_NOT_FOUND) if there is no such file.
  absl::Status Delete(absl::string_view media_id);

 private:
  const Options options_;
  MediaStore& store_;
  const Clock& clock_;
  const matrix::ServerName server_name_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_LIBRARY_H_
