#include "services/push_dispatcher/queue_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <utility>

#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/store/set_aside.h"

namespace causeway::push {
namespace {

template <typename Builder>
auto& Family(Builder builder, prometheus::Registry& registry, const char* name,
             const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

// A series that is there while it is told of. Gone with this object.
template <typename Metric>
class Shown {
 public:
  Shown(prometheus::Family<Metric>& family, prometheus::Labels labels)
      : family_(family), labels_(std::move(labels)) {}
  ~Shown() { Hide(); }
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;

  template <typename... Args>
  Metric& Show(const Args&... args) {
    if (metric_ == nullptr) metric_ = &family_.Add(labels_, args...);
    return *metric_;
  }
  void Hide() {
    if (metric_ != nullptr) family_.Remove(metric_);
    metric_ = nullptr;
  }

 private:
  prometheus::Family<Metric>& family_;
  const prometheus::Labels labels_;
  Metric* metric_ = nullptr;
};

using ShownGauge = Shown<prometheus::Gauge>;

// A counter that follows a Total.
class ShownTotal {
 public:
  ShownTotal(prometheus::Family<prometheus::Counter>& family,
             prometheus::Labels labels)
      : counter_(family, std::move(labels)) {}

  void Set(const Total& total) {
    counter_.Show().Increment(static_cast<double>(total.value() - last_));
    last_ = total.value();
  }

 private:
  Shown<prometheus::Counter> counter_;
  int64_t last_ = 0;
};

}  // namespace

class QueueMetrics::Series {
 public:
  Series(const Families& families, AppserviceUid uid,
         const std::string& appservice_id)
      : uid_(uid),
        events_(families.events, Labels(appservice_id)),
        oldest_age_(families.oldest_age, Labels(appservice_id)),
        head_attempts_(families.head_attempts, Labels(appservice_id)),
        attempt_duration_(families.attempt_duration, Labels(appservice_id)),
        moves_(families.leases, Labels(appservice_id, "reason", "moved")),
        retakes_(families.leases, Labels(appservice_id, "reason", "changed")) {
    for (QueueState state : kQueueStates) {
      states_.emplace_back(
          state, std::make_unique<ShownGauge>(
                     families.state,
                     Labels(appservice_id, "state", QueueStateName(state))));
    }
    for (size_t i = 0; i < kAttemptOutcomeCount; ++i) {
      attempts_.push_back(std::make_unique<ShownTotal>(
          families.attempts,
          Labels(appservice_id, "outcome",
                 OutcomeName(static_cast<AttemptOutcome>(i)))));
    }
    for (size_t i = 0; i < kSettlementKindCount; ++i) {
      settled_.push_back(std::make_unique<ShownTotal>(
          families.settled,
          Labels(appservice_id, "kind",
                 SettlementName(static_cast<Settlement::Kind>(i)))));
    }
  }

  AppserviceUid uid() const { return uid_; }

  void Set(const Figures& figures) {
    SetHead(figures.head);
    if (figures.totals.has_value()) SetTotals(*figures.totals);
  }

 private:
  static prometheus::Labels Labels(const std::string& appservice_id) {
    return {{"appservice_id", appservice_id}};
  }
  static prometheus::Labels Labels(const std::string& appservice_id,
                                   const char* name, absl::string_view value) {
    return {{"appservice_id", appservice_id}, {name, std::string(value)}};
  }

  // Its owner alone tells, so that the replicas' answers can be added up.
  void SetHead(const std::optional<Figures::Head>& head) {
    for (auto& [state, gauge] : states_) {
      head.has_value() ? gauge->Show().Set(state == head->state ? 1 : 0)
                       : gauge->Hide();
    }
    if (!head.has_value()) {
      for (auto* gauge : {&events_, &oldest_age_, &head_attempts_}) {
        gauge->Hide();
      }
      return;
    }
    events_.Show().Set(static_cast<double>(head->events));
    oldest_age_.Show().Set(absl::ToDoubleSeconds(head->oldest_age));
    head_attempts_.Show().Set(static_cast<double>(head->attempts));
  }

  void SetTotals(const QueueTotals& totals) {
    for (size_t i = 0; i < kAttemptOutcomeCount; ++i) {
      attempts_[i]->Set(totals.attempts[i]);
    }
    for (size_t i = 0; i < kSettlementKindCount; ++i) {
      settled_[i]->Set(totals.settled[i]);
    }
    std::vector<double> increments;
    for (size_t i = 0; i < totals.attempts_by_bucket.size(); ++i) {
      increments.push_back(
          static_cast<double>(totals.attempts_by_bucket[i].value() -
                              last_.attempts_by_bucket[i].value()));
    }
    const int64_t nanoseconds =
        totals.attempt_nanoseconds.value() - last_.attempt_nanoseconds.value();
    attempt_duration_
        .Show(prometheus::Histogram::BucketBoundaries(
            kAttemptSecondsBuckets.begin(), kAttemptSecondsBuckets.end()))
        .ObserveMultiple(increments, static_cast<double>(nanoseconds) / 1e9);
    last_ = totals;
    moves_.Set(totals.moves);
    retakes_.Set(totals.retakes);
  }

  const AppserviceUid uid_;
  ShownGauge events_;
  ShownGauge oldest_age_;
  std::vector<std::pair<QueueState, std::unique_ptr<ShownGauge>>> states_;
  ShownGauge head_attempts_;
  std::vector<std::unique_ptr<ShownTotal>> attempts_;
  Shown<prometheus::Histogram> attempt_duration_;
  std::vector<std::unique_ptr<ShownTotal>> settled_;
  ShownTotal moves_;
  ShownTotal retakes_;
  QueueTotals last_;  // For the histogram.
};

QueueMetrics::QueueMetrics(prometheus::Registry& registry)
    : families_{.events = Family(prometheus::BuildGauge(), registry,
                                 "causeway_push_queue_events",
                                 "Events not acknowledged yet, by application "
                                 "service."),
                .oldest_age = Family(
                    prometheus::BuildGauge(), registry,
                    "causeway_push_queue_oldest_age_seconds",
                    "Age of the first event not acknowledged yet; 0 if none."),
                .state =
                    Family(prometheus::BuildGauge(), registry,
                           "causeway_push_queue_state",
                           "1 for the state that the queue is in, 0 for the "
                           "others. Told by its owner."),
                .head_attempts =
                    Family(prometheus::BuildGauge(), registry,
                           "causeway_push_queue_head_attempts",
                           "Attempts of the transaction that is tried, by its "
                           "owner."),
                .attempts = Family(
                    prometheus::BuildCounter(), registry,
                    "causeway_push_queue_attempts_total",
                    "Attempts to deliver a transaction, by how they ended."),
                .attempt_duration = Family(
                    prometheus::BuildHistogram(), registry,
                    "causeway_push_queue_attempt_duration_seconds",
                    "Time from sending a transaction to having its answer."),
                .settled =
                    Family(prometheus::BuildCounter(), registry,
                           "causeway_push_queue_settled_transactions_total",
                           "Sealed transactions that have ended, by what "
                           "became of them."),
                .leases =
                    Family(prometheus::BuildCounter(), registry,
                           "causeway_push_queue_leases_acquired_total",
                           "How often this replica has taken the queue.")},
      unmeasured_(Family(prometheus::BuildGauge(), registry,
                         "causeway_push_unmeasured_queues",
                         "Queues that this replica owns, or has owned, and "
                         "that have no series: see --measured_queues_max.")
                      .Add({})) {}

QueueMetrics::~QueueMetrics() = default;

void QueueMetrics::Set(const std::vector<Figures>& queues, int64_t left_out) {
  absl::MutexLock lock(&mu_);
  unmeasured_.Set(static_cast<double>(left_out));
  std::set<std::string> named;
  for (const Figures& figures : queues) {
    named.insert(figures.appservice_id);
    std::unique_ptr<Series>& series = queues_[figures.appservice_id];
    // Whoever registers anew under an old id begins anew.
    if (series != nullptr && series->uid() != figures.uid) series.reset();
    if (series == nullptr) {
      series = std::make_unique<Series>(families_, figures.uid,
                                        figures.appservice_id);
    }
    series->Set(figures);
  }
  std::erase_if(
      queues_, [&](const auto& queue) { return !named.contains(queue.first); });
}

}  // namespace causeway::push
