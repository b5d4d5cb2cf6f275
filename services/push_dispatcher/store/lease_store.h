#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_LEASE_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_LEASE_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
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

// Whose queues may be taken, besides those that nobody has and those of earlier
// incarnations of the taker.
struct TakeOver {
  // Replicas' names, the taker's not among them.
  std::vector<std::string> dead = {};
  // This incarnation's own too: it has given them up, or can't know which it
  // has.
  bool own = false;
};

struct AcquiredQueue {
  AppserviceUid uid = 0;
  Epoch epoch = 0;
  // Random, drawn for this lease alone, and never again: 1 to 64 characters of
  // 0-9 and a-f.
  std::string nonce;
  QueueHead head;
  QueueSettings settings = {};
};

// Which queues one incarnation owns, in two numbers that hardly agree by
// chance.
struct OwnedQueues {
  int64_t count = 0;
  int64_t epoch_sum = 0;

  bool operator==(const OwnedQueues&) const = default;
};

struct LeaseRound {
  std::vector<ReplicaHeartbeat> replicas;  // All, this one included.
  std::vector<AcquiredQueue> acquired;
  // Where the sources end, by source ID: another replica may have queued
  // something for us and died before it could say so.
  std::vector<int64_t> source_ends;
  // What this incarnation owns as far as the store knows, `acquired` included.
  // Where that isn't what the
  // owner believes, there are queues that nobody serves (the database was
  // restored from a backup), and TakeOver::own takes them again.
  OwnedQueues owned;
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

  // Counts the heartbeat up and takes queues.
  // FAILED_PRECONDITION: another incarnation has the name now.
  virtual absl::StatusOr<LeaseRound> Renew(const ReplicaIdentity& replica,
                                           const TakeOver& take_over) = 0;

  // Gives back all that this incarnation owns.
  virtual absl::Status Release(const ReplicaIdentity& replica) = 0;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_LEASE_STORE_H_
