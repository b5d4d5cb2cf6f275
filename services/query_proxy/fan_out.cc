#include "services/query_proxy/fan_out.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/query_proxy/liveness.h"
#include "services/shared/appservice_client/awaitable_send.h"
#include "services/shared/server/logging.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceRequest;
using appservice_client::AppserviceResponse;
using TryResult = QueryMetrics::TryResult;

constexpr int kLinesPerSecondMax = 10;

// Whether it can have said so meaning that there is no such thing or route.
bool MeansNo(int http_status) {
  return http_status == 404 || http_status == 405 || http_status == 501 ||
         (http_status >= 300 && http_status < 400);
}

}  // namespace

FanOut::FanOut(Options options, appservice_client::AppserviceClient& client,
               const registry_watch::RequestMaker& requests,
               CircuitBreaker& breaker, const Clock& clock,
               QueryMetrics& metrics)
    : options_(options),
      client_(client),
      requests_(requests),
      breaker_(breaker),
      clock_(clock),
      metrics_(metrics),
      limit_(options.limit),
      line_quota_(kLinesPerSecondMax, clock) {}

boost::asio::awaitable<void> FanOut::Ask(const std::vector<Target>& targets,
                                         std::string request_id,
                                         absl::Duration patience, Take take) {
  const absl::Duration end = clock_.MonotonicNow() + patience;
  size_t next = 0;
  while (next < targets.size()) {
    const size_t first = next;
    const absl::Duration left = end - clock_.MonotonicNow();
    std::vector<absl::StatusOr<std::string>> answers;
    std::vector<AppserviceRequest> requests;
    std::vector<size_t> asked;  // Indexes of `answers`.
    std::vector<Pass> passes;   // As `asked`.
    for (; next < targets.size() && requests.size() < options_.at_once_max;
         ++next) {
      absl::StatusOr<AppserviceRequest> request =
          absl::UnavailableError("no time was left to ask it");
      if (left > absl::ZeroDuration()) request = Prepare(targets[next], passes);
      if (!request.ok()) {
        answers.push_back(request.status());
        continue;
      }
      request->timeout = std::min(left, options_.timeout);
      request->request_id = request_id;
      asked.push_back(answers.size());
      answers.push_back(std::string());
      requests.push_back(*std::move(request));
    }
    std::vector<absl::StatusOr<AppserviceResponse>> responses =
        co_await appservice_client::SendAll(client_, std::move(requests));
    for (size_t i = 0; i < asked.size(); ++i) {
      answers[asked[i]] = Judge(targets[first + asked[i]], passes[i].permit,
                                request_id, std::move(responses[i]));
    }
    for (size_t i = 0; i < answers.size(); ++i) {
      if (!take(first + i, std::move(answers[i]))) co_return;
    }
  }
}

absl::StatusOr<AppserviceRequest> FanOut::Prepare(const Target& target,
                                                  std::vector<Pass>& passes) {
  const registry_watch::Registration& registration = *target.registration;
  absl::StatusOr<AppserviceRequest> request = requests_.Make(registration);
  if (!request.ok()) return absl::UnavailableError(request.status().message());
  std::vector<std::string> uids = {registration.uid};
  std::optional<InFlightLimit::Admission> admission =
      limit_.Admit(std::move(uids));
  if (!admission.has_value()) {
    return absl::UnavailableError("too many look-ups are under way");
  }
  const std::optional<CircuitBreaker::Permit> permit =
      breaker_.Allow(registration.uid, registration.revision);
  if (!permit.has_value()) {
    metrics_.BreakerRefused();
    return absl::UnavailableError("it has not answered lately");
  }
  passes.push_back({.admission = *std::move(admission), .permit = *permit});
  request->route = target.route;
  request->id = target.id;
  request->parameters = target.parameters;
  return request;
}

absl::StatusOr<std::string> FanOut::Judge(
    const Target& target, CircuitBreaker::Permit permit,
    const std::string& request_id,
    absl::StatusOr<AppserviceResponse> response) {
  const registry_watch::Registration& registration = *target.registration;
  breaker_.Record(registration.uid, permit, LivenessOf(response));
  if (response.ok() && MeansNo(response->http_status)) {
    metrics_.TryFinished(TryResult::kFinal);
    return absl::NotFoundError("it has no such thing");
  }
  if (response.ok() && response->http_status >= 200 &&
      response->http_status < 300) {
    metrics_.TryFinished(TryResult::kFinal);
    return std::move(response->body);
  }
  metrics_.TryFinished(absl::IsDeadlineExceeded(response.status())
                           ? TryResult::kTimedOut
                           : TryResult::kFailed);
  std::string problem =
      response.ok() ? absl::StrCat("it answers HTTP ", response->http_status)
                    : std::string(response.status().message());
  if (line_quota_.Take()) {
    log::Warning("an application service could not be asked",
                 {{"appservice_id", registration.id},
                  {"problem", problem},
                  {"request_id", request_id}});
  }
  return absl::UnavailableError(problem);
}

}  // namespace causeway::query
