#ifndef CAUSEWAY_TESTS_SIMULATION_STORE_ACCESS_H_
#define CAUSEWAY_TESTS_SIMULATION_STORE_ACCESS_H_

#include <cstdint>
#include <functional>
#include <map>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_clock.h"

namespace causeway::push::simulation {

// The way to the store and back: when a transaction takes place, whether it
// does, and whether who asked for it hears of it.
//
// Thread-compatible.
class StoreAccess {
 public:
  enum class Kind { kRead, kWrite };
  // The transaction; all at once.
  using Transaction = std::function<void()>;
  // Whether it is known to have taken place. If not, it may have, or may yet.
  using Answer = std::function<void(bool done)>;

  StoreAccess(const Schedule& schedule, SimClock& clock, Coverage& coverage)
      : schedule_(schedule), clock_(clock), coverage_(coverage) {}

  void Submit(int64_t process, Kind kind, Transaction transaction,
              Answer answer);

  // Nobody reaches the store until then; what is under way is cut off.
  void BeginOutage(absl::Duration duration);
  // One process alone.
  void CutOff(int64_t process, absl::Duration duration);
  // Ends all connections, as a restore does.
  void EndConnections() { ++generation_; }
  // No faults from now on.
  void Heal();

 private:
  bool Reachable(int64_t process) const;
  // The transaction, after a while, if its connection still is there.
  void Later(int64_t process, absl::Duration delay_min, absl::string_view what,
             Transaction transaction);

  const Schedule& schedule_;
  SimClock& clock_;
  Coverage& coverage_;
  bool healthy_ = false;
  int64_t generation_ = 0;
  absl::Duration away_until_;
  std::map<int64_t, absl::Duration> cut_off_until_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_STORE_ACCESS_H_
