#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_LEASE_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_LEASE_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "services/push_dispatcher/core/lease_watch.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {

// One process of push_dispatcher.
struct ReplicaIdentity {
  // Stays the same over restarts: what a process of this name owned belongs to
  // its successor at once.
  std::string name;
  // Random, of this process alone.
  std::string incarnation;
  std::string grpc_address;
};

struct AcquiredQueue {
  AppserviceUid uid = 0;
  Epoch epoch = 0;
  // Random, drawn for this lease alone, and never again: 1 to 64 characters of
  // 0-9 and a-f.
  std::string nonce;
  QueueHead head;
  QueueSettings settings = {};
  LeaseOrigin origin = LeaseOrigin::kFree;
};

// The store can't make sense of what it has of a queue.
struct UnreadableQueue {
  AppserviceUid uid = 0;
  absl::Status why;
};

struct LeaseRound {
  std::vector<ReplicaHeartbeat> replicas;  // All, this one included.
  std::vector<AcquiredQueue> acquired;
  // Would have been acquired; are tried again in each round.
  std::vector<UnreadableQueue> unreadable;
  // Queues that nobody has still, or only one that isn't known: another has
  // their rows locked, to take them just now or for whatever else.
  int64_t unowned_count = 0;
  // Those of LeaseQuestion::held that another has now, or that are gone.
  std::vector<AppserviceUid> lost;
  // Those of LeaseQuestion::handed that are their heirs' now.
  std::vector<AppserviceUid> handed_over;
  // Where the sources end, by source ID: another replica may have queued
  // something for us and died before it could say so.
  std::vector<int64_t> source_ends;
};

// Who owns which queue. Each time one changes hands its epoch grows. Whoever
// else changes a queue raises the epoch too and takes it from its owner's
// incarnation, but not from its owner: in its next round, the owner takes it
// again as it is now.
//
// Thread-safe. Calls block. Besides what is named, all fail with UNAVAILABLE
// when the database is away.
class LeaseStore {
 public:
  virtual ~LeaseStore() = default;

  // This incarnation has the name from now on; an earlier one has lost it.
  virtual absl::Status Enter(const ReplicaIdentity& replica) = 0;

  // Counts the heartbeat up, forgets whom `question` says, on the condition
  // that it says, and takes what nobody has or only one that isn't known, what
  // earlier incarnations of the taker had, what `question` says is the dead's
  // (of those that are as they were last seen, and aren't renewing just now),
  // and what is the taker's own by the store's account but not by the
  // question's. Before that it gives `question.handed` to their heirs, but for
  // those that aren't there, or take no more, or are just renewing.
  // FAILED_PRECONDITION: another incarnation has the name now.
  virtual absl::StatusOr<LeaseRound> Renew(const ReplicaIdentity& replica,
                                           const LeaseQuestion& question) = 0;

  // Nobody hands anything over to this incarnation from now on.
  virtual absl::Status Leave(const ReplicaIdentity& replica) = 0;

  // Gives back all that this incarnation owns, or was handed.
  virtual absl::Status Release(const ReplicaIdentity& replica) = 0;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_LEASE_STORE_H_
