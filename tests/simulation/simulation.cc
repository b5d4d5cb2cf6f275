#include "tests/simulation/simulation.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "tests/simulation/history.h"
#include "tests/simulation/sim_appservice.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_delivery.h"
#include "tests/simulation/sim_ephemeral.h"
#include "tests/simulation/sim_operator.h"
#include "tests/simulation/sim_range.h"
#include "tests/simulation/sim_replica.h"
#include "tests/simulation/sim_source.h"
#include "tests/simulation/sim_store.h"
#include "tests/simulation/sim_upstream.h"
#include "tests/simulation/store_access.h"

namespace causeway::push::simulation {
namespace {

using absl::Milliseconds;
using absl::Seconds;

constexpr int32_t kSourceCount = 2;
constexpr int64_t kStepsMin = 200;
constexpr int64_t kFaultsMin = 3;
constexpr absl::Duration kFaultsWaitMax = absl::Minutes(10);
// By then everything has come, or nothing more comes: more than all backoffs,
// leases and retries together take.
constexpr absl::Duration kSettleTimeMax = Seconds(240);
constexpr absl::Duration kSourceOpensMin = Seconds(4);
constexpr absl::Duration kSourceOpensMax = Seconds(14);
constexpr absl::Duration kBackupAgeMin = Seconds(1);
constexpr absl::Duration kBalancedAfter = Seconds(20);
constexpr absl::Duration kUndisturbedDelayMax = Seconds(6);

// Everything there is, for one schedule.
class Simulation {
 public:
  Simulation(const Schedule& schedule, uint64_t seed, PlantedFault fault,
             RegistryStories& stories, Coverage& coverage,
             std::vector<std::string>* trace);

  ScheduleResult Play();

 private:
  void MakeAppservices();
  void MakeReplicas(PlantedFault fault);
  void MakeSources();
  SimSource::Push PushFor();
  void ReachReplica(std::shared_ptr<const SimBatch> batch,
                    SimSource::Answer answer);
  // The answer's way; the source may have been told otherwise by then.
  template <typename Result>
  std::function<void(Result)> Later(std::function<void(Result)> answer) {
    return [this, answer = std::move(answer)](Result result) {
      clock_.After(Milliseconds(2), [answer, result] { answer(result); });
    };
  }

  // Does `action` again and again, about every so often.
  void Repeat(absl::Duration about_every, std::function<void()> action);
  void BeginFaults();
  SimReplica& AnyReplica();
  void PauseAny();
  void CutOffAny();
  void BeginOutage();
  void KeepBackup();
  void RestoreStore();
  void ChangeRegistry();
  void SignOfLife();
  void StartSources();

  void Heal();
  // Push has all that the source has.
  bool IsPublished(const SimSource& source) const;
  bool Settled();
  // Empty: nothing is stored that nobody wants.
  std::string LeftOver() const;
  std::map<std::string, int64_t> QueueCounts() const;
  bool IsBalanced() const;
  bool Blocked(AppserviceUid uid) const;

  const Schedule& schedule_;
  const DeliveryOptions options_ = SmallDeliveryOptions();
  Coverage& coverage_;
  SimClock clock_;
  History history_;
  SimStore store_;
  StoreAccess access_;
  const std::vector<RegistryRevision>& revisions_;
  int64_t registry_revision_ = 1;
  int32_t last_stream_ = 0;
  bool healthy_ = false;
  std::optional<StoreTables> backup_;
  // The last from before any source was opened.
  std::optional<StoreTables> sourceless_backup_;
  PublishedEvents published_;

  std::vector<std::unique_ptr<SimAppservice>> appservices_;
  SimRange ranges_;
  SimOperator operator_;
  SimEphemeral ephemeral_;
  std::vector<std::unique_ptr<SimReplica>> replicas_;
  std::vector<std::unique_ptr<SimSource>> sources_;
  std::vector<std::unique_ptr<SimUpstream>> upstreams_;
};

Simulation::Simulation(const Schedule& schedule, uint64_t seed,
                       PlantedFault fault, RegistryStories& stories,
                       Coverage& coverage, std::vector<std::string>* trace)
    : schedule_(schedule),
      coverage_(coverage),
      clock_(seed, trace),
      store_(history_, fault),
      access_(schedule, clock_, coverage),
      revisions_(
          stories.Story(clock_.chance().Index(RegistryStories::kStoryCount))),
      ranges_(revisions_, store_, published_),
      operator_(fault, schedule, store_, clock_, history_, ranges_,
                [this] { return ++last_stream_; }),
      ephemeral_(clock_) {
  for (const RegistryRevision& revision : revisions_) {
    for (const auto& [appservice, registration] : revision.registrations) {
      history_.appservice_by_uid[registration.uid] = appservice;
    }
  }
  history_.settled_is_known = true;
  // Two of each that may be ahead, and one that is split, with what separates
  // and encloses its pieces.
  const int64_t bytes_max = options_.limits.body_bytes_max;
  history_.held_bytes_allowed =
      (2 * static_cast<int64_t>(options_.sealed_ahead_max) + 3) * bytes_max;
  MakeAppservices();
  MakeReplicas(fault);
  MakeSources();
}

void Simulation::MakeAppservices() {
  Chance& chance = clock_.chance();
  for (int32_t number = 0; number < kAppserviceCount; ++number) {
    const bool remembers = chance.OneIn(schedule_.remembering);
    const bool disturbed = !schedule_.first_alone_disturbed || number == 0;
    appservices_.push_back(std::make_unique<SimAppservice>(
        SimAppservice::Options{
            .number = number,
            .remembers_every_id = remembers,
            .body_bytes_max = chance.OneIn(schedule_.small_bodies)
                                  ? chance.Between(60, 200)
                                  : 0,
            .disturbed = disturbed},
        schedule_, clock_, coverage_, history_));
    if (!remembers) history_.last_id_appservices.push_back(number);
    if (!disturbed) history_.undisturbed_appservices.push_back(number);
  }
  history_.undisturbed_delay_max = kUndisturbedDelayMax;
}

void Simulation::MakeReplicas(PlantedFault fault) {
  const int64_t count =
      clock_.chance().Between(schedule_.replicas_min, schedule_.replicas_max);
  for (int64_t number = 1; number <= count; ++number) {
    replicas_.push_back(std::make_unique<SimReplica>(
        SimReplica::Options{
            .number = number, .fault = fault, .delivery = options_},
        schedule_, revisions_, store_, access_, clock_, coverage_, history_,
        published_,
        [this](const RegistryRevision& revision,
               AppserviceUid uid) -> SimAppservice* {
          for (const auto& [appservice, registration] :
               revision.registrations) {
            if (registration.uid == uid) {
              return appservices_[static_cast<size_t>(appservice)].get();
            }
          }
          return nullptr;
        }));
  }
}

void Simulation::MakeSources() {
  for (int32_t i = 0; i < kSourceCount; ++i) {
    if (!schedule_.sources_open_late) {
      store_.OpenSource(SourceName(last_stream_ + 1));
    }
    sources_.push_back(std::make_unique<SimSource>(
        ++last_stream_, schedule_, clock_, coverage_, history_, PushFor(),
        [this] { return ++last_stream_; }));
  }
  for (int32_t i = 0; i < schedule_.upstreams; ++i) {
    upstreams_.push_back(std::make_unique<SimUpstream>(
        ++last_stream_, schedule_, clock_, coverage_, history_,
        [this](std::shared_ptr<const SimBatch> batch,
               SimSource::Answer answer) {
          ReachReplica(std::move(batch), std::move(answer));
        }));
  }
}

void Simulation::StartSources() {
  for (auto& source : sources_) {
    const bool late = schedule_.sources_open_late;
    const absl::Duration quiet =
        late ? clock_.chance().Between(Seconds(0), Seconds(9)) : Seconds(0);
    clock_.After(late
                     ? clock_.chance().Between(kSourceOpensMin, kSourceOpensMax)
                     : Seconds(0),
                 [&source, quiet] { source->Start(quiet); });
  }
  for (auto& upstream : upstreams_) upstream->Start();
}

SimSource::Push Simulation::PushFor() {
  return {
      .publish =
          [this](std::shared_ptr<const SimBatch> batch,
                 SimSource::Answer answer) {
            ReachReplica(std::move(batch), std::move(answer));
          },
      .get_history =
          [this](const std::string& source, SimSource::HistoryAnswer answer) {
            AnyReplica().GetSourceHistory(source, Later(std::move(answer)));
          },
      .restart =
          [this](SimRestart restart, SimSource::RestartAnswer answer) {
            AnyReplica().RestartSource(std::move(restart),
                                       Later(std::move(answer)));
          }};
}

void Simulation::ReachReplica(std::shared_ptr<const SimBatch> batch,
                              SimSource::Answer answer) {
  AnyReplica().Publish(std::move(batch), Later(std::move(answer)));
}

SimReplica& Simulation::AnyReplica() {
  return *replicas_[clock_.chance().Index(replicas_.size())];
}

// --- Faults -----------------------------------------------------------------

void Simulation::Repeat(absl::Duration about_every,
                        std::function<void()> action) {
  if (about_every == absl::ZeroDuration()) return;
  clock_.After(clock_.chance().Between(about_every / 4, about_every * 7 / 4),
               [this, about_every, action = std::move(action)] {
                 if (healthy_) return;
                 action();
                 Repeat(about_every, action);
               });
}

void Simulation::BeginFaults() {
  Repeat(schedule_.crash_every, [this] {
    coverage_.Reached(Fault::kCrash);
    AnyReplica().Crash();
  });
  Repeat(schedule_.pause_every, [this] { PauseAny(); });
  Repeat(schedule_.cut_off_every, [this] { CutOffAny(); });
  Repeat(schedule_.drain_every, [this] {
    coverage_.Reached(Fault::kDrain);
    AnyReplica().Drain();
  });
  Repeat(schedule_.new_version_every, [this] {
    coverage_.Reached(Fault::kNewVersion);
    AnyReplica().ChangeVersion(clock_.chance().OneIn(2));
  });
  Repeat(schedule_.outage_every, [this] { BeginOutage(); });
  if (schedule_.restore_every > absl::ZeroDuration()) KeepBackup();
  Repeat(schedule_.restore_every, [this] { RestoreStore(); });
  Repeat(schedule_.registry_every, [this] { ChangeRegistry(); });
  Repeat(schedule_.operator_every,
         [this] { coverage_.Reached(operator_.Act()); });
  // Whoever owns the queue is told; the others are told as well.
  Repeat(schedule_.sign_every, [this] { SignOfLife(); });
  Repeat(schedule_.ephemeral_every, [this] {
    const auto [uid, event] = ephemeral_.Draw(
        revisions_[static_cast<size_t>(registry_revision_ - 1)]);
    for (auto& replica : replicas_) replica->Hear(uid, event);
  });
  Repeat(schedule_.source_restore_every, [this] {
    sources_[clock_.chance().Index(sources_.size())]->Restore();
  });
}

void Simulation::PauseAny() {
  coverage_.Reached(Fault::kPause);
  AnyReplica().Pause(clock_.chance().Between(Milliseconds(500), Seconds(14)));
}

void Simulation::CutOffAny() {
  coverage_.Reached(Fault::kCutOff);
  const int64_t number =
      clock_.chance().Between(1, static_cast<int64_t>(replicas_.size()));
  clock_.Trace("push-", number, " is cut off from the store");
  access_.CutOff(number, clock_.chance().Between(Seconds(1), Seconds(9)));
}

void Simulation::BeginOutage() {
  coverage_.Reached(Fault::kStoreOutage);
  const absl::Duration duration =
      clock_.chance().Between(Milliseconds(200), Seconds(7));
  clock_.Trace("store: away for ", absl::FormatDuration(duration));
  access_.BeginOutage(duration);
}

void Simulation::KeepBackup() {
  if (healthy_) return;
  clock_.Trace("store: backup");
  backup_ = store_.tables();
  if (backup_->sources.empty()) sourceless_backup_ = backup_;
  clock_.After(clock_.chance().Between(kBackupAgeMin, schedule_.backup_age_max),
               [this] { KeepBackup(); });
}

void Simulation::RestoreStore() {
  coverage_.Reached(Fault::kStoreRestored);
  const bool sourceless =
      sourceless_backup_.has_value() && clock_.chance().OneIn(3);
  // What came later is of a past that never was.
  if (sourceless) backup_ = sourceless_backup_;
  if (backup_->sources.size() < store_.tables().sources.size()) {
    coverage_.Reached(Fault::kSourceNotOpened);
  }
  clock_.Trace("store: restored from the backup");
  access_.EndConnections();
  store_.Restore(*backup_, clock_.now());
}

void Simulation::ChangeRegistry() {
  if (registry_revision_ == RegistryStories::kRevisionCount) return;
  coverage_.Reached(Fault::kRegistrationChange);
  ++registry_revision_;
  clock_.Trace("registry: revision ", registry_revision_);
  for (auto& replica : replicas_) {
    replica->RegistryChanged(registry_revision_);
  }
}

void Simulation::SignOfLife() {
  const auto& queues = store_.tables().queues;
  if (queues.empty()) return;
  const auto queue =
      std::next(queues.begin(),
                static_cast<ptrdiff_t>(clock_.chance().Index(queues.size())));
  const bool wanted = clock_.chance().OneIn(2);
  for (auto& replica : replicas_) {
    replica->Hear(queue->first, wanted ? DeliveryEvent(RetryNow{})
                                       : DeliveryEvent(push::SignOfLife{}));
  }
}

// --- The end ----------------------------------------------------------------

void Simulation::Heal() {
  clock_.Trace("--- no more faults ---");
  healthy_ = true;
  history_.leases_upset = clock_.now();
  access_.Heal();
  for (auto& appservice : appservices_) appservice->Heal();
  for (auto& source : sources_) source->Heal();
  for (auto& upstream : upstreams_) upstream->Heal();
  for (auto& replica : replicas_) replica->Heal();
  operator_.ResumeAll();
}

bool Simulation::IsPublished(const SimSource& source) const {
  const auto stored = store_.tables().sources.find(source.name());
  return stored != store_.tables().sources.end() && source.Done(stored->second);
}

// Whether all is taken over, and all queues are settled to their ends.
bool Simulation::Settled() {
  const StoreTables& tables = store_.tables();
  for (const auto& source : sources_) {
    if (!IsPublished(*source)) return false;
  }
  for (const auto& upstream : upstreams_) {
    if (!upstream->Done()) return false;
  }
  if (tables.applied_revision != registry_revision_) return false;
  for (const auto& [uid, row] : tables.queues) {
    if (!row.head.sealed.empty()) return false;
  }
  return std::all_of(
      tables.entries.begin(), tables.entries.end(), [&](const auto& entry) {
        const auto& [uid, source_id, last_position] = entry.first;
        const auto queue = tables.queues.find(uid);
        return queue == tables.queues.end() ||
               last_position <= queue->second.head.cursors.Get(source_id);
      });
}

// What is written to is full now and then, and what was opened before it is
// dropped.
std::string Simulation::LeftOver() const {
  const StoreTables& tables = store_.tables();
  for (const auto& [key, segment] : tables.segments) {
    if (segment.generation < store_.OldestWritten()) {
      return absl::StrCat("a segment of generation ", segment.generation);
    }
  }
  return tables.generations.size() > 3
             ? absl::StrCat(tables.generations.size(), " generations")
             : "";
}

std::map<std::string, int64_t> Simulation::QueueCounts() const {
  std::map<std::string, int64_t> counts;
  for (const auto& replica : replicas_) counts[replica->name()] = 0;
  for (const auto& [uid, row] : store_.tables().queues) ++counts[row.owner];
  return counts;
}

// For long enough to see that it stays so.
bool Simulation::IsBalanced() const {
  if (clock_.now() < history_.leases_upset + kBalancedAfter) return false;
  int64_t least = std::numeric_limits<int64_t>::max();
  int64_t most = 0;
  for (const auto& [name, count] : QueueCounts()) {
    least = std::min(least, count);
    most = std::max(most, count);
  }
  return most - least <= 1;
}

bool Simulation::Blocked(AppserviceUid uid) const {
  return std::any_of(replicas_.begin(), replicas_.end(),
                     [&](const auto& replica) {
                       return replica->running() && replica->Blocked(uid);
                     });
}

ScheduleResult Simulation::Play() {
  const absl::Duration fault_end = clock_.now() + schedule_.fault_time;
  coverage_.BeginSchedule();
  for (auto& replica : replicas_) replica->Start();
  StartSources();
  // Some queues have policies from the beginning.
  for (const auto& [uid, appservice] : history_.appservice_by_uid) {
    if (!clock_.chance().OneIn(2)) continue;
    clock_.After(Seconds(2), [this, uid = uid] { operator_.SetPolicy(uid); });
  }
  BeginFaults();
  while (clock_.now() < fault_end || clock_.step_count() < kStepsMin ||
         (coverage_.fault_count_of_schedule() < kFaultsMin &&
          clock_.now() < fault_end + kFaultsWaitMax)) {
    clock_.Step();
  }
  const int64_t fault_count = coverage_.fault_count_of_schedule();
  Heal();
  const absl::Duration settle_end = clock_.now() + kSettleTimeMax;
  constexpr absl::Duration kLook = Seconds(1);
  absl::Duration look_at = clock_.now() + kLook;
  const bool versions_differ = schedule_.new_version_every > Seconds(0);
  while (clock_.now() < settle_end) {
    clock_.Step();
    if (clock_.now() < look_at) continue;
    look_at = clock_.now() + kLook;
    if (Settled() && (!schedule_.space_is_checked || LeftOver().empty()) &&
        (!schedule_.balance_is_checked || IsBalanced())) {
      break;
    }
    if (versions_differ && clock_.now() > fault_end + Seconds(30)) {
      operator_.GiveUpBlocked([this](auto uid) { return Blocked(uid); });
    }
  }
  for (const auto& [uid, row] : store_.tables().queues) {
    history_.final_queues.push_back(uid);
  }
  for (const auto& source : sources_) {
    if (!IsPublished(*source)) history_.unpublished.push_back(source->name());
  }
  if (schedule_.space_is_checked) history_.left_over = LeftOver();
  if (schedule_.balance_is_checked) {
    history_.final_queue_counts = QueueCounts();
  }
  coverage_.EndSchedule();
  return {.violations = CheckPromises(history_),
          .step_count = clock_.step_count(),
          .fault_count = fault_count};
}

}  // namespace

ScheduleResult PlaySchedule(const Schedule& schedule, uint64_t seed,
                            PlantedFault fault, RegistryStories& stories,
                            Coverage& coverage,
                            std::vector<std::string>* trace) {
  return Simulation(schedule, seed, fault, stories, coverage, trace).Play();
}

}  // namespace causeway::push::simulation
