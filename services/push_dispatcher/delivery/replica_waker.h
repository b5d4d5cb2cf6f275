#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_REPLICA_WAKER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_REPLICA_WAKER_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/delivery/queue_word.h"
#include "services/shared/server/channel.h"

namespace causeway::push {

// Tells the other replicas what happened to queues, so that whoever owns them
// acts at once, and gives them ephemeral data for these. All are told of all
// that aren't ours: there are few replicas, and who owns what changes. A word
// that is lost costs a heartbeat's time, after which everybody looks anyway, or
// the rest of a backoff; so nothing is repeated.
//
// Thread-safe. Never blocks, but in the destructor for calls that are out.
class ReplicaWaker {
 public:
  // `channel`: how to make one to another replica.
  explicit ReplicaWaker(server::ChannelOptions channel = {});
  ~ReplicaWaker();
  ReplicaWaker(const ReplicaWaker&) = delete;
  ReplicaWaker& operator=(const ReplicaWaker&) = delete;

  // The gRPC addresses of the others, by name. Replaces what was said before.
  void SetPeers(const std::map<std::string, std::string>& addresses)
      ABSL_LOCKS_EXCLUDED(mu_);

  // How the other of this name is called. Null: there is none that lives.
  std::shared_ptr<v1::PushDispatcher::StubInterface> Find(
      const std::string& name) const ABSL_LOCKS_EXCLUDED(mu_);

  // What is told while the last word is still under way is told together.
  void Wake(absl::Span<const QueueWord> words) ABSL_LOCKS_EXCLUDED(mu_);
  // The same to one of the others alone.
  void Wake(const std::string& name, absl::Span<const QueueWord> words)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Likewise. False: too much waits already, and some didn't get it.
  bool HandOver(AppserviceUid uid, const EphemeralItems& items)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Peer;
  struct Call;

  void Tell(const std::shared_ptr<Peer>& peer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Finish(const std::shared_ptr<Peer>& peer) ABSL_LOCKS_EXCLUDED(mu_);

  const server::ChannelOptions channel_;
  mutable absl::Mutex mu_;
  std::map<std::string, std::shared_ptr<Peer>> peers_ ABSL_GUARDED_BY(mu_);
  int calls_out_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_REPLICA_WAKER_H_
