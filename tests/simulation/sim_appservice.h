#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_APPSERVICE_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_APPSERVICE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/history.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_clock.h"

namespace causeway::push::simulation {

// An application service, and the network on the way to it. What it sees goes
// into the history.
//
// Thread-compatible.
class SimAppservice {
 public:
  struct Options {
    int32_t number = 0;
    // Recognises every ID that it took; else only the last.
    bool remembers_every_id = false;
    // More is a 413. 0: takes all.
    int64_t body_bytes_max = 0;
    bool disturbed = true;
  };
  struct Request {
    AppserviceUid uid = 0;
    std::string txn_id;
    std::shared_ptr<const std::string> body;
    std::string sender;
    Put::Standing standing = Put::Standing::kOwner;
    bool is_ephemeral = false;
  };
  struct Answer {
    AttemptOutcome outcome = AttemptOutcome::kFailed;
    absl::Duration retry_after;
  };

  SimAppservice(Options options, const Schedule& schedule, SimClock& clock,
                Coverage& coverage, History& history)
      : options_(options),
        schedule_(schedule),
        clock_(clock),
        coverage_(coverage),
        history_(history) {}

  // An attempt that is under way, or was.
  struct Call;

  // One attempt. Calls `answer` once; the request may arrive later than that.
  std::shared_ptr<Call> Put(Request request,
                            std::function<void(Answer)> answer);
  // Answers at once, unless it has been answered.
  void Cancel(Call& call);

  bool remembers_every_id() const { return options_.remembers_every_id; }
  // Healthy from now on.
  void Heal() { healthy_ = true; }

 private:
  enum class Mood {
    kHealthy,
    kSlow,
    kServerError,
    kTooManyRequests,
    kRejection,
    kRefusal,
    kUnreachable,
    kDroppedAfterReading,
    kReplyLost,
    kHang,
  };

  Mood Draw(bool is_ephemeral);
  // What the sender would be told, were it still there.
  Answer Arrive(const Request& request, Mood mood, absl::Duration sent);
  void End(Call& call, const Answer& answer);
  Answer Judge(const Request& request, Mood mood, Put::Taken& taken);
  Put::Taken Take(const std::string& txn_id);

  const Options options_;
  const Schedule& schedule_;
  SimClock& clock_;
  Coverage& coverage_;
  History& history_;
  bool healthy_ = false;
  std::string last_txn_id_;
  std::set<std::string> txn_ids_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_APPSERVICE_H_
