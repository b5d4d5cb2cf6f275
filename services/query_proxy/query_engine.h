#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_ENGINE_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_ENGINE_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/answer_memory.h"
#include "services/query_proxy/appservice_asker.h"
#include "services/query_proxy/candidates.h"
#include "services/query_proxy/in_flight_limit.h"
#include "services/query_proxy/query_metrics.h"
#include "services/query_proxy/question.h"
#include "services/query_proxy/single_flight.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::query {

// Answers questions: finds whom to ask, asks once however many want to know,
// and lets each caller wait for as long as it can.
//
// A flight runs as a coroutine of its own, so that it goes on when the caller
// that began it has given up and others still wait. Nothing here holds a
// thread.
//
// Thread-safe.
class QueryEngine {
 public:
  // How many may wait at once. The kinds have limits of their own because an
  // alias query nests user queries: alias queries that took all room would wait
  // for user queries that get none.
  struct Limits {
    int user_queries_max = 5000;
    int alias_queries_max = 2000;
    int per_appservice_max = 1000;  // Of each kind.
  };
  struct Options {
    Limits limits;
    AnswerMemory::Options answer_memory;
    // How long an application service may be kept waiting for a flight that
    // asks itself (SingleFlight::Role::kSelf). Not zero, because two of its
    // requests may act as the same new user at once, and then the flight that
    // the first one began soon ends.
    absl::Duration self_wait = absl::Milliseconds(500);
  };

  struct Request {
    Question question;
    std::string caused_by_appservice_uid;  // May be empty.
    absl::Duration deadline;               // On the monotonic clock.
    std::string request_id;
  };

  // The references must outlive the engine.
  QueryEngine(Options options, AppserviceAsker& asker,
              const registry_watch::LatestSnapshot& registry,
              const Clock& clock, QueryMetrics& metrics);
  // Waits for the flights under way, each of which ends with its present try.
  ~QueryEngine();

  // RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED) when too many queries of the kind are
  // under way, in all or to the application service: not to be repeated at
  // once.
  boost::asio::awaitable<absl::StatusOr<Answer>> Query(Request request);

 private:
  // Joins the flight or begins it, and waits.
  boost::asio::awaitable<Answer> AwaitFlight(Request request,
                                             Candidates candidates);
  boost::asio::awaitable<void> Fly(SingleFlight::Key key, Candidates candidates,
                                   std::string request_id);
  boost::asio::awaitable<Answer> AskInTurn(SingleFlight::Key key,
                                           Candidates candidates,
                                           std::string request_id);
  void FlightBegun() ABSL_LOCKS_EXCLUDED(mu_);
  void FlightEnded() ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  AppserviceAsker& asker_;
  const registry_watch::LatestSnapshot& registry_;
  const Clock& clock_;
  QueryMetrics& metrics_;
  InFlightLimit user_limit_;
  InFlightLimit alias_limit_;
  AnswerMemory memory_;
  SingleFlight flights_;

  absl::Mutex mu_;
  int flight_count_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_ENGINE_H_
