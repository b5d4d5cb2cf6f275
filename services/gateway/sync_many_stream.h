#ifndef CAUSEWAY_SERVICES_GATEWAY_SYNC_MANY_STREAM_H_
#define CAUSEWAY_SERVICES_GATEWAY_SYNC_MANY_STREAM_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"

namespace causeway::gateway {

// One call of Rooms.SyncMany, from the caller's side.
//
// Thread-safe. Owns itself until the call is done.
class SyncManyStream final
    : public grpc::ClientBidiReactor<homeserver::v1::SyncManyRequest,
                                     homeserver::v1::SyncManyResponse>,
      public std::enable_shared_from_this<SyncManyStream> {
 public:
  // Called once, from any thread; must not block, nor call the stream.
  using Callback =
      absl::AnyInvocable<void(absl::StatusOr<homeserver::v1::SyncResponse>) &&>;

  // Begins the call. `stub` must outlive it.
  static std::shared_ptr<SyncManyStream> Start(
      homeserver::v1::Rooms::StubInterface& stub);

  SyncManyStream() = default;  // For make_shared in Start() alone.

  // Asks. False when the call has ended: then nothing is taken, and another
  // stream is to be started.
  bool Ask(homeserver::v1::SyncManyRequest& request, Callback& callback)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Gives up waiting, and tells the other side: calls back with `reason`,
  // unless an answer has come.
  void GiveUp(int64_t sync_id, absl::Status reason) ABSL_LOCKS_EXCLUDED(mu_);
  // Ends the call. Whoever waits is answered CANCELLED.
  void Cancel();
  // Blocks until it has ended.
  void AwaitDone() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mu_);
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mu_);
  void OnDone(const grpc::Status& status) override ABSL_LOCKS_EXCLUDED(mu_);

  // Queues `request`. What is to be written now; null while a write is out.
  const homeserver::v1::SyncManyRequest* Push(
      homeserver::v1::SyncManyRequest request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Takes what is to be called back. Null when nobody waits any more.
  Callback Take(int64_t sync_id) ABSL_LOCKS_EXCLUDED(mu_);

  grpc::ClientContext context_;
  homeserver::v1::SyncManyResponse reading_;  // gRPC's while a read is out.
  std::shared_ptr<SyncManyStream> self_;      // Until OnDone().

  absl::Mutex mu_;
  absl::flat_hash_map<int64_t, Callback> waiting_ ABSL_GUARDED_BY(mu_);
  std::deque<homeserver::v1::SyncManyRequest> requests_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;  // The first of `requests_`.
  bool ending_ ABSL_GUARDED_BY(mu_) = false;   // Nothing more is started.
  bool done_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_SYNC_MANY_STREAM_H_
