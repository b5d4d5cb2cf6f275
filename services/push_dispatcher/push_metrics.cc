#include "services/push_dispatcher/push_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <utility>

#include "services/shared/server/metrics.h"

namespace causeway::push {
namespace {

prometheus::Counter& Counter(prometheus::Registry& registry, const char* name,
                             const char* help,
                             const prometheus::Labels& labels = {}) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

prometheus::Gauge& Gauge(prometheus::Registry& registry, const char* name,
                         const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(
      {});
}

prometheus::Histogram& Histogram(
    prometheus::Registry& registry, const char* name, const char* help,
    const prometheus::Histogram::BucketBoundaries& buckets) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(registry)
      .Add({}, buckets);
}

const prometheus::Histogram::BucketBoundaries& CountBuckets() {
  static const auto* const kBuckets =
      new prometheus::Histogram::BucketBoundaries{
          1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};
  return *kBuckets;
}

constexpr std::pair<ChainOutcome, const char*> kPublishOutcomes[] = {
    {ChainOutcome::kContinues, "accepted"},
    {ChainOutcome::kGap, "gap"},
    {ChainOutcome::kDiverged, "diverged"}};

constexpr AttemptOutcome kAttemptOutcomes[] = {
    AttemptOutcome::kDelivered, AttemptOutcome::kTooLarge,
    AttemptOutcome::kRejected,  AttemptOutcome::kRefused,
    AttemptOutcome::kFailed,    AttemptOutcome::kTimedOut,
    AttemptOutcome::kCancelled};

constexpr std::pair<int64_t EphemeralCounts::*, const char*> kFates[] = {
    {&EphemeralCounts::coalesced, "coalesced"},
    {&EphemeralCounts::dropped, "dropped"},
    {&EphemeralCounts::rode_along, "rode_along"},
    {&EphemeralCounts::sent_alone, "sent_alone"}};

constexpr std::pair<Settlement::Kind, const char*> kSettlements[] = {
    {Settlement::Kind::kAcknowledged, "acknowledged"},
    {Settlement::Kind::kQuarantined, "quarantined"},
    {Settlement::Kind::kSkipped, "skipped"},
    {Settlement::Kind::kDropped, "dropped"}};

constexpr std::pair<LeaseOrigin, const char*> kLeaseOrigins[] = {
    {LeaseOrigin::kFree, "free"},
    {LeaseOrigin::kDead, "dead"},
    {LeaseOrigin::kHandedOver, "handed_over"},
    {LeaseOrigin::kOwn, "own"}};

prometheus::Counter& LeasesLost(prometheus::Registry& registry,
                                const char* reason) {
  return Counter(registry, "causeway_push_leases_lost_total",
                 "Queues that this replica has let go of in order, or lost.",
                 {{"reason", reason}});
}

prometheus::Counter& EphemeralTransactions(prometheus::Registry& registry,
                                           absl::string_view outcome) {
  return Counter(registry, "causeway_push_ephemeral_transactions_total",
                 "Transactions with ephemeral data alone, by how they ended.",
                 {{"outcome", std::string(outcome)}});
}

prometheus::Counter& EphemeralFate(prometheus::Registry& registry,
                                   const char* fate) {
  return Counter(registry, "causeway_push_ephemeral_ended_total",
                 "Typing events, receipts and presence events that don't wait "
                 "any more, by what became of them.",
                 {{"fate", fate}});
}

prometheus::Counter& ForgottenRecords(prometheus::Registry& registry,
                                      const char* kind) {
  return Counter(registry, "causeway_push_forgotten_records_total",
                 "Records that were dropped, being too old.", {{"kind", kind}});
}

}  // namespace

PushMetrics::PushMetrics(prometheus::Registry& registry)
    : publish_failures_(Counter(registry,
                                "causeway_push_publish_failures_total",
                                "Publish calls that failed.")),
      source_restarts_(
          Counter(registry, "causeway_push_source_restarts_total",
                  "Sources that began anew with another history.")),
      records_(Counter(registry, "causeway_push_records_total",
                       "Records of sources' streams that were taken in.")),
      segment_bytes_(Counter(registry, "causeway_push_segment_bytes_total",
                             "Event bytes stored, before compression.")),
      entries_(Counter(registry, "causeway_push_queue_entries_total",
                       "Pairs of batch and queue that were stored.")),
      batch_records_(Histogram(registry, "causeway_push_batch_records",
                               "Records in one ingest commit.",
                               CountBuckets())),
      batch_duration_(
          Histogram(registry, "causeway_push_batch_duration_seconds",
                    "Time of one ingest commit.", server::DurationBuckets())),
      ingest_load_(Gauge(registry, "causeway_push_ingest_load",
                         "For how much of the time there was something to take "
                         "in lately, 0 to 1.")),
      attempt_duration_(
          Histogram(registry, "causeway_push_transaction_duration_seconds",
                    "Time from sending a transaction to its answer.",
                    server::DurationBuckets())),
      ephemeral_queued_(
          Counter(registry, "causeway_push_ephemeral_queued_total",
                  "Typing events, receipts and presence events that came, by "
                  "queue that they are for.")),
      small_transactions_held_(Counter(
          registry, "causeway_push_small_transactions_held_total",
          "Transactions that had to wait until they were full or their turn "
          "came, because events came faster than they could be taken in.")),
      commit_queues_(Histogram(
          registry, "causeway_push_head_commit_queues",
          "Queues whose seals and acknowledgements shared one commit.",
          CountBuckets())),
      commit_duration_(
          Histogram(registry, "causeway_push_head_commit_duration_seconds",
                    "Time of one commit of seals and acknowledgements.",
                    server::DurationBuckets())),
      seals_not_reproduced_(
          Counter(registry, "causeway_push_seals_not_reproduced_total",
                  "Sealed transactions whose bytes could not be made again. "
                  "Their queues are blocked: look at once.")),
      leases_let_go_(LeasesLost(registry, "let_go")),
      leases_lost_(LeasesLost(registry, "lost")),
      unheld_queues_(Gauge(registry, "causeway_push_unheld_queues",
                           "Queues that nobody holds though somebody should, "
                           "as far as this replica knows.")),
      swept_entries_(Counter(registry, "causeway_push_swept_entries_total",
                             "Queue entries deleted one by one.")),
      swept_segments_(Counter(registry, "causeway_push_swept_segments_total",
                              "Segments deleted one by one.")),
      dropped_generations_(
          Counter(registry, "causeway_push_dropped_generations_total",
                  "Generations of segments that were dropped as a whole.")),
      forgotten_set_aside_(ForgottenRecords(registry, "set_aside")),
      forgotten_audit_(ForgottenRecords(registry, "audit")),
      generations_(Gauge(registry, "causeway_push_generations",
                         "Generations of segments that are stored.")),
      stored_bytes_(Gauge(registry, "causeway_push_stored_bytes",
                          "Size of all segments and queue entries on disk, "
                          "with their indexes.")),
      queue_metrics_(registry) {
  for (const auto& [outcome, name] : kPublishOutcomes) {
    publishes_[outcome] =
        &Counter(registry, "causeway_push_publishes_total",
                 "Publish calls that were answered.", {{"outcome", name}});
  }
  for (AttemptOutcome outcome : kAttemptOutcomes) {
    attempts_[outcome] =
        &Counter(registry, "causeway_push_transactions_total",
                 "Attempts to deliver a transaction, by how they ended.",
                 {{"outcome", std::string(OutcomeName(outcome))}});
    ephemeral_attempts_[outcome] =
        &EphemeralTransactions(registry, OutcomeName(outcome));
  }
  for (const auto& [count, name] : kFates) {
    ephemeral_fates_.push_back({count, &EphemeralFate(registry, name)});
  }
  ephemeral_lost_ = &EphemeralFate(registry, "lost");
  for (const auto& [kind, name] : kSettlements) {
    settled_[kind] = {
        .transactions = &Counter(
            registry, "causeway_push_settled_transactions_total",
            "Sealed transactions that have ended, by what became of them.",
            {{"kind", name}}),
        .events = &Counter(registry, "causeway_push_settled_events_total",
                           "Events in sealed transactions that have ended, by "
                           "what became of them.",
                           {{"kind", name}})};
  }
  for (const auto& [origin, name] : kLeaseOrigins) {
    leases_acquired_[origin] =
        &Counter(registry, "causeway_push_leases_acquired_total",
                 "Queues that this replica has taken, by whose they were.",
                 {{"reason", name}});
  }
  auto& phases = prometheus::BuildGauge()
                     .Name("causeway_push_queues")
                     .Help("Queues that this replica owns, by phase.")
                     .Register(registry);
  for (int phase = 0; phase <= static_cast<int>(Phase::kIdle); ++phase) {
    const Phase value = static_cast<Phase>(phase);
    phases_[value] = &phases.Add({{"phase", std::string(PhaseName(value))}});
  }
}

void PushMetrics::PublishAnswered(ChainOutcome outcome) {
  publishes_.at(outcome)->Increment();
}

void PushMetrics::SourceRestarted() { source_restarts_.Increment(); }

void PushMetrics::PublishFailed() { publish_failures_.Increment(); }

void PushMetrics::BatchCommitted(int64_t record_count, int64_t segment_bytes,
                                 int64_t entry_count, absl::Duration elapsed) {
  records_.Increment(static_cast<double>(record_count));
  segment_bytes_.Increment(static_cast<double>(segment_bytes));
  entries_.Increment(static_cast<double>(entry_count));
  batch_records_.Observe(static_cast<double>(record_count));
  batch_duration_.Observe(absl::ToDoubleSeconds(elapsed));
}

void PushMetrics::SetIngestLoad(double load) { ingest_load_.Set(load); }

void PushMetrics::TransactionFinished(AttemptOutcome outcome,
                                      absl::Duration elapsed) {
  attempts_.at(outcome)->Increment();
  attempt_duration_.Observe(absl::ToDoubleSeconds(elapsed));
}

void PushMetrics::EphemeralFinished(AttemptOutcome outcome) {
  ephemeral_attempts_.at(outcome)->Increment();
}

void PushMetrics::EphemeralChanged(const EphemeralCounts& before,
                                   const EphemeralCounts& after) {
  if (after == before) return;
  ephemeral_queued_.Increment(
      static_cast<double>(after.queued - before.queued));
  for (const FateCounter& fate : ephemeral_fates_) {
    fate.counter->Increment(
        static_cast<double>(after.*fate.count - before.*fate.count));
  }
}

void PushMetrics::EphemeralLost(int64_t item_count) {
  ephemeral_queued_.Increment(static_cast<double>(item_count));
  ephemeral_lost_->Increment(static_cast<double>(item_count));
}

void PushMetrics::TransactionSettled(Settlement::Kind kind,
                                     int64_t event_count) {
  const SettledCounters& counters = settled_.at(kind);
  counters.transactions->Increment();
  counters.events->Increment(static_cast<double>(event_count));
}

void PushMetrics::SmallTransactionHeld() {
  small_transactions_held_.Increment();
}

void PushMetrics::HeadsCommitted(int64_t queue_count, absl::Duration elapsed) {
  commit_queues_.Observe(static_cast<double>(queue_count));
  commit_duration_.Observe(absl::ToDoubleSeconds(elapsed));
}

void PushMetrics::SealNotReproduced() { seals_not_reproduced_.Increment(); }

void PushMetrics::LeaseAcquired(LeaseOrigin origin) {
  leases_acquired_.at(origin)->Increment();
}

void PushMetrics::LeaseLost(bool in_order) {
  (in_order ? leases_let_go_ : leases_lost_).Increment();
}

void PushMetrics::SetUnheldQueues(int64_t queue_count) {
  unheld_queues_.Set(static_cast<double>(queue_count));
}

void PushMetrics::Swept(int64_t entry_count, int64_t segment_count,
                        int64_t generation_count) {
  swept_entries_.Increment(static_cast<double>(entry_count));
  swept_segments_.Increment(static_cast<double>(segment_count));
  dropped_generations_.Increment(static_cast<double>(generation_count));
}

void PushMetrics::RecordsForgotten(int64_t set_aside_count,
                                   int64_t audit_record_count) {
  forgotten_set_aside_.Increment(static_cast<double>(set_aside_count));
  forgotten_audit_.Increment(static_cast<double>(audit_record_count));
}

void PushMetrics::SetStored(int64_t generation_count, int64_t bytes) {
  generations_.Set(static_cast<double>(generation_count));
  stored_bytes_.Set(static_cast<double>(bytes));
}

void PushMetrics::SetPhases(const std::map<Phase, int64_t>& queue_counts) {
  for (const auto& [phase, gauge] : phases_) {
    const auto count = queue_counts.find(phase);
    gauge->Set(
        count == queue_counts.end() ? 0 : static_cast<double>(count->second));
  }
}

}  // namespace causeway::push
