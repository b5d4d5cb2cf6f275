#include "services/homeserver/media/media_library.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr char kUnknownType[] = "application/octet-stream";

absl::Status CheckSize(absl::string_view field, absl::string_view text,
                       size_t bytes_max) {
  if (text.size() <= bytes_max) return absl::OkStatus();
  return matrix::InvalidParam(
      field, absl::StrCat("has ", text.size(), " bytes; at most ", bytes_max,
                          " are allowed"));
}

// It becomes a header of every answer.
absl::Status CheckContentType(absl::string_view content_type) {
  if (!std::all_of(content_type.begin(), content_type.end(), [](char c) {
        return absl::ascii_isprint(static_cast<unsigned char>(c));
      })) {
    return matrix::InvalidParam("Content-Type", "isn't printable ASCII");
  }
  return CheckSize("Content-Type", content_type, kContentTypeBytesMax);
}

absl::Status CheckFileName(absl::string_view file_name) {
  if (!matrix::IsValidUtf8(file_name) ||
      std::any_of(file_name.begin(), file_name.end(), [](char c) {
        return absl::ascii_iscntrl(static_cast<unsigned char>(c));
      })) {
    return matrix::InvalidParam("filename",
                                "isn't UTF-8 without control characters");
  }
  return CheckSize("filename", file_name, kFileNameBytesMax);
}

}  // namespace

MediaLibrary::MediaLibrary(const Options& options, MediaStore& store,
                           const Clock& clock, matrix::ServerName server_name)
    : options_(options),
      store_(store),
      clock_(clock),
      server_name_(std::move(server_name)) {}

absl::StatusOr<std::string> MediaLibrary::Create(
    const matrix::UserId& owner, const std::string& content_type,
    const std::string& file_name, absl::string_view content) {
  CAUSEWAY_RETURN_IF_ERROR(CheckContentType(content_type));
  CAUSEWAY_RETURN_IF_ERROR(CheckFileName(file_name));
  if (content.size() > options_.bytes_max) {
    return matrix::TooLarge("the file", options_.bytes_max);
  }
  const std::string media_id = matrix::RandomBase64UrlToken();
  const absl::Status stored = store_.PutMedia(
      owner,
      {.media_id = media_id,
       .content_type = content_type.empty() ? kUnknownType : content_type,
       .file_name = file_name,
       .byte_count = static_cast<int64_t>(content.size())},
      content, options_.quota, clock_.Now());
  if (absl::IsNotFound(stored)) {
    return matrix::NotFound(absl::StrCat("user ", owner.str()));
  }
  if (absl::IsResourceExhausted(stored)) {
    return matrix::MakeError(absl::StatusCode::kResourceExhausted,
                             "M_RESOURCE_LIMIT_EXCEEDED",
                             "no more media can be kept for you here");
  }
  if (!stored.ok()) return stored;
  return absl::StrCat("mxc://", server_name_.str(), "/", media_id);
}

absl::StatusOr<MediaInfo> MediaLibrary::Find(absl::string_view server_name,
                                             absl::string_view media_id) {
  std::optional<MediaInfo> info;
  if (server_name == server_name_.str()) {
    CAUSEWAY_ASSIGN_OR_RETURN(info, store_.FindMedia(media_id));
  }
  if (!info.has_value()) {
    return matrix::NotFound(absl::StrCat("media ", matrix::Quote(server_name),
                                         "/", matrix::Quote(media_id)));
  }
  return *std::move(info);
}

absl::StatusOr<std::string> MediaLibrary::Read(absl::string_view media_id,
                                               int64_t offset) {
  constexpr int64_t kChunk = kMediaChunkBytes;
  if (offset < 0 || offset % kChunk != 0 ||
      offset / kChunk > std::numeric_limits<int>::max() / 2) {
    return matrix::InvalidParam("offset", "is not where a piece begins");
  }
  return store_.ReadChunks(media_id, static_cast<int>(offset / kChunk),
                           kMediaPieceBytes / kMediaChunkBytes);
}

absl::StatusOr<std::vector<KeptMedia>> MediaLibrary::List(
    absl::string_view owner, absl::string_view after, int limit) {
  return store_.ListMedia(owner, after, limit);
}

absl::Status MediaLibrary::Delete(absl::string_view media_id) {
  absl::Status deleted = store_.DeleteMedia(media_id);
  if (absl::IsNotFound(deleted)) {
    return matrix::NotFound(absl::StrCat("media ", matrix::Quote(media_id)));
  }
  return deleted;
}

}  // namespace causeway::homeserver
