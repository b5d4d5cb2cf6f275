#include "services/query_proxy/appservice_asker.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "services/query_proxy/liveness.h"
#include "services/shared/appservice_client/awaitable_send.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/server/logging.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceRequest;
using appservice_client::Route;
using registry_watch::Registration;
using registry_watch::RegistrySnapshot;
using TryResult = QueryMetrics::TryResult;

// Clients can ask for any number of IDs of an application service that is up
// and refuses what it is asked.
constexpr int kLinesPerSecondMax = 10;

TryResult ResultOf(const TryVerdict& verdict) {
  if (!verdict.retry) return TryResult::kFinal;
  return verdict.answer.outcome == Outcome::kTimedOut ? TryResult::kTimedOut
                                                      : TryResult::kFailed;
}

TryVerdict KeptFromTrying() {
  return {.answer = {.outcome = Outcome::kAppserviceUnavailable},
          .liveness = Liveness::kUnknown};
}

}  // namespace

AppserviceAsker::AppserviceAsker(Options options,
                                 appservice_client::AppserviceClient& client,
                                 const registry_watch::LatestSnapshot& registry,
                                 const registry_watch::RequestMaker& requests,
                                 CircuitBreaker& breaker, Pause& pause,
                                 const Clock& clock, QueryMetrics& metrics)
    : options_(options),
      client_(client),
      registry_(registry),
      requests_(requests),
      breaker_(breaker),
      pause_(pause),
      clock_(clock),
      metrics_(metrics),
      line_quota_(kLinesPerSecondMax, clock) {}

boost::asio::awaitable<Answer> AppserviceAsker::Ask(
    std::string appservice_uid, Question question, std::string request_id,
    std::function<absl::Duration()> deadline) {
  // What is told if there is no time for a single try.
  TryVerdict verdict{.answer = {.outcome = Outcome::kTimedOut}};
  std::string appservice_id;
  absl::BitGen random;
  for (int tries_done = 0;; ++tries_done) {
    const NextTry next = PlanTry(options_.tries, tries_done,
                                 deadline() - clock_.MonotonicNow(), random);
    if (next.give_up) break;
    if (next.pause > absl::ZeroDuration()) co_await pause_.For(next.pause);

    std::shared_ptr<const RegistrySnapshot> snapshot = registry_.Snapshot();
    const Registration* registration = snapshot->FindByUid(appservice_uid);
    if (registration == nullptr) co_return Answer();  // It has unregistered.
    appservice_id = registration->id;
    const std::optional<CircuitBreaker::Permit> permit =
        breaker_.Allow(appservice_uid, registration->revision);
    if (!permit.has_value()) {
      metrics_.BreakerRefused();
      if (tries_done == 0) verdict = KeptFromTrying();
      break;
    }
    verdict = co_await Try(*registration, question, request_id, next.timeout);
    breaker_.Record(appservice_uid, *permit, verdict.liveness);
    metrics_.TryFinished(ResultOf(verdict));
    if (!verdict.problem.empty()) {
      Log(*registration, question, request_id, tries_done + 1, verdict);
    }
    if (!verdict.retry) break;
  }
  verdict.answer.appservice_uid = std::move(appservice_uid);
  verdict.answer.appservice_id = std::move(appservice_id);
  co_return verdict.answer;
}

boost::asio::awaitable<TryVerdict> AppserviceAsker::Try(
    const Registration& registration, const Question& question,
    const std::string& request_id, absl::Duration timeout) {
  absl::StatusOr<AppserviceRequest> request = requests_.Make(registration);
  if (!request.ok()) {
    TryVerdict verdict = KeptFromTrying();
    verdict.problem = std::string(request.status().message());
    co_return verdict;
  }
  request->route =
      question.kind == QuestionKind::kUser ? Route::kUsers : Route::kRooms;
  request->id = question.id;
  request->timeout = timeout;
  request->request_id = request_id;
  absl::StatusOr<appservice_client::AppserviceResponse> response =
      co_await appservice_client::Send(client_, *std::move(request));
  co_return JudgeTry(question.kind, registration.dialect, response);
}

void AppserviceAsker::Log(const Registration& registration,
                          const Question& question,
                          const std::string& request_id, int tries_done,
                          const TryVerdict& verdict) {
  if (!line_quota_.Take()) return;
  log::Warning("an application service could not be asked",
               {{"appservice_id", registration.id},
                {"id", question.id},
                {"try", tries_done},
                {"problem", verdict.problem},
                {"request_id", request_id}});
}

}  // namespace causeway::query
