#include "services/push_dispatcher/ingest/ingest.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/ingest/load_rooms.h"
#include "services/push_dispatcher/ingest/upstream_plan.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"
#include "services/shared/threads/this_thread.h"

namespace causeway::push {
namespace {

constexpr int kThreads = 2;

// A source that other replicas move too can be moved between each look and the
// commit; but each time somebody gets on, so this is plenty.
constexpr int kTriesMax = 5;
// Of a store that is away, or a commit whose outcome isn't known.
constexpr int kTriesAwayMax = 2;

// Between two tries to apply registrations while the database is away.
constexpr absl::Duration kRegistryRetry = absl::Milliseconds(200);

absl::Status Stopping() {
  return absl::UnavailableError("push_dispatcher is stopping");
}

absl::Status TooMuchWaits() {
  return absl::UnavailableError("too many events wait to be taken in");
}

bool WorthTryingAgain(const absl::Status& status, int tries) {
  if (absl::IsAborted(status)) return tries < kTriesMax;
  return absl::IsUnavailable(status) && tries < kTriesAwayMax;
}

// What the caller is told. Whatever went wrong with the store, it isn't the
// caller's fault, and repeating is safe.
absl::Status FailureFor(const absl::Status& status) {
  if (absl::IsFailedPrecondition(status)) return status;
  return absl::UnavailableError(
      absl::StrCat("published events were not taken in: ", status.message()));
}

}  // namespace

Ingest::Ingest(Options options, IngestStore& store,
               registry_watch::LatestSnapshot& latest,
               registry_watch::LatestSnapshot& applied, const Clock& clock,
               PushMetrics& metrics, Listeners listeners)
    : options_(options),
      store_(store),
      latest_(latest),
      clock_(clock),
      metrics_(metrics),
      listeners_(std::move(listeners)),
      load_(options.load_window, clock.MonotonicNow()),
      registry_status_(
          absl::UnavailableError("the registry has not been reached yet")),
      applier_(store, latest, applied, listeners_.registry_applied),
      rooms_(options.room_members_cached_max) {
  latest_.Subscribe([this](const auto&) {
    absl::MutexLock lock(&mu_);
    registry_news_ = true;
  });
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Run(); });
}

Ingest::~Ingest() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

void Ingest::Publish(PublishBatch batch, Callback callback) {
  absl::Status refused;
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) {
      refused = Stopping();
    } else if (waiting_records_ + batch.records.size() >
                   options_.waiting_records_max ||
               waiting_bytes_ + batch.event_bytes >
                   options_.waiting_bytes_max) {
      refused = TooMuchWaits();
    } else {
      waiting_records_ += batch.records.size();
      waiting_bytes_ += batch.event_bytes;
      load_.Add(1, clock_.MonotonicNow());
      waiting_.push_back({std::move(batch), std::move(callback)});
      return;
    }
  }
  std::move(callback)(refused);
}

void Ingest::ForgetAll() {
  absl::MutexLock lock(&mu_);
  forget_all_ = true;
}

absl::Status Ingest::RegistryStatus() const {
  absl::MutexLock lock(&mu_);
  return registry_status_;
}

bool Ingest::IsTransaction(const Group& group) {
  return group.front().batch.upstream.has_value();
}

void Ingest::Run() {
  threads::NameThisThread("ingest");
  threads::PreferThroughputInThisThread();
  while (true) {
    std::optional<Group> failed;
    absl::Status status;
    if (!TakeTurn(failed, status)) return;
    if (!failed.has_value()) continue;
    DemandTurn(1);
    absl::MutexLock turn(&turn_mu_);
    DemandTurn(-1);
    Process(*std::move(failed), 1, std::move(status));
  }
}

bool Ingest::TakeTurn(std::optional<Group>& failed, absl::Status& status) {
  {
    absl::MutexLock lock(&mu_);
    auto is_free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return turn_demand_count_ == 0;
    };
    mu_.Await(absl::Condition(&is_free));
  }
  turn_mu_.Lock();
  std::deque<Group> groups;
  const bool goes_on = Take(groups);
  while (groups.size() > 1 ||
         (groups.size() == 1 && IsTransaction(groups.front()))) {
    Process(std::move(groups.front()));
    groups.pop_front();
  }
  if (groups.empty()) {
    turn_mu_.Unlock();
    return goes_on;
  }
  Group group = std::move(groups.front());
  absl::StatusOr<Judged> judged = JudgeGroup(group);
  if (judged.ok()) HoldEarly(group, judged->results);
  commit_mu_.Lock();
  turn_mu_.Unlock();
  status = judged.status();
  if (commit_failed_) {
    status = absl::AbortedError("the commit before it failed");
  } else if (status.ok()) {
    status = Commit(judged->batch);
  }
  commit_failed_ = !status.ok();
  commit_mu_.Unlock();
  if (status.ok()) {
    Answer(std::move(group), std::move(judged->results));
  } else if (!group.empty()) {
    failed = std::move(group);
  }
  return true;
}

void Ingest::DemandTurn(int difference) {
  absl::MutexLock lock(&mu_);
  turn_demand_count_ += difference;
}

bool Ingest::Take(std::deque<Group>& groups) {
  std::vector<Waiting> taken;
  if (!TakeWaiting(taken)) return false;
  ForgetIfTold();
  CatchUpWithRegistry();
  // In order within each source; between sources there is none.
  std::map<std::string, Group> by_source;
  // First those that have waited longest: their time may be over.
  for (Waiting& waiting : std::exchange(early_, {})) {
    by_source[waiting.batch.source].push_back(std::move(waiting));
  }
  std::vector<Waiting> transactions;
  for (Waiting& waiting : taken) {
    (waiting.batch.upstream.has_value() ? transactions
                                        : by_source[waiting.batch.source])
        .push_back(std::move(waiting));
  }
  for (auto& [source, group] : by_source) {
    std::stable_sort(group.begin(), group.end(),
                     [](const Waiting& a, const Waiting& b) {
                       return a.batch.begin.position < b.batch.begin.position;
                     });
    groups.push_back(std::move(group));
  }
  for (Waiting& transaction : transactions) {
    groups.emplace_back().push_back(std::move(transaction));
  }
  return true;
}

bool Ingest::TakeWaiting(std::vector<Waiting>& taken) {
  std::deque<Waiting> left;
  {
    absl::MutexLock lock(&mu_);
    auto something_to_do = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return stopping_ || registry_news_ || forget_all_ || !waiting_.empty() ||
             turn_demand_count_ > 0;
    };
    absl::Duration pause =
        registry_status_.ok() ? absl::InfiniteDuration() : kRegistryRetry;
    if (!early_.empty()) pause = std::min(pause, options_.early_wait);
    mu_.AwaitWithTimeout(absl::Condition(&something_to_do), pause);
    registry_news_ = false;
    if (!stopping_) {
      size_t record_count = 0;
      size_t bytes = 0;
      while (!waiting_.empty()) {
        const PublishBatch& next = waiting_.front().batch;
        record_count += next.records.size();
        bytes += next.event_bytes;
        if (!taken.empty() && (record_count > options_.commit_records_max ||
                               bytes > options_.commit_bytes_max)) {
          break;
        }
        waiting_records_ -= next.records.size();
        waiting_bytes_ -= next.event_bytes;
        taken.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
      return true;
    }
    left.swap(waiting_);
  }
  for (Waiting& waiting : left) std::move(waiting.callback)(Stopping());
  for (Waiting& waiting : std::exchange(early_, {})) {
    std::move(waiting.callback)(Stopping());
  }
  return false;
}

void Ingest::ForgetIfTold() {
  {
    absl::MutexLock lock(&mu_);
    if (!std::exchange(forget_all_, false)) return;
  }
  AwaitCommit();
  store_.ForgetAll();
  applier_.Forget();
  sources_.clear();
  rooms_.Clear();
}

void Ingest::CatchUpWithRegistry() {
  const bool behind = applier_.Behind();
  if (behind) AwaitCommit();
  const absl::Status status = applier_.CatchUp();
  if (behind && status.ok()) {
    // Rooms were judged by the registrations before, and so were sources.
    rooms_.Clear();
    sources_.clear();
  }
  absl::MutexLock lock(&mu_);
  registry_status_ = status;
}

void Ingest::AwaitCommit() { absl::MutexLock lock(&commit_mu_); }

void Ingest::Process(Group group, int tries, absl::Status status) {
  bool another_failed = false;
  {
    absl::MutexLock lock(&commit_mu_);  // As AwaitCommit().
    another_failed = std::exchange(commit_failed_, false);
  }
  if (another_failed) Forget();
  absl::StatusOr<std::vector<PublishResult>> results = std::move(status);
  for (; !results.ok(); ++tries) {
    if (tries > 0) Forget();
    if (tries > 0 && !WorthTryingAgain(results.status(), tries)) break;
    results = TryProcess(group);
  }
  if (results.ok()) {
    HoldEarly(group, *results);
  } else {
    log::Warning(
        "published events were not taken in",
        {{"source", group.front().batch.source}, {"error", results.status()}});
  }
  Answer(std::move(group), results);
}

void Ingest::Answer(Group group,
                    const absl::StatusOr<std::vector<PublishResult>>& results) {
  {
    absl::MutexLock lock(&mu_);
    load_.Add(-static_cast<int64_t>(group.size()), clock_.MonotonicNow());
  }
  for (size_t i = 0; i < group.size(); ++i) {
    if (results.ok()) {
      metrics_.PublishAnswered((*results)[i].outcome);
      std::move(group[i].callback)((*results)[i]);
    } else {
      metrics_.PublishFailed();
      std::move(group[i].callback)(FailureFor(results.status()));
    }
  }
}

void Ingest::HoldEarly(Group& group, std::vector<PublishResult>& results) {
  const absl::Duration now = clock_.MonotonicNow();
  while (!group.empty() && results.back().outcome == ChainOutcome::kGap &&
         group.back().batch.begin.position > results.back().next_position) {
    std::optional<absl::Duration>& until = group.back().early_until;
    if (!until.has_value()) until = now + options_.early_wait;
    if (now >= *until) break;
    early_.push_back(std::move(group.back()));
    group.pop_back();
    results.pop_back();
  }
}

absl::StatusOr<std::vector<PublishResult>> Ingest::TryProcess(
    const Group& group) {
  if (IsTransaction(group)) {
    CAUSEWAY_ASSIGN_OR_RETURN(const PublishResult result,
                              TryTransaction(group.front().batch));
    return std::vector<PublishResult>{result};  // It is alone.
  }
  CAUSEWAY_ASSIGN_OR_RETURN(Judged judged, JudgeGroup(group));
  CAUSEWAY_RETURN_IF_ERROR(Commit(judged.batch));
  return std::move(judged.results);
}

absl::StatusOr<Ingest::Judged> Ingest::JudgeGroup(const Group& group) {
  const std::string& source_name = group.front().batch.source;
  const bool remembered = sources_.contains(source_name);
  CAUSEWAY_ASSIGN_OR_RETURN(const SourceState source, OpenSource(source_name));
  BatchBuilder builder(source, *applier_.rules(), rooms_);
  ChainPoint end = source.end;
  Judged judged;
  for (const Waiting& waiting : group) {
    CAUSEWAY_RETURN_IF_ERROR(CheckSourceKind(source, waiting.batch));
    CAUSEWAY_ASSIGN_OR_RETURN(const ChainVerdict verdict,
                              Judge(source, end, waiting.batch));
    const bool is_new = verdict.outcome == ChainOutcome::kContinues &&
                        verdict.known_count < waiting.batch.records.size();
    if (!is_new && remembered) {
      // Perhaps it isn't the batch that is wrong but what is remembered, and no
      // commit will tell.
      AwaitCommit();
      CAUSEWAY_ASSIGN_OR_RETURN(const SourceState stored,
                                store_.OpenSource(source_name));
      if (stored != source) {
        return absl::AbortedError("to be judged by what is stored");
      }
    }
    if (verdict.outcome == ChainOutcome::kContinues) {
      const auto fresh = absl::MakeConstSpan(waiting.batch.records)
                             .subspan(verdict.known_count);
      const std::vector<std::string> missing = builder.MissingRooms(fresh);
      if (!missing.empty()) AwaitCommit();
      CAUSEWAY_RETURN_IF_ERROR(
          LoadRooms(store_, applier_.rules(), source.id, missing, rooms_));
      builder.Add(fresh);
      end = verdict.end;
    } else if (verdict.outcome == ChainOutcome::kDiverged) {
      log::Error("a source has another history than it had before",
                 {{"source", source_name},
                  {"first_position", waiting.batch.begin.position},
                  {"next_position", end.position - source.offset}});
    }
    judged.results.push_back({verdict.outcome, end.position - source.offset});
  }
  if (builder.record_count() > 0) {
    judged.batch = builder.Build(end);
    sources_[source_name].end = end;
  }
  rooms_.Trim();
  return judged;
}

absl::StatusOr<ChainVerdict> Ingest::Judge(const SourceState& source,
                                           const ChainPoint& end,
                                           const PublishBatch& batch) {
  std::vector<std::string> hashes;
  hashes.reserve(batch.records.size());
  for (const PublishedRecord& record : batch.records) {
    hashes.push_back(record.sha256);
  }
  const ChainPoint begin = {batch.begin.position + source.offset,
                            batch.begin.prefix_sha256};
  std::vector<ChainPoint> known;
  const int64_t batch_end =
      begin.position + static_cast<int64_t>(hashes.size());
  if (batch_end < end.position) {
    // All of it is old: only points further back can tell whether it is ours.
    AwaitCommit();
    CAUSEWAY_ASSIGN_OR_RETURN(
        known, store_.ListPassedPoints(source.id, begin.position, batch_end));
  }
  // Where the history of an earlier incarnation is to be met.
  if (source.news.position > end.position) known.push_back(source.news);
  return JudgeBatch(end, known, begin, hashes);
}

absl::Status Ingest::RestartSource(absl::string_view name, int64_t incarnation,
                                   const ChainPoint& common) {
  CAUSEWAY_RETURN_IF_ERROR(store_.RestartSource(name, incarnation, common));
  // What is remembered of it is refused by the next commit.
  metrics_.SourceRestarted();
  log::Error("a source has begun anew with another history",
             {{"source", name},
              {"incarnation", incarnation + 1},
              {"new_from_position", common.position}});
  return absl::OkStatus();
}

absl::StatusOr<SourceState> Ingest::OpenSource(const std::string& name) {
  const auto remembered = sources_.find(name);
  if (remembered != sources_.end()) return remembered->second;
  AwaitCommit();
  if (applier_.rules() == nullptr) CAUSEWAY_RETURN_IF_ERROR(applier_.CatchUp());
  CAUSEWAY_ASSIGN_OR_RETURN(const SourceState source, store_.OpenSource(name));
  if (source.registry_revision != applier_.rules()->revision()) {
    // Another replica was told first; or the store has gone back to before ours
    // came into force, but to no earlier renewal of the leases, by which that
    // is noticed else (LeaseRules).
    if (source.registry_revision < applier_.rules()->revision()) {
      applier_.Forget();
      Forget();
    }
    CAUSEWAY_RETURN_IF_ERROR(latest_.AwaitRevision(source.registry_revision,
                                                   options_.registry_wait));
    CatchUpWithRegistry();
    return absl::AbortedError("other registrations are in force now");
  }
  // Rooms are remembered by the source's number, which may have been another's
  // before the store went back.
  rooms_.Clear();
  sources_[name] = source;
  return source;
}

absl::Status Ingest::Commit(const std::optional<IngestBatch>& change) {
  if (!change.has_value()) return absl::OkStatus();
  const IngestBatch& batch = *change;
  const absl::Duration start = clock_.MonotonicNow();
  const absl::Status committed = store_.Commit(batch);
  if (!committed.ok() && !absl::IsAborted(committed)) {
    listeners_.commit_failed();
  }
  CAUSEWAY_RETURN_IF_ERROR(committed);
  metrics_.BatchCommitted(
      batch.end.position - batch.before.end.position,
      batch.segment.has_value() ? batch.segment->raw_bytes : 0,
      static_cast<int64_t>(batch.entries.size()),
      clock_.MonotonicNow() - start);
  listeners_.committed(batch, IsSaturated());
  return absl::OkStatus();
}

bool Ingest::IsSaturated() {
  absl::MutexLock lock(&mu_);
  const double load = load_.Load(clock_.MonotonicNow());
  metrics_.SetIngestLoad(load);
  return load >= options_.saturated_load;
}

void Ingest::Forget() {
  sources_.clear();
  rooms_.Clear();
}

}  // namespace causeway::push
