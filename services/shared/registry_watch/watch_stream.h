#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_STREAM_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_STREAM_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"

namespace causeway::registry_watch {

// One call of Registry.Watch, as messages to be taken one by one. The next one
// is read only when the last has been taken, so a slow reader holds one message
// and the registry, which sees that, sends it fewer.
//
// Next() and the destructor belong to one thread; Cancel() to any.
class WatchStream final
    : private grpc::ClientReadReactor<registry::v1::WatchResponse> {
 public:
  // Starts the call, waiting for the registry to be there. `stub` must outlive
  // the stream.
  WatchStream(registry::v1::Registry::StubInterface& stub,
              registry::v1::WatchRequest request);
  // Cancels the call and waits for its end.
  ~WatchStream() override;

  WatchStream(const WatchStream&) = delete;
  WatchStream& operator=(const WatchStream&) = delete;

  // The next message, or why there are no more: the status of the call, or
  // DEADLINE_EXCEEDED when none came for `silence_max`.
  absl::StatusOr<registry::v1::WatchResponse> Next(absl::Duration silence_max)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Ends the call: Next() gives CANCELLED.
  void Cancel();

 private:
  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mu_);
  void OnDone(const grpc::Status& status) override ABSL_LOCKS_EXCLUDED(mu_);

  const registry::v1::WatchRequest request_;
  grpc::ClientContext context_;
  registry::v1::WatchResponse reading_;  // gRPC's while a read is under way.

  absl::Mutex mu_;
  bool message_ready_ ABSL_GUARDED_BY(mu_) = false;
  // The call can't end: a read is out, or Next() may start one.
  bool is_held_ ABSL_GUARDED_BY(mu_) = true;
  bool is_closing_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<grpc::Status> ended_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_STREAM_H_
