#include "tests/simulation/simulation_run.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/simulation/sim_registry.h"

namespace causeway::push::simulation {
namespace {

// What the threads of a run share.
class Player {
 public:
  Player(const SimulationRun& run,
         absl::FunctionRef<bool(const PlayedSchedule&)> on_played)
      : run_(run), on_played_(on_played) {}

  // A thread: plays one schedule after the other until none is left.
  void Play() ABSL_LOCKS_EXCLUDED(mu_) {
    RegistryStories stories;
    Coverage coverage;
    while (true) {
      uint64_t seed;
      {
        absl::MutexLock lock(&mu_);
        if (begun_count_ == run_.schedule_count) break;
        seed = run_.first_seed + static_cast<uint64_t>(begun_count_++);
      }
      const Schedule& schedule = run_.only != nullptr
                                     ? *run_.only
                                     : Schedules()[seed % Schedules().size()];
      std::vector<std::string> trace;
      ScheduleResult result =
          PlaySchedule(schedule, seed, run_.fault, stories, coverage,
                       run_.is_traced ? &trace : nullptr);
      absl::MutexLock lock(&mu_);
      if (!on_played_({schedule, seed, std::move(result), std::move(trace)})) {
        begun_count_ = run_.schedule_count;
      }
    }
    absl::MutexLock lock(&mu_);
    coverage_.Add(coverage);
  }

  Coverage TakeCoverage() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return std::exchange(coverage_, {});
  }

 private:
  const SimulationRun& run_;
  absl::Mutex mu_;
  const absl::FunctionRef<bool(const PlayedSchedule&)> on_played_
      ABSL_GUARDED_BY(mu_);
  int64_t begun_count_ ABSL_GUARDED_BY(mu_) = 0;
  Coverage coverage_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

Coverage PlayAll(const SimulationRun& run,
                 absl::FunctionRef<bool(const PlayedSchedule&)> on_played) {
  Player player(run, on_played);
  std::vector<std::thread> threads(
      std::max(1u, std::thread::hardware_concurrency()));
  for (std::thread& thread : threads) {
    thread = std::thread([&player] { player.Play(); });
  }
  for (std::thread& thread : threads) thread.join();
  return player.TakeCoverage();
}

}  // namespace causeway::push::simulation
