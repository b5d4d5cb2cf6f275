#ifndef CAUSEWAY_SERVICES_REGISTRY_WATCH_REACTOR_H_
#define CAUSEWAY_SERVICES_REGISTRY_WATCH_REACTOR_H_

#include <grpcpp/support/server_callback.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/registry/change_feed.h"
#include "services/registry/registry_metrics.h"
#include "services/shared/clock/clock.h"

namespace causeway::registry {

// How long a stream may be silent before it shows that it lives.
inline constexpr absl::Duration kWatchHeartbeat = absl::Seconds(5);

// One call of Watch. Keeps only where its consumer stands: when the last
// message has gone, what is next is the difference to the state of that moment.
// So a slow consumer costs no more than a fast one, and skips what it missed.
//
// Thread-safe. Owns itself until the call is done.
class WatchReactor final : public grpc::ServerWriteReactor<v1::WatchResponse>,
                           public std::enable_shared_from_this<WatchReactor> {
 public:
  // Serves one call. Ends it with UNAVAILABLE when the feed has nothing yet, or
  // is stopped. `feed`, `metrics` and `clock` must outlive the call.
  static grpc::ServerWriteReactor<v1::WatchResponse>* Start(
      const v1::WatchRequest& request, const std::string& server_name,
      ChangeFeed& feed, RegistryMetrics& metrics, const Clock& clock);

  // For make_shared in Start() alone.
  WatchReactor(const v1::WatchRequest& request, const std::string& server_name,
               ChangeFeed& feed, RegistryMetrics& metrics, const Clock& clock);

 private:
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mu_);
  void OnCancel() override ABSL_LOCKS_EXCLUDED(mu_);
  void OnDone() override;

  // Writes or ends, whatever is due, unless a write is under way.
  void Advance() ABSL_LOCKS_EXCLUDED(mu_);
  // Null when there is nothing to say.
  const v1::WatchResponse* NextMessage() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const bool with_secrets_;
  const std::string server_name_;
  ChangeFeed& feed_;
  RegistryMetrics& metrics_;
  const Clock& clock_;
  std::shared_ptr<WatchReactor> self_;  // Until OnDone().

  absl::Mutex mu_;
  int64_t revision_ ABSL_GUARDED_BY(mu_);  // Where `messages_` lead to.
  std::vector<v1::WatchResponse> messages_ ABSL_GUARDED_BY(mu_);
  size_t next_message_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration last_write_ ABSL_GUARDED_BY(mu_) = -absl::InfiniteDuration();
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;    // The consumer has gone.
  bool finished_ ABSL_GUARDED_BY(mu_) = false;  // Finish() has been called.
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_WATCH_REACTOR_H_
