#include "services/query_proxy/appservice_pinger.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/appservice_client/awaitable_send.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/status/status_macros.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceRequest;
using appservice_client::AppserviceResponse;
using registry_watch::Registration;

std::shared_ptr<const std::string> MakeBody(const std::string& transaction_id) {
  matrix::Json body = matrix::Json::object();
  if (!transaction_id.empty()) body["transaction_id"] = transaction_id;
  return std::make_shared<const std::string>(matrix::DumpJson(body));
}

PingResult Judge(absl::StatusOr<AppserviceResponse> response) {
  if (!response.ok()) {
    return {.outcome = absl::IsDeadlineExceeded(response.status())
                           ? PingOutcome::kTimedOut
                           : PingOutcome::kConnectionFailed,
            .error = std::string(response.status().message())};
  }
  PingResult result{.http_status = response->http_status};
  if (result.http_status < 200 || result.http_status > 299) {
    result.outcome = PingOutcome::kBadStatus;
    result.body = std::move(response->body);
    result.body.resize(std::min(result.body.size(), kPingBodyBytesMax));
  }
  return result;
}

}  // namespace

AppservicePinger::AppservicePinger(
    Options options, appservice_client::AppserviceClient& client,
    const registry_watch::LatestSnapshot& registry,
    const registry_watch::RequestMaker& requests, CircuitBreaker& breaker,
    const Clock& clock, QueryMetrics& metrics)
    : options_(options),
      client_(client),
      registry_(registry),
      requests_(requests),
      breaker_(breaker),
      clock_(clock),
      metrics_(metrics),
      limit_(options.limit) {}

boost::asio::awaitable<absl::StatusOr<PingResult>> AppservicePinger::Ping(
    std::string appservice_id, std::string transaction_id,
    std::string request_id, absl::Duration patience) {
  const auto snapshot = registry_.Snapshot();
  const Registration* registration = snapshot->FindById(appservice_id);
  if (registration == nullptr) {
    co_return matrix::NotFound(
        absl::StrCat("application service ", matrix::Quote(appservice_id)));
  }
  if (registration->url.empty()) {
    metrics_.PingFinished(PingOutcome::kUrlNotSet);
    co_return PingResult{.outcome = PingOutcome::kUrlNotSet,
                         .appservice_uid = registration->uid};
  }
  std::vector<std::string> asked = {registration->uid};
  const std::optional<InFlightLimit::Admission> admission =
      limit_.Admit(std::move(asked));
  if (!admission.has_value()) {
    co_return matrix::LimitExceeded("too many pings are under way",
                                    absl::Seconds(1));
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(AppserviceRequest request,
                               requests_.Make(*registration));
  request.dialect = appservice_client::Dialect::kV1;
  request.route = appservice_client::Route::kPing;
  request.body = MakeBody(transaction_id);
  request.timeout = std::min(patience, options_.timeout);
  request.request_id = std::move(request_id);
  client_.ForgetPaths(registration->uid);

  const absl::Duration begin = clock_.MonotonicNow();
  PingResult result =
      Judge(co_await appservice_client::Send(client_, std::move(request)));
  result.elapsed = clock_.MonotonicNow() - begin;
  result.appservice_uid = registration->uid;
  if (result.http_status > 0 && result.http_status < 500) {
    breaker_.Close(registration->uid);
  }
  metrics_.PingFinished(result.outcome);
  co_return result;
}

}  // namespace causeway::query
