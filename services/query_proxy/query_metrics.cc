#include "services/query_proxy/query_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <string>

#include "services/shared/server/metrics.h"

namespace causeway::query {
namespace {

constexpr size_t kKinds = 2;
constexpr std::array<const char*, kKinds> kKindNames = {"user", "room_alias"};
constexpr size_t kOutcomes = 6;
constexpr std::array<const char*, kOutcomes> kOutcomeNames = {
    "nobody_to_ask", "exists_create", "look_again",
    "not_found",     "timed_out",     "appservice_unavailable"};
constexpr size_t kTryResults = 3;
constexpr std::array<const char*, kTryResults> kTryResultNames = {
    "final", "failed", "timed_out"};

constexpr size_t kPingOutcomes = 5;
constexpr std::array<const char*, kPingOutcomes> kPingOutcomeNames = {
    "answered", "url_not_set", "bad_status", "connection_failed",
    "connection_timeout"};
constexpr size_t kLookUpKinds = 4;
constexpr std::array<const char*, kLookUpKinds> kLookUpKindNames = {
    "protocol", "location", "user", "uri"};
constexpr size_t kLookUpOutcomes = 3;
constexpr std::array<const char*, kLookUpOutcomes> kLookUpOutcomeNames = {
    "found", "not_found", "timed_out"};

template <typename Enum>
size_t Index(Enum value) {
  return static_cast<size_t>(value);
}

using CounterByKind = std::array<prometheus::Counter*, kKinds>;

prometheus::Family<prometheus::Counter>& CounterFamily(
    prometheus::Registry& registry, const std::string& name,
    const std::string& help) {
  return prometheus::BuildCounter()
      .Name("causeway_query_" + name)
      .Help(help)
      .Register(registry);
}

CounterByKind MakeByKind(prometheus::Registry& registry,
                         const std::string& name, const std::string& help) {
  auto& family = CounterFamily(registry, name, help);
  CounterByKind counters;
  for (size_t i = 0; i < kKinds; ++i) {
    counters[i] = &family.Add({{"kind", kKindNames[i]}});
  }
  return counters;
}

}  // namespace

struct QueryMetrics::Families {
  explicit Families(prometheus::Registry& registry)
      : shared(MakeByKind(registry, "shared_total",
                          "Queries that waited for another's flight.")),
        remembered(MakeByKind(registry, "remembered_total",
                              "Queries answered from memory.")),
        refused(MakeByKind(registry, "refused_total",
                           "Queries refused because too many waited.")),
        breaker_refusals(
            CounterFamily(registry, "breaker_refusals_total",
                          "Tries kept from an application service that does "
                          "not answer.")
                .Add({})) {
    auto& queries_family = CounterFamily(
        registry, "queries_total", "Queries answered, by kind and outcome.");
    auto& duration_family =
        prometheus::BuildHistogram()
            .Name("causeway_query_duration_seconds")
            .Help("How long a query took its caller, tries and all.")
            .Register(registry);
    auto& waiting_family = prometheus::BuildGauge()
                               .Name("causeway_query_waiting")
                               .Help("Queries under way.")
                               .Register(registry);
    for (size_t i = 0; i < kKinds; ++i) {
      const prometheus::Labels kind = {{"kind", kKindNames[i]}};
      duration[i] = &duration_family.Add(kind, server::DurationBuckets());
      waiting[i] = &waiting_family.Add(kind);
      for (size_t j = 0; j < kOutcomes; ++j) {
        queries[i][j] = &queries_family.Add(
            {{"kind", kKindNames[i]}, {"outcome", kOutcomeNames[j]}});
      }
    }
    auto& tries_family =
        CounterFamily(registry, "tries_total",
                      "HTTP requests to application services, by result.");
    for (size_t i = 0; i < kTryResults; ++i) {
      tries[i] = &tries_family.Add({{"result", kTryResultNames[i]}});
    }
    auto& pings_family = CounterFamily(
        registry, "pings_total", "Pings of application services, by result.");
    for (size_t i = 0; i < kPingOutcomes; ++i) {
      pings[i] = &pings_family.Add({{"result", kPingOutcomeNames[i]}});
    }
    AddLookUps(registry);
  }

  void AddLookUps(prometheus::Registry& registry) {
    auto& family =
        CounterFamily(registry, "look_ups_total",
                      "Look-ups in third-party networks, by what came of it.");
    auto& duration_family = prometheus::BuildHistogram()
                                .Name("causeway_query_look_up_duration_seconds")
                                .Help("How long a look-up took its caller.")
                                .Register(registry);
    for (size_t i = 0; i < kLookUpKinds; ++i) {
      look_up_duration[i] = &duration_family.Add(
          {{"kind", kLookUpKindNames[i]}}, server::DurationBuckets());
      for (size_t j = 0; j < kLookUpOutcomes; ++j) {
        look_ups[i][j] = &family.Add({{"kind", kLookUpKindNames[i]},
                                      {"outcome", kLookUpOutcomeNames[j]}});
      }
    }
  }

  std::array<std::array<prometheus::Counter*, kOutcomes>, kKinds> queries;
  std::array<prometheus::Histogram*, kKinds> duration;
  std::array<prometheus::Gauge*, kKinds> waiting;
  CounterByKind shared;
  CounterByKind remembered;
  CounterByKind refused;
  std::array<prometheus::Counter*, kTryResults> tries;
  prometheus::Counter& breaker_refusals;
  std::array<prometheus::Counter*, kPingOutcomes> pings;
  std::array<std::array<prometheus::Counter*, kLookUpOutcomes>, kLookUpKinds>
      look_ups;
  std::array<prometheus::Histogram*, kLookUpKinds> look_up_duration;
};

QueryMetrics::QueryMetrics(prometheus::Registry& registry)
    : families_(std::make_unique<Families>(registry)) {}
QueryMetrics::~QueryMetrics() = default;

void QueryMetrics::QueryBegun(QuestionKind kind) {
  families_->waiting[Index(kind)]->Increment();
}

void QueryMetrics::QueryFinished(QuestionKind kind, Outcome outcome,
                                 absl::Duration elapsed) {
  families_->waiting[Index(kind)]->Decrement();
  families_->queries[Index(kind)][Index(outcome)]->Increment();
  families_->duration[Index(kind)]->Observe(absl::ToDoubleSeconds(elapsed));
}

void QueryMetrics::QueryRefused(QuestionKind kind) {
  families_->refused[Index(kind)]->Increment();
}

void QueryMetrics::FlightShared(QuestionKind kind) {
  families_->shared[Index(kind)]->Increment();
}

void QueryMetrics::RememberedAnswer(QuestionKind kind) {
  families_->remembered[Index(kind)]->Increment();
}

void QueryMetrics::TryFinished(TryResult result) {
  families_->tries[Index(result)]->Increment();
}

void QueryMetrics::BreakerRefused() { families_->breaker_refusals.Increment(); }

void QueryMetrics::PingFinished(PingOutcome outcome) {
  families_->pings[Index(outcome)]->Increment();
}

void QueryMetrics::LookUpFinished(LookUpKind kind, LookUpOutcome outcome,
                                  absl::Duration elapsed) {
  families_->look_ups[Index(kind)][Index(outcome)]->Increment();
  families_->look_up_duration[Index(kind)]->Observe(
      absl::ToDoubleSeconds(elapsed));
}

}  // namespace causeway::query
