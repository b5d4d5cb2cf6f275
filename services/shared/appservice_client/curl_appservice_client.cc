#include "services/shared/appservice_client/curl_appservice_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/answer_budget.h"
#include "services/shared/appservice_client/answer_times.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/curl_handles.h"
#include "services/shared/appservice_client/curl_multi.h"
#include "services/shared/appservice_client/departure_count.h"
#include "services/shared/appservice_client/hs_token_memory.h"
#include "services/shared/appservice_client/http_exchange.h"
#include "services/shared/appservice_client/route_memory.h"
#include "services/shared/appservice_client/routes.h"
#include "services/shared/clock/clock.h"
#include "services/shared/threads/this_thread.h"

namespace causeway::appservice_client {
namespace {

using Outcome = absl::StatusOr<AppserviceResponse>;

Dialect Other(Dialect dialect) {
  return dialect == Dialect::kV1 ? Dialect::kDraft : Dialect::kV1;
}

}  // namespace

class CurlAppserviceClient::Loop {
 public:
  Loop(Options options, const Clock& clock)
      : options_(std::move(options)),
        exchange_options_{options_.user_agent,
                          options_.ca_file,
                          options_.ca_directory,
                          options_.connect_timeout,
                          options_.private_addresses_allowed,
                          std::make_shared<AnswerBudget>(options_.answers)},
        clock_(clock),
        memory_(clock),
        answer_times_(options_.slow_from),
        lanes_{Lane{{options_.quick_max, options_.slow_after}},
               Lane{{options_.quick_max, options_.slow_after}},
               Lane{{options_.slow_max, options_.slow_after}}},
        handles_(options_.quick_max),
        multi_(options_.idle_connections_max),
        thread_([this] { Run(); }) {}

  ~Loop() {
    {
      absl::MutexLock lock(&mu_);
      is_stopping_ = true;
    }
    multi_.Wake();
    thread_.join();
  }

  void Send(AppserviceRequest request, Callback callback)
      ABSL_LOCKS_EXCLUDED(mu_) {
    auto flight = std::make_unique<Flight>();
    flight->deadline = clock_.MonotonicNow() + request.timeout;
    flight->request = std::move(request);
    flight->callback = std::move(callback);
    absl::Status refusal = Enqueue(flight);
    if (refusal.ok()) {
      multi_.Wake();
    } else {
      std::move(flight->callback)(std::move(refusal));
    }
  }

  void Cancel(int64_t cancel_id) ABSL_LOCKS_EXCLUDED(mu_) {
    {
      absl::MutexLock lock(&mu_);
      cancelled_.push_back(cancel_id);
    }
    multi_.Wake();
  }

  void ForgetPaths(std::string appservice_uid) ABSL_LOCKS_EXCLUDED(mu_) {
    // Comes with whatever wakes the thread next: nothing else needs to know.
    absl::MutexLock lock(&mu_);
    if (forgotten_.size() < kRememberedMax) {
      forgotten_.push_back(std::move(appservice_uid));
    }
  }

 private:
  // One request, over the one or two exchanges that it takes.
  struct Flight {
    AppserviceRequest request;
    Callback callback;
    absl::Duration deadline;  // By the monotonic clock.
    Dialect path_dialect;     // Of the exchange under way.
    bool has_swapped_tokens = false;
    // What the other dialect's path answered: that it doesn't exist.
    std::optional<AppserviceResponse> first_answer;
    std::unique_ptr<HttpExchange> exchange;
    // Of the application service when the request was taken in.
    Pace pace = Pace::kUnknown;
    // By CurlMulti::Now(). Number 0: it hasn't departed.
    absl::Duration departed_at;
    int64_t departure_number = 0;
  };

  // Those to application services of one pace: others don't wait for them.
  struct Lane {
    DepartureCount departed;
    std::deque<std::unique_ptr<Flight>> waiting = {};
  };

  // Takes `flight` if there is room.
  absl::Status Enqueue(std::unique_ptr<Flight>& flight)
      ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (is_stopping_) return Stopping();
    if (in_flight_count_ == options_.in_flight_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat("there are already ", options_.in_flight_max,
                       " requests to application services under way"));
    }
    ++in_flight_count_;
    inbox_.push_back(std::move(flight));
    return absl::OkStatus();
  }

  static absl::Status Stopping() {
    return absl::UnavailableError("this process is stopping");
  }

  void TakeIn(std::unique_ptr<Flight> flight) {
    flight->pace = answer_times_.Of(flight->request.appservice_uid);
    LaneOf(*flight).waiting.push_back(std::move(flight));
  }

  Lane& LaneOf(const Flight& flight) {
    return lanes_[static_cast<size_t>(flight.pace)];
  }

  // Lets as many depart as may. False: none.
  bool DepartNext() {
    const absl::Duration now = multi_.Now();
    bool any = false;
    for (Lane& lane : lanes_) {
      while (!lane.waiting.empty() && lane.departed.HasRoom(now)) {
        std::unique_ptr<Flight> flight = std::move(lane.waiting.front());
        lane.waiting.pop_front();
        flight->departed_at = now;
        flight->departure_number = lane.departed.Depart(now);
        Depart(std::move(flight));
        any = true;
      }
    }
    return any;
  }

  // The thread: takes in, moves all transfers on, answers, sleeps until the
  // network, Send() or Cancel() has something.
  void Run() ABSL_LOCKS_EXCLUDED(mu_) {
    threads::NameThisThread("as_client");
    threads::PreferLatencyInThisThread();
    while (true) {
      const CurlMulti::Ready ready = multi_.Wait(NextWait());
      std::deque<std::unique_ptr<Flight>> sent;
      std::vector<int64_t> cancelled;
      std::vector<std::string> forgotten;
      {
        absl::MutexLock lock(&mu_);
        if (is_stopping_) break;
        sent.swap(inbox_);
        cancelled.swap(cancelled_);
        forgotten.swap(forgotten_);
      }
      for (const std::string& uid : forgotten) memory_.Forget(uid);
      for (std::unique_ptr<Flight>& flight : sent) TakeIn(std::move(flight));
      // Behind them: what is cancelled was sent before.
      for (int64_t cancel_id : cancelled) EndCancelled(cancel_id);
      multi_.Handle(ready);
      do {
        multi_.HandleDue();
        HandleEnded();
      } while (DepartNext());
    }
    std::deque<std::unique_ptr<Flight>> sent;
    {
      absl::MutexLock lock(&mu_);
      sent.swap(inbox_);  // Nothing is put into it any more.
    }
    for (std::unique_ptr<Flight>& flight : sent) {
      Conclude(std::move(flight), Stopping());
    }
    for (Lane& lane : lanes_) {
      for (std::unique_ptr<Flight>& flight : lane.waiting) {
        Conclude(std::move(flight), Stopping());
      }
    }
    while (!flights_.empty()) {
      Conclude(TakeFlight(flights_.begin()->first), Stopping());
    }
  }

  // Until there is something to do even if the network has nothing.
  absl::Duration NextWait() const {
    constexpr absl::Duration kWaitMax = absl::Seconds(1);
    absl::Duration due_at = multi_.due_at();
    for (const Lane& lane : lanes_) {
      if (!lane.waiting.empty()) {
        due_at = std::min(due_at, lane.departed.room_at());
      }
    }
    return std::clamp(due_at - multi_.Now(), absl::ZeroDuration(), kWaitMax);
  }

  void Depart(std::unique_ptr<Flight> flight) {
    AppserviceRequest& request = flight->request;
    tokens_.Choose(request);
    const bool is_remembered =
        request.dialect == Dialect::kV1 && IsRemembered(request.route);
    flight->path_dialect =
        is_remembered ? memory_.First(request.appservice_uid, request.url)
                      : request.dialect;
    StartExchange(std::move(flight));
  }

  // Sends the request on the path of `flight->path_dialect`.
  void StartExchange(std::unique_ptr<Flight> flight) {
    absl::StatusOr<Target> target =
        MakeTarget(flight->request, flight->path_dialect);
    if (!target.ok()) {
      Conclude(std::move(flight), target.status());
      return;
    }
    const absl::Duration timeout = flight->deadline - clock_.MonotonicNow();
    flight->exchange = std::make_unique<HttpExchange>(
        exchange_options_, handles_.Take(), flight->request, *target, timeout);
    CURL* handle = flight->exchange->handle();
    if (flight->request.cancel_id != 0) {
      handles_by_cancel_id_[flight->request.cancel_id] = handle;
    }
    flights_.emplace(handle, std::move(flight));
    const CURLMcode added = multi_.Add(handle, target->url);
    if (added != CURLM_OK) {
      Conclude(TakeFlight(handle),
               absl::UnavailableError(curl_multi_strerror(added)));
    }
  }

  void EndCancelled(int64_t cancel_id) {
    const absl::Status cancelled =
        absl::CancelledError("the request was cancelled");
    const auto handle = handles_by_cancel_id_.find(cancel_id);
    if (handle != handles_by_cancel_id_.end()) {
      Conclude(TakeFlight(handle->second), cancelled);
      return;
    }
    for (Lane& lane : lanes_) {
      const auto waiting = std::find_if(
          lane.waiting.begin(), lane.waiting.end(), [&](const auto& flight) {
            return flight->request.cancel_id == cancel_id;
          });
      if (waiting == lane.waiting.end()) continue;
      std::unique_ptr<Flight> flight = std::move(*waiting);
      lane.waiting.erase(waiting);
      Conclude(std::move(flight), cancelled);
      return;
    }
  }

  void HandleEnded() {
    multi_.ListEnded([this](CURL* handle, CURLcode result) {
      std::unique_ptr<Flight> flight = TakeFlight(handle);
      Outcome outcome = flight->exchange->Finish(result);
      flight->exchange.reset();
      if (outcome.ok()) outcome->path_dialect = flight->path_dialect;
      Arrive(std::move(flight), std::move(outcome));
    });
  }

  // An exchange has ended: it was the answer, or the other path is to be tried.
  void Arrive(std::unique_ptr<Flight> flight, Outcome outcome) {
    if (outcome.ok() &&
        tokens_.SwapIfRefused(flight->request, outcome->http_status,
                              flight->has_swapped_tokens)) {
      StartExchange(std::move(flight));
      return;
    }
    const AppserviceRequest& request = flight->request;
    if (!outcome.ok() || request.dialect == Dialect::kDraft ||
        !HasFallback(request.route)) {
      Conclude(std::move(flight), std::move(outcome));
      return;
    }
    if (ProvesRoute(*outcome)) {
      // Today's paths, those of look-ups too, came all at once; the older ones
      // of look-ups came by themselves.
      if (IsRemembered(request.route) || flight->path_dialect == Dialect::kV1) {
        memory_.Remember(request.appservice_uid, request.url,
                         flight->path_dialect);
      }
      Conclude(std::move(flight), std::move(outcome));
      return;
    }
    if (flight->first_answer.has_value()) {
      // Neither path has proved to exist: the answer on today's is the one to
      // show.
      if (flight->path_dialect == Dialect::kDraft) {
        outcome = *std::move(flight->first_answer);
      }
      Conclude(std::move(flight), std::move(outcome));
      return;
    }
    if (!MeansNoSuchRoute(*outcome) ||
        memory_.KnowsV1(request.appservice_uid, request.url)) {
      Conclude(std::move(flight), std::move(outcome));
      return;
    }
    flight->first_answer = *std::move(outcome);
    flight->path_dialect = Other(flight->path_dialect);
    StartExchange(std::move(flight));
  }

  std::unique_ptr<Flight> TakeFlight(CURL* handle) {
    multi_.Take(handle);
    auto found = flights_.find(handle);
    std::unique_ptr<Flight> flight = std::move(found->second);
    flights_.erase(found);
    handles_by_cancel_id_.erase(flight->request.cancel_id);
    return flight;
  }

  void Conclude(std::unique_ptr<Flight> flight, Outcome outcome)
      ABSL_LOCKS_EXCLUDED(mu_) {
    if (flight->departure_number != 0) {
      LaneOf(*flight).departed.End(flight->departure_number);
      // One that was cancelled says nothing about its application service.
      if (!absl::IsCancelled(outcome.status())) {
        answer_times_.Note(flight->request.appservice_uid,
                           multi_.Now() - flight->departed_at);
      }
    }
    {
      absl::MutexLock lock(&mu_);
      --in_flight_count_;
    }
    std::move(flight->callback)(std::move(outcome));
  }

  const Options options_;
  const HttpExchange::Options exchange_options_;
  const Clock& clock_;

  absl::Mutex mu_;
  std::deque<std::unique_ptr<Flight>> inbox_ ABSL_GUARDED_BY(mu_);
  std::vector<int64_t> cancelled_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> forgotten_ ABSL_GUARDED_BY(mu_);  // uids.
  size_t in_flight_count_ ABSL_GUARDED_BY(mu_) = 0;
  bool is_stopping_ ABSL_GUARDED_BY(mu_) = false;

  // The thread's own.
  RouteMemory memory_;
  HsTokenMemory tokens_;
  AnswerTimes answer_times_;
  std::array<Lane, kPaceCount> lanes_;  // By Pace.
  CurlHandles handles_;
  absl::flat_hash_map<CURL*, std::unique_ptr<Flight>> flights_;
  absl::flat_hash_map<int64_t, CURL*> handles_by_cancel_id_;

  CurlMulti multi_;     // The thread's own, but for Wake().
  std::thread thread_;  // Last: it uses all of the above.
};

CurlAppserviceClient::CurlAppserviceClient(Options options, const Clock& clock)
    : loop_(std::make_unique<Loop>(std::move(options), clock)) {}

CurlAppserviceClient::~CurlAppserviceClient() = default;

void CurlAppserviceClient::Send(AppserviceRequest request, Callback callback) {
  loop_->Send(std::move(request), std::move(callback));
}

void CurlAppserviceClient::Cancel(int64_t cancel_id) {
  loop_->Cancel(cancel_id);
}

void CurlAppserviceClient::ForgetPaths(std::string appservice_uid) {
  loop_->ForgetPaths(std::move(appservice_uid));
}

}  // namespace causeway::appservice_client
