#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_ASKER_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_ASKER_H_

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/pause.h"
#include "services/query_proxy/query_metrics.h"
#include "services/query_proxy/question.h"
#include "services/query_proxy/try_schedule.h"
#include "services/query_proxy/try_verdict.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/request_maker.h"
#include "services/shared/server/line_quota.h"

namespace causeway::query {

// Puts one question to one application service: as many tries as it takes,
// within the deadline, unless its circuit is open.
//
// What fails is logged, ten lines a second at most; all is counted.
//
// Each try goes by the newest registration, so that one that has moved is
// found at its new URL by the next try.
//
// Thread-safe.
class AppserviceAsker {
 public:
  struct Options {
    TryOptions tries;
  };

  // The references must outlive the asker.
  AppserviceAsker(Options options, appservice_client::AppserviceClient& client,
                  const registry_watch::LatestSnapshot& registry,
                  const registry_watch::RequestMaker& requests,
                  CircuitBreaker& breaker, Pause& pause, const Clock& clock,
                  QueryMetrics& metrics);

  // `deadline` tells, on the monotonic clock, how long an answer is wanted,
  // which may change meanwhile. Never kNobodyToAsk while it is registered.
  boost::asio::awaitable<Answer> Ask(std::string appservice_uid,
                                     Question question, std::string request_id,
                                     std::function<absl::Duration()> deadline);

 private:
  // One request, within `timeout`.
  boost::asio::awaitable<TryVerdict> Try(
      const registry_watch::Registration& registration,
      const Question& question, const std::string& request_id,
      absl::Duration timeout);
  void Log(const registry_watch::Registration& registration,
           const Question& question, const std::string& request_id,
           int tries_done, const TryVerdict& verdict);

  const Options options_;
  appservice_client::AppserviceClient& client_;
  const registry_watch::LatestSnapshot& registry_;
  const registry_watch::RequestMaker& requests_;
  CircuitBreaker& breaker_;
  Pause& pause_;
  const Clock& clock_;
  QueryMetrics& metrics_;
  server::LineQuota line_quota_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_ASKER_H_
