#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_SOURCE_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_SOURCE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/history.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/sim_rooms.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

// What has been taken over, by its bytes.
using PublishedEvents =
    std::map<std::string, std::shared_ptr<const SourceRecord>, std::less<>>;

// What one Publish call carries. The records live as long as it.
struct SimBatch {
  PublishBatch batch;
  std::vector<std::shared_ptr<const SourceRecord>> records;
  // Events aren't named by the source and its positions.
  bool named = false;
};

// A homeserver's stream: makes events, and publishes them from the position
// that push has told it. It loses answers, repeats what it has sent already,
// and is restored from its own backups, with the same events or with others.
// Then it begins anew as services/homeserver/stream/stream_publisher.cc does,
// or under another name.
//
// Thread-compatible.
class SimSource {
 public:
  // Empty: UNAVAILABLE, or no answer.
  using Answer = std::function<void(std::optional<PublishResult>)>;
  using Publish = std::function<void(std::shared_ptr<const SimBatch>, Answer)>;
  // Empty: likewise.
  using HistoryAnswer = std::function<void(std::optional<SourceHistory>)>;
  // False: it was refused, or likewise.
  using RestartAnswer = std::function<void(bool began)>;
  using NewStream = std::function<int32_t()>;
  // What reaches one of the replicas.
  struct Push {
    Publish publish;
    std::function<void(const std::string& source, HistoryAnswer)> get_history;
    std::function<void(SimRestart, RestartAnswer)> restart;
  };

  // `new_stream` gives a number that no stream ever had.
  SimSource(int32_t stream, const Schedule& schedule, SimClock& clock,
            Coverage& coverage, History& history, Push push,
            NewStream new_stream);

  // Is quiet for a while first: it opens, and that is all.
  void Start(absl::Duration quiet);
  // It goes back to an earlier state: of what push has told it or, if it may
  // diverge, of its events, and goes on with others.
  void Restore();
  // No new events and no faults from now on.
  void Heal() { healthy_ = true; }
  std::string name() const { return SourceName(name_stream_); }
  // Push has acknowledged all there is, and really has it.
  bool Done(const SourceState& stored) const {
    return next_ > end() &&
           HasPassed({stored.end.position - stored.offset,
                      stored.end.prefix_sha256}) &&
           stored.end.position - stored.offset == next_;
  }

 private:
  void Generate();
  void AddRecord();
  void Append(std::shared_ptr<const SourceRecord> record);
  int64_t end() const { return static_cast<int64_t>(records_.size()); }
  void PublishNext();
  // Compares notes with push while there is nothing to publish, as GetSource
  // is there for: a restore of either shows.
  void AskWhereItStands();
  // Asks what push knows of its history, where it can't know: the last place
  // may lie ahead, if it tells again what was delivered before.
  void FindPosition();
  // Publishes, or asks if there is nothing to publish.
  void Look();
  void LookAfter(absl::Duration pause);
  void Call(int64_t begin, int64_t count);
  void Answered(int64_t call, int32_t stream, int64_t batch_end,
                const std::optional<PublishResult>& result);
  void Vouch(int64_t accepted_end);
  // Whether its own history has come by there.
  bool HasPassed(const ChainPoint& point) const;
  // Loses what comes from there on, and goes on with something else.
  void Diverge(int64_t back_to);
  // Another history lies here than there, which ends at `push_position`. If so
  // twice, it begins anew.
  void NoteDivergence(int64_t push_position);
  void BeginAnew();
  void Restart(const SourceHistory& history);
  // Or: what was added since goes out as a stream of its own.
  void StartOver();

  const Schedule& schedule_;
  SimClock& clock_;
  Coverage& coverage_;
  History& history_;
  const Push push_;
  const NewStream new_stream_;

  int32_t name_stream_;   // The source's name.
  int32_t event_stream_;  // What new events are named by.
  int64_t last_number_ = 0;
  SimRooms rooms_;
  std::vector<std::shared_ptr<const SourceRecord>> records_;
  std::vector<ChainPoint> points_ = {{}};  // Before each, and behind the last.
  // The longest pause between two events: some sources are quiet.
  absl::Duration pause_max_;
  int64_t next_ = 1;  // The position to publish from.
  // Else push is asked first. Of one that begins anew alone.
  bool position_known_ = false;
  std::optional<int64_t> diverged_at_;
  int64_t call_ = 0;
  bool calling_ = false;
  bool healthy_ = false;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_SOURCE_H_
