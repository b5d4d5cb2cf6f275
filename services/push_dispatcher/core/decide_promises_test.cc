// Goal: P2, P3 and P4 hold for one queue whatever happens around the core.
// Method: two owners, each with a core of its own and each believing what it
// likes, one row in a store, one application service; commits that are refused,
// lost or late, attempts that fail, crashes and usurped leases, all drawn from
// a seed. The service's view is checked at every step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/decide.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/describe_delivery.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {
namespace {

class World {
 public:
  explicit World(uint32_t seed) : random_(seed) {}

  void Step() {
    const size_t owner = random_() % owners_.size();
    switch (random_() % 10) {
      case 0:
        queued_ += 1 + random_() % 7;
        for (size_t i = 0; i < owners_.size(); ++i) Tell(i, Woken{});
        break;
      case 1:
        if (random_() % 4 == 0) Crash(owner);
        if (random_() % 8 == 0) Tell(owner, Drain{});
        break;
      case 2:
        if (random_() % 3 == 0) Acquire(owner);
        break;
      case 3:
        Tell(owner, random_() % 2 == 0 ? DeliveryEvent(TimerFired{})
                                       : DeliveryEvent(RetryNow{}));
        break;
      default:
        Perform(owner);
    }
    now_ += absl::Milliseconds(random_() % 2000);
  }

  // No more faults: everything queued must arrive.
  void Settle() {
    faults_ = false;
    Acquire(0);
    for (int i = 0; i < 10000 && acknowledged() < queued_; ++i) {
      while (!owners_[0].todo.empty()) Perform(0);
      Tell(0, TimerFired{});
      now_ += absl::Minutes(6);
    }
    EXPECT_EQ(acknowledged(), queued_);
  }

 private:
  struct Owner {
    DeliveryState state;
    std::vector<DeliveryEffect> todo;
  };

  int64_t acknowledged() const { return row_.cursors.Get(1); }
  bool Fault(uint32_t one_in) { return faults_ && random_() % one_in == 0; }

  void Tell(size_t owner, const DeliveryEvent& event) {
    Owner& o = owners_[owner];
    for (DeliveryEffect& effect :
         Decide(options_, o.state, event, {.now = now_})) {
      o.todo.push_back(std::move(effect));
    }
  }

  void Crash(size_t owner) {
    owners_[owner] = {};
    // Tickets are per process: a new one's must not be those of the old.
    owners_[owner].state.last_ticket = 1000 * ++crash_count_;
  }

  void Acquire(size_t owner) {
    ++epoch_;
    Tell(owner, LeaseAcquired{epoch_, absl::StrCat("n", epoch_), row_});
  }

  // Takes any one of the effects that wait, and does it, badly perhaps.
  void Perform(size_t owner) {
    std::vector<DeliveryEffect>& todo = owners_[owner].todo;
    if (todo.empty()) return;
    const size_t index = faults_ ? random_() % todo.size() : 0;
    const DeliveryEffect effect = todo[index];
    todo.erase(todo.begin() + static_cast<ptrdiff_t>(index));
    std::visit([&](const auto& e) { Do(owner, e); }, effect);
  }

  std::string Body(int64_t after, int64_t last) {
    return absl::StrCat(after + 1, "..", last);
  }

  void Do(size_t owner, const LoadNext& load) {
    if (Fault(10)) return Tell(owner, NextNotLoaded{load.ticket});
    const int64_t after = load.after.Get(1);
    const int64_t last =
        std::min(queued_, after + std::min(4, load.events_max));
    if (last <= after) return Tell(owner, NextLoaded{load.ticket, {}});
    const std::string body = Body(after, last);
    Tell(owner,
         NextLoaded{load.ticket,
                    Cut{.source_id = 1,
                        .last_position = last,
                        .event_count = static_cast<int32_t>(last - after),
                        .body_sha256 = body,
                        .body_format = kBodyFormat,
                        .body = std::make_shared<const std::string>(body),
                        .full = last - after == load.events_max}});
  }

  void Do(size_t owner, const RebuildSealed& rebuild) {
    if (Fault(10)) return Tell(owner, SealedNotLoaded{rebuild.ticket});
    const std::string body =
        Body(rebuild.after.Get(1), rebuild.sealed.last_position);
    // What is sealed can always be made again from what is queued.
    if (rebuild.sealed.body_sha256 != body) {
      return Tell(owner, SealedNotReproduced{rebuild.ticket});
    }
    Tell(owner, SealedRebuilt{rebuild.ticket,
                              std::make_shared<const std::string>(body)});
  }

  bool Apply(const QueueWrite& write) {
    if (write.epoch != epoch_ || write.expected_txn_id != row_.txn_id ||
        write.expected_sealed != row_.sealed.has_value()) {
      return false;
    }
    if (write.acknowledgement.has_value()) {
      EXPECT_EQ(write.acknowledgement->last_position,
                row_.sealed->last_position);
      EXPECT_TRUE(taken_.contains(row_.txn_id)) << "acknowledged unsent";
      row_.cursors.Set(1, write.acknowledgement->last_position);
    }
    row_.sealed = write.seal;
    if (write.seal.has_value()) {
      EXPECT_TRUE(ids_.insert(write.seal->txn_id).second) << "ID used twice";
      row_.txn_id = write.seal->txn_id;
    }
    return true;
  }

  void Do(size_t owner, const Write& write) {
    if (Fault(12)) {  // The connection breaks; it may come through, even late.
      if (random_() % 2 == 0) late_writes_.push_back(write.write);
      return Tell(owner, WriteUnknown{write.ticket});
    }
    if (Apply(write.write)) {
      Tell(owner, WriteCommitted{write.ticket});
    } else {
      Tell(owner, WriteRefused{write.ticket});
    }
  }

  void Do(size_t owner, const ReadHead& read) {
    for (const QueueWrite& write : std::exchange(late_writes_, {})) {
      if (!Fault(4)) Apply(write);
    }
    if (Fault(10)) return Tell(owner, HeadNotRead{read.ticket});
    if (read.epoch != epoch_) return Tell(owner, HeadRead{read.ticket, {}});
    Tell(owner, HeadRead{read.ticket, row_});
  }

  void Do(size_t owner, const Send& send) {
    // P3: one ID, one body.
    const auto first = bodies_.try_emplace(send.sealed.txn_id, *send.body);
    EXPECT_EQ(first.first->second, *send.body) << send.sealed.txn_id;
    EXPECT_TRUE(ids_.contains(send.sealed.txn_id)) << "sent before sealed";
    if (first.second) {
      // P2, P4, hard case 1: a new ID only when all before it is acknowledged,
      // beginning just there.
      EXPECT_EQ(send.sealed.txn_id, row_.txn_id);
      EXPECT_EQ(*send.body, Body(acknowledged(), send.sealed.last_position));
    }
    AttemptOutcome outcome = AttemptOutcome::kDelivered;
    if (Fault(4)) {
      constexpr std::array kOutcomes = {
          AttemptOutcome::kTooLarge, AttemptOutcome::kRefused,
          AttemptOutcome::kFailed, AttemptOutcome::kTimedOut};
      outcome = kOutcomes[random_() % kOutcomes.size()];
    }
    if (outcome == AttemptOutcome::kDelivered) {
      taken_.insert(send.sealed.txn_id);
    }
    Tell(owner, AttemptFinished{send.ticket, outcome});
  }

  void Do(size_t, const SetTimer&) {}
  void Do(size_t, const RaiseAlarm& alarm) {
    ADD_FAILURE() << "alarm for " << alarm.txn_id;
  }

  const DeliveryOptions options_ = {.events_max = 4};
  std::mt19937 random_;
  bool faults_ = true;
  absl::Duration now_ = absl::Seconds(1);
  int64_t crash_count_ = 0;

  int64_t queued_ = 0;  // Positions 1 to this.
  Epoch epoch_ = 0;
  QueueHead row_;
  std::vector<QueueWrite> late_writes_;
  std::array<Owner, 2> owners_;

  std::map<std::string, std::string> bodies_;  // By ID, as first sent.
  std::set<std::string> ids_;                  // Ever sealed.
  std::set<std::string> taken_;                // Answered with 200.
};

TEST(DecidePromisesTest, HoldUnderFaults) {
  for (uint32_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    World world(seed);
    for (int step = 0; step < 300; ++step) world.Step();
    world.Settle();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace causeway::push
