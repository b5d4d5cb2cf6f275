#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_PINGER_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_PINGER_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/in_flight_limit.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/request_maker.h"

namespace causeway::query {

struct PingResult {
  PingOutcome outcome = PingOutcome::kAnswered;
  std::string appservice_uid = {};
  absl::Duration elapsed = absl::ZeroDuration();  // How long the request took.
  int http_status = 0;                            // 0: no HTTP answer came.
  // The beginning of an answer that isn't 2xx, at most kPingBodyBytesMax.
  std::string body = {};
  std::string error = {};  // Why there is no HTTP answer.
};

inline constexpr size_t kPingBodyBytesMax = 4096;

// Tries whether an application service can be reached and takes our hs_token.
// It is asked at once, whatever became of earlier tries, once; what was learnt
// from those is forgotten, since it may be another program by now: its circuit
// closes if it answers, and today's paths go first again.
// Source: https://spec.matrix.org/v1.17/application-service-api/#pinging
//
// Only v1 has pings. A registration of the draft is sent v1's too: that it
// answers 404 tells that it is there.
//
// Thread-safe.
class AppservicePinger {
 public:
  struct Options {
    absl::Duration timeout = absl::Seconds(10);
    InFlightLimit::Options limit = {.all_max = 100, .per_appservice_max = 3};
  };

  // The references must outlive the pinger.
  AppservicePinger(Options options, appservice_client::AppserviceClient& client,
                   const registry_watch::LatestSnapshot& registry,
                   const registry_watch::RequestMaker& requests,
                   CircuitBreaker& breaker, const Clock& clock,
                   QueryMetrics& metrics);

  // Within `patience`. NOT_FOUND when there is no application service of that
  // id; RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED) when too many are under way;
  // FAILED_PRECONDITION as RequestMaker.
  boost::asio::awaitable<absl::StatusOr<PingResult>> Ping(
      std::string appservice_id, std::string transaction_id,
      std::string request_id, absl::Duration patience);

 private:
  const Options options_;
  appservice_client::AppserviceClient& client_;
  const registry_watch::LatestSnapshot& registry_;
  const registry_watch::RequestMaker& requests_;
  CircuitBreaker& breaker_;
  const Clock& clock_;
  QueryMetrics& metrics_;
  InFlightLimit limit_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_PINGER_H_
