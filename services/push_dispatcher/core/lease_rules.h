#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_RULES_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_RULES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/lease_watch.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// Where a queue was before it was taken.
enum class LeaseOrigin {
  kFree,        // Nobody had it, or one that isn't known.
  kDead,        // One that stood still.
  kHandedOver,  // Its owner let this one have it.
  kOwn,         // This one had it, or an earlier process of its name.
};

// What a replica believes to own.
struct HeldQueue {
  AppserviceUid uid = 0;
  Epoch epoch = 0;
  // Of its lease. The epoch alone wouldn't do: after a restore it comes again.
  std::string nonce;

  bool operator==(const HeldQueue&) const = default;
};

// One that its owner has let go of, in order, so that another replica has it.
struct HandedQueue {
  HeldQueue queue;
  std::string heir;  // That replica's name.

  bool operator==(const HandedQueue&) const = default;
};

// What a round of lease keeping tells the store.
struct LeaseQuestion {
  // Replicas whose queues may be taken, if they have still not moved from where
  // they were last seen: one that has come back between the look and the
  // question keeps its own.
  std::vector<ReplicaHeartbeat> dead;
  // The store keeps with each queue the nonce of its lease, and raises the
  // epoch when an operator changes something. A queue that is ours by the
  // store's account but not among these, or with another epoch or nonce, is
  // taken again: we have let go of it, or never heard that we took it, or an
  // operator has been at it, or the store has gone back to an earlier state of
  // itself. One of these that isn't ours is lost.
  std::vector<HeldQueue> held;
  // Of the dead, those that are forgotten, on the same condition.
  std::vector<ReplicaHeartbeat> forgotten = {};
  // Given to their heirs if they are still as here. One whose heir can't have
  // it now stays, as if it were held.
  std::vector<HandedQueue> handed = {};
};

// Who has stood still for so long doesn't come back, or begins anew as one that
// was never known. Replicas that get another name with each start would become
// ever more, and as long as there seems to be another one that may take events
// in, all queues are woken whenever a source has moved.
inline constexpr absl::Duration kReplicaForgottenAfter = absl::Hours(1);

// When a replica takes queues, and when it lets go of its own (hard case 9).
//
// Pure: times and observations are given. Thread-compatible.
class LeaseRules {
 public:
  LeaseRules(std::string name, absl::Duration dead_after, absl::Duration now,
             absl::Duration forgotten_after = kReplicaForgottenAfter)
      : name_(std::move(name)),
        dead_after_(dead_after),
        forgotten_after_(forgotten_after),
        watch_(dead_after),
        renewed_at_(now) {}

  absl::Duration round_interval() const { return dead_after_ / 5; }

  // From when on another may take over soon, or has already: all queues are to
  // be let go. That goes before a round too: who stood still and goes on finds
  // the store willing, and would keep what others have taken.
  absl::Duration let_go_at() const { return renewed_at_ + dead_after_ / 2; }

  LeaseQuestion Ask(absl::Duration now, std::vector<HeldQueue> held) const {
    LeaseQuestion question;
    question.held = std::move(held);
    question.dead = Others(watch_.Dead(now));
    question.forgotten = Others(watch_.StoodStill(now, forgotten_after_));
    return question;
  }

  // Replicas that stand still.
  std::vector<ReplicaHeartbeat> Dead(absl::Duration now) const {
    return watch_.Dead(now);
  }

  // Those that may have queues, this one among them, as they were last seen.
  std::vector<ReplicaHeartbeat> Lively(absl::Duration now) const {
    std::vector<ReplicaHeartbeat> lively = watch_.Lively(now);
    std::erase_if(lively, [](const auto& replica) { return replica.leaving; });
    return lively;
  }

  // A round that began at `began` has succeeded. False: our own heartbeat has
  // not grown since the last, so the store has gone back to an earlier state of
  // itself. Whatever is remembered of it may be of a past that never was: all
  // queues are to be let go and taken again, and what is cached forgotten.
  bool Renewed(absl::Duration began, absl::Span<const ReplicaHeartbeat> all,
               absl::Duration now) {
    renewed_at_ = began;
    watch_.Observe(all, now);
    const int64_t before = heartbeat_;
    for (const ReplicaHeartbeat& replica : all) {
      if (replica.name == name_) heartbeat_ = replica.heartbeat;
    }
    return heartbeat_ > before;
  }

 private:
  std::vector<ReplicaHeartbeat> Others(
      std::vector<ReplicaHeartbeat> replicas) const {
    std::erase_if(replicas, [this](const ReplicaHeartbeat& replica) {
      return replica.name == name_;
    });
    return replicas;
  }

  const std::string name_;
  const absl::Duration dead_after_;
  const absl::Duration forgotten_after_;
  LeaseWatch watch_;
  absl::Duration renewed_at_;
  int64_t heartbeat_ = 0;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_RULES_H_
