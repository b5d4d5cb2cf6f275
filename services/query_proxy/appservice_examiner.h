#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_EXAMINER_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_EXAMINER_H_

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/query_proxy/in_flight_limit.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/request_maker.h"

namespace causeway::query {

// On the way of a request, in the order of the contract's Step. What each
// means is told there (DiagnoseResponse).
enum class ExaminedStep {
  kUrl,
  kName,
  kAddress,
  kConnection,
  kTls,
  kAnswer,
  kToken,
  kDialect,
  kClock,
  kRoundTrip,
};
inline constexpr size_t kExaminedSteps = 10;

struct ExaminedFinding {
  enum class Verdict { kNotTried, kWell, kIll };
  Verdict verdict = Verdict::kNotTried;
  std::string detail;  // What was seen.
};
using Examination = std::array<ExaminedFinding, kExaminedSteps>;  // By step.

// Finds out how far a request to an application service comes: a ping, whatever
// became of earlier tries, and where it has no pings a question about its own
// user, which it has to know.
// Source: https://spec.matrix.org/v1.17/application-service-api/#pinging
//
// Thread-safe.
class AppserviceExaminer {
 public:
  struct Options {
    absl::Duration timeout = absl::Seconds(10);  // Of each of the two.
    absl::Duration clock_difference_max = absl::Minutes(1);
    absl::Duration round_trip_max = absl::Seconds(1);
    InFlightLimit::Options limit = {.all_max = 20, .per_appservice_max = 1};
  };

  // The references must outlive the examiner.
  AppserviceExaminer(Options options,
                     appservice_client::AppserviceClient& client,
                     const registry_watch::LatestSnapshot& registry,
                     const registry_watch::RequestMaker& requests,
                     const Clock& clock);

  // Within `patience`. NOT_FOUND when there is no application service of that
  // id; RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED) when too many are examined.
  boost::asio::awaitable<absl::StatusOr<Examination>> Examine(
      std::string appservice_id, std::string request_id,
      absl::Duration patience);

 private:
  struct Answer {
    absl::StatusOr<appservice_client::AppserviceResponse> response;
    absl::Duration elapsed;
  };
  boost::asio::awaitable<Answer> Ask(
      appservice_client::AppserviceRequest request) const;
  void JudgeTime(const appservice_client::AppserviceResponse& response,
                 absl::Duration elapsed, Examination& examination) const;

  const Options options_;
  appservice_client::AppserviceClient& client_;
  const registry_watch::LatestSnapshot& registry_;
  const registry_watch::RequestMaker& requests_;
  const Clock& clock_;
  InFlightLimit limit_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_APPSERVICE_EXAMINER_H_
