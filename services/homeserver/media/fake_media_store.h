#ifndef CAUSEWAY_SERVICES_HOMESERVER_MEDIA_FAKE_MEDIA_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_MEDIA_FAKE_MEDIA_STORE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/media/media_store.h"

namespace causeway::homeserver {

// A MediaStore in memory, for tests.
//
// Thread-safe.
class FakeMediaStore final : public MediaStore {
 public:
  absl::Status PutMedia(const matrix::UserId& owner, const MediaInfo& info,
                        absl::string_view content, const MediaQuota& quota,
                        absl::Time create_time)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<std::optional<MediaInfo>> FindMedia(absl::string_view media_id)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<std::string> ReadChunks(absl::string_view media_id,
                                         int first_chunk, int chunk_count)
      ABSL_LOCKS_EXCLUDED(mu_) override;

  absl::StatusOr<std::vector<KeptMedia>> ListMedia(absl::string_view owner,
                                                   absl::string_view after,
                                                   int limit)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::Status DeleteMedia(absl::string_view media_id)
      ABSL_LOCKS_EXCLUDED(mu_) override;

  // Who may own media.
  void AddUser(const matrix::UserId& user_id) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Media {
    KeptMedia kept;
    std::string content;
  };

  absl::Mutex mu_;
  std::set<std::string> users_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, Media> media_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, int64_t> usage_ ABSL_GUARDED_BY(mu_);  // "": of all.
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_MEDIA_FAKE_MEDIA_STORE_H_
