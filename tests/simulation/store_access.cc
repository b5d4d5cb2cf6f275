#include "tests/simulation/store_access.h"

#include <utility>

namespace causeway::push::simulation {
namespace {

using absl::Milliseconds;

// How long a client waits for an answer that will not come.
constexpr absl::Duration kAnswerTimeout = Milliseconds(1500);
constexpr absl::Duration kRepeatMin = Milliseconds(60);
// After how long of silence it gives a connection up.
constexpr absl::Duration kSilenceTimeout = absl::Seconds(10);
constexpr absl::Duration kLateMax = absl::Seconds(8);

}  // namespace

bool StoreAccess::Reachable(int64_t process) const {
  if (clock_.now() < away_until_) return false;
  const auto cut_off = cut_off_until_.find(process);
  return cut_off == cut_off_until_.end() || clock_.now() >= cut_off->second;
}

void StoreAccess::Submit(int64_t process, Kind kind, Transaction transaction,
                         Answer answer) {
  Chance& chance = clock_.chance();
  const bool lost = !healthy_ && chance.OneIn(schedule_.store_requests_lost);
  const bool late = !healthy_ && !lost && kind == Kind::kWrite &&
                    chance.OneIn(schedule_.commits_late);
  const bool answer_lost =
      !healthy_ && !lost && !late && chance.OneIn(schedule_.store_answers_lost);
  if (lost) coverage_.Reached(Fault::kStoreRequestLost);
  if (late) coverage_.Reached(Fault::kCommitLate);
  if (answer_lost) coverage_.Reached(Fault::kStoreAnswerLost);
  const absl::Duration way = chance.Between(Milliseconds(1), Milliseconds(20));
  const absl::Duration back = chance.Between(Milliseconds(1), Milliseconds(8));
  const int64_t generation = generation_;
  if (lost || late) {
    clock_.After(kAnswerTimeout, [answer] { answer(false); });
    if (late) Later(process, way, "a late commit", transaction);
    return;
  }
  if (!healthy_ && kind == Kind::kWrite &&
      chance.OneIn(schedule_.commits_late)) {
    // Repeated by something on the way that has lost the answer.
    coverage_.Reached(Fault::kCommitTwice);
    Later(process, kRepeatMin, "a commit again", transaction);
  }
  clock_.After(
      way, [this, generation, process, answer_lost, back,
            transaction = std::move(transaction), answer = std::move(answer)] {
        if (generation != generation_ || !Reachable(process)) {
          const bool silent =
              clock_.now() >= away_until_ && clock_.chance().OneIn(2);
          if (silent) coverage_.Reached(Fault::kStoreSilent);
          clock_.After(silent ? kSilenceTimeout : back,
                       [answer] { answer(false); });
          return;
        }
        transaction();
        clock_.After(answer_lost ? kAnswerTimeout : back,
                     [answer, answer_lost] { answer(!answer_lost); });
      });
}

void StoreAccess::Later(int64_t process, absl::Duration delay_min,
                        absl::string_view what, Transaction transaction) {
  clock_.After(clock_.chance().Between(delay_min, kLateMax),
               [this, process, what, generation = generation_,
                transaction = std::move(transaction)] {
                 if (generation != generation_ || !Reachable(process)) return;
                 clock_.Trace("store: ", what);
                 transaction();
               });
}

void StoreAccess::BeginOutage(absl::Duration duration) {
  away_until_ = clock_.now() + duration;
  ++generation_;
}

void StoreAccess::CutOff(int64_t process, absl::Duration duration) {
  cut_off_until_[process] = clock_.now() + duration;
}

void StoreAccess::Heal() {
  healthy_ = true;
  away_until_ = {};
  cut_off_until_.clear();
}

}  // namespace causeway::push::simulation
