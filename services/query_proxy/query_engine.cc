#include "services/query_proxy/query_engine.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/threads/one_shot.h"

namespace causeway::query {
namespace {

// For those who find too many queries under way.
constexpr absl::Duration kRefusedRetryAfter = absl::Seconds(1);

// Which of two candidates' answers, neither of which says that it exists, says
// more: someone who might know but didn't answer leaves the question open.
const Answer& MoreOpen(const Answer& a, const Answer& b) {
  const bool a_is_no =
      a.outcome == Outcome::kNotFound || a.outcome == Outcome::kNobodyToAsk;
  return a_is_no ? b : a;
}

bool Settles(const Answer& answer) {
  return answer.outcome == Outcome::kExistsCreate ||
         answer.outcome == Outcome::kLookAgain;
}

}  // namespace

QueryEngine::QueryEngine(Options options, AppserviceAsker& asker,
                         const registry_watch::LatestSnapshot& registry,
                         const Clock& clock, QueryMetrics& metrics)
    : options_(options),
      asker_(asker),
      registry_(registry),
      clock_(clock),
      metrics_(metrics),
      user_limit_({.all_max = options.limits.user_queries_max,
                   .per_appservice_max = options.limits.per_appservice_max}),
      alias_limit_({.all_max = options.limits.alias_queries_max,
                    .per_appservice_max = options.limits.per_appservice_max}),
      memory_(options.answer_memory, clock) {}

QueryEngine::~QueryEngine() {
  absl::MutexLock lock(&mu_);
  stopping_ = true;
  auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return flight_count_ == 0;
  };
  mu_.Await(absl::Condition(&idle));
}

boost::asio::awaitable<absl::StatusOr<Answer>> QueryEngine::Query(
    Request request) {
  const QuestionKind kind = request.question.kind;
  Candidates candidates =
      FindCandidates(*registry_.Snapshot(), request.question);
  InFlightLimit& limit =
      kind == QuestionKind::kUser ? user_limit_ : alias_limit_;
  const std::optional<InFlightLimit::Admission> admission =
      limit.Admit(candidates.appservice_uids);
  if (!admission.has_value()) {
    metrics_.QueryRefused(kind);
    co_return matrix::LimitExceeded("too many queries are under way",
                                    kRefusedRetryAfter);
  }
  metrics_.QueryBegun(kind);
  const absl::Duration begin = clock_.MonotonicNow();
  Answer answer;
  std::optional<Answer> remembered;
  if (!candidates.appservice_uids.empty()) {
    remembered =
        memory_.Find(request.question, candidates.registration_revision);
    if (remembered.has_value()) {
      metrics_.RememberedAnswer(kind);
      answer = *std::move(remembered);
    } else {
      answer = co_await AwaitFlight(std::move(request), std::move(candidates));
    }
  }
  metrics_.QueryFinished(kind, answer.outcome, clock_.MonotonicNow() - begin);
  co_return answer;
}

boost::asio::awaitable<Answer> QueryEngine::AwaitFlight(Request request,
                                                        Candidates candidates) {
  const SingleFlight::Key key{
      .question = request.question,
      .registration_revision = candidates.registration_revision};
  auto arrival = threads::OneShot<Answer>::Create();
  const SingleFlight::Joined joined = flights_.Join(
      key, candidates.appservice_uids, request.caused_by_appservice_uid,
      request.deadline,
      [arrival](const Answer& answer) { arrival->Deliver(answer); });

  absl::Duration timeout = request.deadline - clock_.MonotonicNow();
  Answer without_arrival{.outcome = Outcome::kTimedOut,
                         .appservice_uid = candidates.appservice_uids.front()};
  switch (joined.role) {
    case SingleFlight::Role::kLeader:
      FlightBegun();
      boost::asio::co_spawn(
          co_await boost::asio::this_coro::executor,
          Fly(key, std::move(candidates), std::move(request.request_id)),
          boost::asio::detached);
      break;
    case SingleFlight::Role::kJoined:
      metrics_.FlightShared(key.question.kind);
      break;
    case SingleFlight::Role::kSelf:
      timeout = std::min(timeout, options_.self_wait);
      without_arrival.outcome = Outcome::kLookAgain;
      break;
  }
  std::optional<Answer> answer = co_await arrival->Wait(timeout);
  if (answer.has_value()) co_return *std::move(answer);
  flights_.Leave(key, joined.waiter);
  co_return without_arrival;
}

boost::asio::awaitable<void> QueryEngine::Fly(SingleFlight::Key key,
                                              Candidates candidates,
                                              std::string request_id) {
  Answer answer =
      co_await AskInTurn(key, std::move(candidates), std::move(request_id));
  // Before those who wait are told: their creating the user comes after.
  memory_.Add(key.question, key.registration_revision, answer);
  flights_.Finish(key, answer);
  FlightEnded();
}

boost::asio::awaitable<Answer> QueryEngine::AskInTurn(SingleFlight::Key key,
                                                      Candidates candidates,
                                                      std::string request_id) {
  Answer result{.outcome = Outcome::kNotFound,
                .appservice_uid = candidates.appservice_uids.front()};
  int left = static_cast<int>(candidates.appservice_uids.size());
  for (const std::string& uid : candidates.appservice_uids) {
    // Whoever doesn't answer leaves the others their share of the time.
    std::function<absl::Duration()> deadline = [this, &key, left,
                                                begin = clock_.MonotonicNow()] {
      {
        absl::MutexLock lock(&mu_);
        if (stopping_) return -absl::InfiniteDuration();
      }
      return begin + (flights_.Deadline(key) - begin) / left;
    };
    Answer answer =
        co_await asker_.Ask(uid, key.question, request_id, deadline);
    if (Settles(answer)) co_return answer;
    result = result.appservice_id.empty() ? answer : MoreOpen(result, answer);
    --left;
  }
  co_return result;
}

void QueryEngine::FlightBegun() {
  absl::MutexLock lock(&mu_);
  ++flight_count_;
}

void QueryEngine::FlightEnded() {
  absl::MutexLock lock(&mu_);
  --flight_count_;
}

}  // namespace causeway::query
