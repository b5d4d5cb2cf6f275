#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_BALANCE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_BALANCE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "services/push_dispatcher/core/lease_watch.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// Which replica gives how many of its queues to which other, so that a replica
// that comes back isn't idle while the others do its work.
//
// That begins when any has a tenth more or less than its share, and goes on
// until all have as many as each other, but for one. All replicas make the same
// plan, by what the store counts: step by step, who has most gives one to who
// has least; each does only its own steps of it. So two that give at the same
// time don't give too much together. A step is taken only where the giver has
// at least two more, so no queue ever comes back by itself.
//
// A queue that is being handed over is on the list of those that leave from
// when its owner is told to finish with it, through when it has let go, until
// the store says that it is the heir's.
//
// Pure: times and observations are given. Thread-compatible.
class LeaseBalance {
 public:
  // `moves_per_second_max` 0: nothing is ever handed over.
  LeaseBalance(std::string name, double moves_per_second_max,
               absl::Duration round_interval, absl::Duration now);

  // Who is to have a queue of ours each, one entry a queue. `lively`: who may
  // have queues, as LeaseRules::Lively() says.
  std::vector<std::string> Heirs(absl::Span<const ReplicaHeartbeat> lively,
                                 absl::Duration now);

  // The owner has been told to finish with it.
  void Leave(HeldQueue queue, std::string heir);

  const std::vector<HandedQueue>& leaving() const { return leaving_; }

  // Those of them that the owner has let go of, for LeaseQuestion. One whose
  // heir isn't among `lively` any more is forgotten: as nobody holds it, this
  // replica takes it again. So is one that is held otherwise now.
  std::vector<HandedQueue> LetGo(absl::Span<const HeldQueue> held,
                                 absl::Span<const ReplicaHeartbeat> lively);

  // The store says that these aren't ours any more. Returns those that were
  // leaving.
  std::vector<HandedQueue> HandedOver(absl::Span<const AppserviceUid> uids);

  // All queues are let go of, for another reason.
  void Forget() { leaving_.clear(); }

 private:
  void Earn(absl::Duration now);

  const std::string name_;
  const double moves_per_second_max_;
  const double allowance_max_;
  double allowance_ = 1;  // Queues that may be handed over now.
  absl::Duration earned_at_;
  bool giving_ = false;
  std::vector<HandedQueue> leaving_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_BALANCE_H_
