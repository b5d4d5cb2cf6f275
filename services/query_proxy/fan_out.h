#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_FAN_OUT_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_FAN_OUT_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/in_flight_limit.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/request_maker.h"
#include "services/shared/server/line_quota.h"

namespace causeway::query {

// Looks something up with several application services side by side: one
// request each, and no more than `timeout` for any, so that who doesn't answer
// costs that much and a circuit that opens, and the others' answers nothing. Of
// many the first `at_once_max` are asked, then the next, as long as the caller
// has patience; those whose circuit is open aren't counted. What fails is
// logged, ten lines a second at most; all is counted.
//
// Thread-safe.
class FanOut {
 public:
  struct Options {
    absl::Duration timeout = absl::Seconds(5);
    size_t at_once_max = 100;  // Of one look-up.
    InFlightLimit::Options limit = {.all_max = 1000, .per_appservice_max = 100};
  };

  // One request.
  struct Target {
    // Must live until the answer.
    const registry_watch::Registration* registration = nullptr;
    appservice_client::Route route =
        appservice_client::Route::kThirdPartyProtocol;
    std::string id = {};
    std::vector<std::pair<std::string, std::string>> parameters = {};
  };

  // Gets the answer of the target at `index`: the body of its 2xx; NOT_FOUND if
  // it says that there is no such thing, or has no such route; UNAVAILABLE if
  // it didn't answer, answered something else, or wasn't asked because its
  // circuit is open, too many requests are under way or time is over. False: no
  // more answers are wanted.
  using Take =
      std::function<bool(size_t index, absl::StatusOr<std::string> answer)>;

  // The references must outlive it. `breaker` isn't that of queries: published
  // frameworks never answer look-ups for which the application service has no
  // handler, and answer queries well.
  FanOut(Options options, appservice_client::AppserviceClient& client,
         const registry_watch::RequestMaker& requests, CircuitBreaker& breaker,
         const Clock& clock, QueryMetrics& metrics);

  // Hands over each target's answer, in their order. Holds no more answers than
  // those of `at_once_max`.
  boost::asio::awaitable<void> Ask(const std::vector<Target>& targets,
                                   std::string request_id,
                                   absl::Duration patience, Take take);

 private:
  // That a request may go out.
  struct Pass {
    InFlightLimit::Admission admission;
    CircuitBreaker::Permit permit;
  };

  // Adds the pass. What keeps the target from being asked is the error.
  absl::StatusOr<appservice_client::AppserviceRequest> Prepare(
      const Target& target, std::vector<Pass>& passes);
  absl::StatusOr<std::string> Judge(
      const Target& target, CircuitBreaker::Permit permit,
      const std::string& request_id,
      absl::StatusOr<appservice_client::AppserviceResponse> response);

  const Options options_;
  appservice_client::AppserviceClient& client_;
  const registry_watch::RequestMaker& requests_;
  CircuitBreaker& breaker_;
  const Clock& clock_;
  QueryMetrics& metrics_;
  InFlightLimit limit_;
  server::LineQuota line_quota_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_FAN_OUT_H_
