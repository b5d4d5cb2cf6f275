#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_METRICS_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_METRICS_H_

#include <memory>

#include "absl/time/time.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/question.h"

namespace prometheus {
class Registry;
}  // namespace prometheus

namespace causeway::query {

// Every metric of query_proxy:
//
//   causeway_query_queries_total{kind,outcome}    counter, as callers see them
//   causeway_query_duration_seconds{kind}         histogram
//   causeway_query_waiting{kind}                  gauge, callers that wait
//   causeway_query_shared_total{kind}             counter, joined a flight
//   causeway_query_remembered_total{kind}         counter, from memory
//   causeway_query_refused_total{kind}            counter, too many waited
//   causeway_query_tries_total{result}            counter, HTTP requests
//   causeway_query_breaker_refusals_total         counter
//   causeway_query_pings_total{result}            counter
//   causeway_query_look_ups_total{kind,outcome}   counter
//   causeway_query_look_up_duration_seconds{kind} histogram
//
// `kind` is user or room_alias, of look-ups protocol, location, user or uri;
// `outcome` and `result` as in the proto, in lower case.
//
// Thread-safe.
class QueryMetrics {
 public:
  // `registry` must outlive the metrics.
  explicit QueryMetrics(prometheus::Registry& registry);
  ~QueryMetrics();

  void QueryBegun(QuestionKind kind);
  void QueryFinished(QuestionKind kind, Outcome outcome,
                     absl::Duration elapsed);
  // Ended without an outcome, before it began.
  void QueryRefused(QuestionKind kind);
  void FlightShared(QuestionKind kind);
  void RememberedAnswer(QuestionKind kind);

  enum class TryResult { kFinal, kFailed, kTimedOut };
  void TryFinished(TryResult result);
  void BreakerRefused();
  void PingFinished(PingOutcome outcome);
  void LookUpFinished(LookUpKind kind, LookUpOutcome outcome,
                      absl::Duration elapsed);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_METRICS_H_
