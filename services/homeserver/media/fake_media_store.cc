#include "services/homeserver/media/fake_media_store.h"

#include <cstdint>
#include <utility>

namespace causeway::homeserver {

absl::Status FakeMediaStore::PutMedia(const matrix::UserId& owner,
                                      const MediaInfo& info,
                                      absl::string_view content,
                                      const MediaQuota& quota,
                                      absl::Time create_time) {
  absl::MutexLock lock(&mu_);
  if (!users_.contains(owner.str())) return absl::NotFoundError("no such user");
  const int64_t counted = info.byte_count + kMediaEntryBytes;
  if (usage_[owner.str()] + counted > quota.bytes_per_user_max ||
      usage_[""] + counted > quota.bytes_total_max) {
    return absl::ResourceExhaustedError("too many bytes");
  }
  Media media{
      .kept = {.owner = owner.str(), .info = info, .create_time = create_time},
      .content = std::string(content)};
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
  return std::optional<MediaInfo>(found->second.kept.info);
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

absl::StatusOr<std::vector<KeptMedia>> FakeMediaStore::ListMedia(
    absl::string_view owner, absl::string_view after, int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<KeptMedia> list;
  for (auto media = media_.upper_bound(std::string(after));
       media != media_.end() && list.size() < static_cast<size_t>(limit);
       ++media) {
    const KeptMedia& kept = media->second.kept;
    if (owner.empty() || kept.owner == owner) list.push_back(kept);
  }
  return list;
}

absl::Status FakeMediaStore::DeleteMedia(absl::string_view media_id) {
  absl::MutexLock lock(&mu_);
  const auto found = media_.find(std::string(media_id));
  if (found == media_.end()) return absl::NotFoundError("no such media");
  const KeptMedia& kept = found->second.kept;
  const int64_t counted = kept.info.byte_count + kMediaEntryBytes;
  usage_[kept.owner] -= counted;
  usage_[""] -= counted;
  media_.erase(found);
  return absl::OkStatus();
}

void FakeMediaStore::AddUser(const matrix::UserId& user_id) {
  absl::MutexLock lock(&mu_);
  users_.insert(user_id.str());
}

}  // namespace causeway::homeserver
