#ifndef CAUSEWAY_SERVICES_GATEWAY_SYNC_MANY_H_
#define CAUSEWAY_SERVICES_GATEWAY_SYNC_MANY_H_

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <stop_token>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/gateway/sync_many_stream.h"
#include "services/shared/server/call_context.h"

namespace causeway::gateway {

// Rooms.Sync for the many who wait, over one stream that is opened when first
// needed, and again after it has ended.
//
// Thread-safe.
class SyncMany {
 public:
  // `stub` must outlive it.
  explicit SyncMany(homeserver::v1::Rooms::StubInterface& stub);
  // Ends the stream, and waits for its end.
  ~SyncMany();

  SyncMany(const SyncMany&) = delete;
  SyncMany& operator=(const SyncMany&) = delete;

  // What Sync answers. CANCELLED once `stop_waiting` stops, which has to happen
  // on the coroutine's executor; DEADLINE_EXCEEDED; UNAVAILABLE when the stream
  // ends.
  boost::asio::awaitable<absl::StatusOr<homeserver::v1::SyncResponse>> Await(
      homeserver::v1::SyncRequest sync, const server::CallContext& call,
      std::stop_token stop_waiting);

 private:
  using Callback = SyncManyStream::Callback;

  // The stream that has been asked.
  std::shared_ptr<SyncManyStream> Ask(homeserver::v1::SyncManyRequest request,
                                      Callback callback)
      ABSL_LOCKS_EXCLUDED(mu_);

  homeserver::v1::Rooms::StubInterface& stub_;
  std::atomic<int64_t> next_sync_id_ = 1;
  absl::Mutex mu_;
  std::shared_ptr<SyncManyStream> stream_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_SYNC_MANY_H_
