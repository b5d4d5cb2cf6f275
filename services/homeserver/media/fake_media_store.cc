#include "services/homeserver/media/fake_media_store.h"

#include <cstdint>
#include <utility>

namespace causeway::homeserver {

absl::Status FakeMediaStore::PutMedia(const matrix::UserId& owner,
                                      const MediaInfo& info,
                                      absl::string_view content,
                                      const MediaQuota& quota, absl::Time) {
  absl::MutexLock lock(&mu_);
  if (!users_.contains(owner.str())) return absl::NotFoundError("no such user");
  const int64_t counted = info.byte_count + kMediaEntryBytes;
  if (usage_[owner.str()] + counted > quota.bytes_per_user_max ||
      usage_[""] + counted > quota.bytes_total_max) {
    return absl::ResourceExhaustedError("too many bytes");
  }
  Media media{.info = info, .content = std::string(content)};
  if (!media_.try_emplace(info.media_id, std::move(media)).second) {
    return absl::AlreadyExistsError("media_pkey");
  }
  usage_[owner.str()] += counted;
  usage_[""] += counted;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<MediaInfo>> FakeMediaStore::FindMedia(
    absl::string_view media_id) {
  absl::MutexLock lock(&mu_);
  auto found = media_.find(std::string(media_id));
  if (found == media_.end()) return std::optional<MediaInfo>();
  return std::optional<MediaInfo>(found->second.info);
}

absl::StatusOr<std::string> FakeMediaStore::ReadChunks(
    absl::string_view media_id, int first_chunk, int chunk_count) {
  absl::MutexLock lock(&mu_);
  auto found = media_.find(std::string(media_id));
  const size_t offset = static_cast<size_t>(first_chunk) * kMediaChunkBytes;
  if (found == media_.end() || offset >= found->second.content.size()) {
    return std::string();
  }
  return found->second.content.substr(
      offset, static_cast<size_t>(chunk_count) * kMediaChunkBytes);
}

void FakeMediaStore::AddUser(const matrix::UserId& user_id) {
  absl::MutexLock lock(&mu_);
  users_.insert(user_id.str());
}

}  // namespace causeway::homeserver
