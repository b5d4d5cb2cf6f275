#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_STREAM_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::homeserver {

// One call of SyncMany: each sync that comes is a coroutine, and its answer is
// written when it has ended. How many may be under way is the executor's to
// say. One whose caller gives it up, or is gone, waits no longer.
//
// Thread-safe. Owns itself until the call is done.
class SyncStream final
    : public grpc::ServerBidiReactor<v1::SyncManyRequest, v1::SyncManyResponse>,
      public std::enable_shared_from_this<SyncStream> {
 public:
  // Answers one sync, which waits no longer once `stop_waiting` stops. The
  // request lives until the coroutine has ended.
  using Handler =
      std::function<boost::asio::awaitable<absl::StatusOr<v1::SyncResponse>>(
          const v1::SyncRequest& request, server::CallContext call,
          std::stop_token stop_waiting)>;

  // Serves one call. What `handler` refers to, and `executor`, must outlive the
  // executor's draining.
  static std::shared_ptr<SyncStream> Start(Handler handler,
                                           server::Executor& executor);

  // For make_shared in Start() alone.
  SyncStream(Handler handler, server::Executor& executor);

  // Reads no more, and ends when all that has been read is answered.
  void Drain() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mu_);
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mu_);
  void OnCancel() override ABSL_LOCKS_EXCLUDED(mu_);
  void OnDone() override;

  // Begins the sync that has been read.
  void Begin() ABSL_LOCKS_EXCLUDED(mu_);
  boost::asio::awaitable<absl::StatusOr<v1::SyncResponse>> Run(
      v1::SyncRequest request, server::CallContext call,
      std::stop_token stop_waiting);
  // The caller waits no longer: for one sync, or for any.
  void GiveUp(int64_t sync_id) ABSL_LOCKS_EXCLUDED(mu_);
  void GiveUpAll() ABSL_LOCKS_EXCLUDED(mu_);
  void Answer(int64_t sync_id, absl::StatusOr<v1::SyncResponse> result)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Writes or ends, whatever is due, unless a write is under way.
  void Advance() ABSL_LOCKS_EXCLUDED(mu_);

  const Handler handler_;
  server::Executor& executor_;
  v1::SyncManyRequest reading_;       // gRPC's while a read is under way.
  std::shared_ptr<SyncStream> self_;  // Until OnDone().

  absl::Mutex mu_;
  std::deque<v1::SyncManyResponse> answers_ ABSL_GUARDED_BY(mu_);
  // Who is to be told that nobody waits for it any more, by its name. Of two
  // of one name, which break the contract, either is.
  absl::btree_multimap<int64_t, std::stop_source> under_way_
      ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;  // The first of `answers_`.
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool caller_done_ ABSL_GUARDED_BY(mu_) = false;  // Nothing more is asked.
  bool caller_gone_ ABSL_GUARDED_BY(mu_) = false;  // Answers go nowhere.
  bool finished_ ABSL_GUARDED_BY(mu_) = false;     // Finish() has been called.
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_STREAM_H_
