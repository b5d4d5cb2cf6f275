#include "services/shared/appservice_client/curl_appservice_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
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
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/curl_handles.h"
#include "services/shared/appservice_client/curl_multi.h"
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
        exchange_options_{options_.user_agent, options_.ca_file,
                          options_.connect_timeout},
        clock_(clock),
        memory_(clock),
        handles_(options_.quick_max),
        multi_(options_.idle_connections_max),
        thread_([this] { Run(); }) {}

  ~Loop() {
    {
      absl::MutexLock lock(&inbox_mu_);
      is_stopping_ = true;
    }
    multi_.Wake();
    thread_.join();
    for (auto* waiting : {&inbox_, &waiting_}) {
      for (std::unique_ptr<Flight>& flight : *waiting) {
        End(std::move(flight), Stopping());
      }
    }
    while (!flights_.empty()) {
      End(TakeFlight(flights_.begin()->first), Stopping());
    }
    for (Ended& ended : ended_) Conclude(std::move(ended));
  }

  void Send(AppserviceRequest request, Callback callback)
      ABSL_LOCKS_EXCLUDED(inbox_mu_, mu_) {
    auto flight = std::make_unique<Flight>();
    flight->deadline = clock_.MonotonicNow() + request.timeout;
    flight->request = std::move(request);
    flight->callback = std::move(callback);
    absl::Status refusal = Enqueue(flight);
    if (refusal.ok()) {
      EmptyInbox();
    } else {
      std::move(flight->callback)(std::move(refusal));
    }
  }

  void Cancel(int64_t cancel_id) ABSL_LOCKS_EXCLUDED(inbox_mu_, mu_) {
    {
      absl::MutexLock lock(&inbox_mu_);
      cancelled_.push_back(cancel_id);
    }
    EmptyInbox();
  }

 private:
  // One request, over the one or two exchanges that it takes.
  struct Flight {
    AppserviceRequest request;
    Callback callback;
    absl::Duration deadline;  // By the monotonic clock.
    Dialect path_dialect;     // Of the exchange under way.
    // What the other dialect's path answered: that it doesn't exist.
    std::optional<AppserviceResponse> first_answer;
    std::unique_ptr<HttpExchange> exchange;
    // When it stops to be one of the quick ones, by CurlMulti::Now(), and where
    // it is among them.
    absl::Duration slow_at;
    std::optional<std::list<Flight*>::iterator> among_quick;
  };

  // A request whose callback is to be called.
  struct Ended {
    std::unique_ptr<Flight> flight;
    Outcome outcome;
  };

  // Takes `flight` if there is room.
  absl::Status Enqueue(std::unique_ptr<Flight>& flight)
      ABSL_LOCKS_EXCLUDED(inbox_mu_) {
    absl::MutexLock lock(&inbox_mu_);
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

  bool HasMail() ABSL_LOCKS_EXCLUDED(inbox_mu_) {
    absl::MutexLock lock(&inbox_mu_);
    return !inbox_.empty() || !cancelled_.empty();
  }

  // Sends what is to be sent from the calling thread, unless another is at it,
  // which then will: nobody waits for the thread to be woken, nor for a lock.
  void EmptyInbox() ABSL_LOCKS_EXCLUDED(inbox_mu_, mu_) {
    while (HasMail() && mu_.TryLock()) {
      TakeInbox();
      const bool is_called = DueAt() < wakes_at_;
      mu_.Unlock();
      if (is_called) multi_.Wake();
    }
  }

  void TakeInbox() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    std::vector<int64_t> cancelled;
    {
      absl::MutexLock lock(&inbox_mu_);
      std::move(inbox_.begin(), inbox_.end(), std::back_inserter(waiting_));
      inbox_.clear();
      cancelled.swap(cancelled_);
    }
    // Behind them: what is cancelled was sent before.
    for (int64_t cancel_id : cancelled) EndCancelled(cancel_id);
    do {
      HandleEnded();
    } while (DepartNext());
  }

  // Lets as many depart as may. False: none.
  bool DepartNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const absl::Duration now = multi_.Now();
    while (!quick_.empty() && quick_.front()->slow_at <= now) {
      TakeFromQuick(*quick_.front());
    }
    bool any = false;
    for (; !waiting_.empty() && quick_.size() < options_.quick_max;
         waiting_.pop_front(), any = true) {
      Flight& flight = *waiting_.front();
      flight.slow_at = now + options_.slow_after;
      flight.among_quick = quick_.insert(quick_.end(), &flight);
      Depart(std::move(waiting_.front()));
    }
    return any;
  }

  void TakeFromQuick(Flight& flight) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (flight.among_quick.has_value()) quick_.erase(*flight.among_quick);
    flight.among_quick.reset();
  }

  // When the thread has something to do even if the network has nothing.
  absl::Duration DueAt() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (!ended_.empty()) return -absl::InfiniteDuration();
    if (waiting_.empty() || quick_.empty()) return multi_.due_at();
    return std::min(multi_.due_at(), quick_.front()->slow_at);
  }

  // The thread: waits for the network, moves the transfers on, calls back.
  void Run() ABSL_LOCKS_EXCLUDED(inbox_mu_, mu_) {
    threads::NameThisThread("as_client");
    while (true) {
      const CurlMulti::Ready ready = multi_.Wait(NextWait());
      {
        absl::MutexLock lock(&inbox_mu_);
        if (is_stopping_) return;
      }
      std::vector<Ended> ended;
      {
        absl::MutexLock lock(&mu_);
        multi_.Handle(ready);
        TakeInbox();
        ended.swap(ended_);
      }
      EmptyInbox();  // Of what came while this thread had the lock.
      for (Ended& one : ended) Conclude(std::move(one));
    }
  }

  absl::Duration NextWait() ABSL_LOCKS_EXCLUDED(inbox_mu_, mu_) {
    constexpr absl::Duration kWaitMax = absl::Seconds(1);
    absl::Duration wait;
    {
      absl::MutexLock lock(&mu_);
      const absl::Duration now = multi_.Now();
      wakes_at_ = std::min(DueAt(), now + kWaitMax);
      wait = std::max(wakes_at_ - now, absl::ZeroDuration());
    }
    EmptyInbox();  // As above.
    return wait;
  }

  void Depart(std::unique_ptr<Flight> flight)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const AppserviceRequest& request = flight->request;
    const bool may_try_both =
        request.dialect == Dialect::kV1 && request.route != Route::kPing;
    flight->path_dialect =
        may_try_both ? memory_.First(request.appservice_uid, request.url)
                     : request.dialect;
    StartExchange(std::move(flight));
  }

  // Sends the request on the path of `flight->path_dialect`.
  void StartExchange(std::unique_ptr<Flight> flight)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    absl::StatusOr<Target> target =
        MakeTarget(flight->request, flight->path_dialect);
    if (!target.ok()) {
      End(std::move(flight), target.status());
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
    const CURLMcode started = multi_.Start(handle);
    if (started != CURLM_OK) {
      End(TakeFlight(handle),
          absl::UnavailableError(curl_multi_strerror(started)));
    }
  }

  void EndCancelled(int64_t cancel_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const absl::Status cancelled =
        absl::CancelledError("the request was cancelled");
    const auto handle = handles_by_cancel_id_.find(cancel_id);
    if (handle != handles_by_cancel_id_.end()) {
      End(TakeFlight(handle->second), cancelled);
      return;
    }
    const auto waiting =
        std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& flight) {
          return flight->request.cancel_id == cancel_id;
        });
    if (waiting == waiting_.end()) return;
    End(std::move(*waiting), cancelled);
    waiting_.erase(waiting);
  }

  void HandleEnded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    multi_.ListEnded([this](CURL* handle, CURLcode result)
                         ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
                           std::unique_ptr<Flight> flight = TakeFlight(handle);
                           Outcome outcome = flight->exchange->Finish(result);
                           flight->exchange.reset();
                           if (outcome.ok())
                             outcome->path_dialect = flight->path_dialect;
                           Arrive(std::move(flight), std::move(outcome));
                         });
  }

  // An exchange has ended: it was the answer, or the other path is to be tried.
  void Arrive(std::unique_ptr<Flight> flight, Outcome outcome)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const AppserviceRequest& request = flight->request;
    if (!outcome.ok() || request.dialect == Dialect::kDraft ||
        request.route == Route::kPing) {
      End(std::move(flight), std::move(outcome));
      return;
    }
    if (!MeansNoSuchRoute(*outcome)) {
      memory_.Remember(request.appservice_uid, request.url,
                       flight->path_dialect);
      End(std::move(flight), std::move(outcome));
      return;
    }
    if (!flight->first_answer.has_value()) {
      flight->first_answer = *std::move(outcome);
      flight->path_dialect = Other(flight->path_dialect);
      StartExchange(std::move(flight));
      return;
    }
    // Neither path exists: the answer on today's is the one to show.
    if (flight->path_dialect == Dialect::kDraft) {
      outcome = *std::move(flight->first_answer);
    }
    End(std::move(flight), std::move(outcome));
  }

  std::unique_ptr<Flight> TakeFlight(CURL* handle)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    multi_.Take(handle);
    auto found = flights_.find(handle);
    std::unique_ptr<Flight> flight = std::move(found->second);
    flights_.erase(found);
    TakeFromQuick(*flight);
    handles_by_cancel_id_.erase(flight->request.cancel_id);
    return flight;
  }

  void End(std::unique_ptr<Flight> flight, Outcome outcome)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    TakeFromQuick(*flight);
    ended_.push_back({std::move(flight), std::move(outcome)});
  }

  void Conclude(Ended ended) ABSL_LOCKS_EXCLUDED(inbox_mu_, mu_) {
    {
      absl::MutexLock lock(&inbox_mu_);
      --in_flight_count_;
    }
    std::move(ended.flight->callback)(std::move(ended.outcome));
  }

  const Options options_;
  const HttpExchange::Options exchange_options_;
  const Clock& clock_;

  absl::Mutex inbox_mu_;
  std::deque<std::unique_ptr<Flight>> inbox_ ABSL_GUARDED_BY(inbox_mu_);
  std::vector<int64_t> cancelled_ ABSL_GUARDED_BY(inbox_mu_);
  size_t in_flight_count_ ABSL_GUARDED_BY(inbox_mu_) = 0;
  bool is_stopping_ ABSL_GUARDED_BY(inbox_mu_) = false;

  absl::Mutex mu_ ABSL_ACQUIRED_BEFORE(inbox_mu_);
  RouteMemory memory_ ABSL_GUARDED_BY(mu_);
  CurlHandles handles_ ABSL_GUARDED_BY(mu_);
  std::deque<std::unique_ptr<Flight>> waiting_ ABSL_GUARDED_BY(mu_);
  std::list<Flight*> quick_ ABSL_GUARDED_BY(mu_);  // In order of `slow_at`.
  absl::flat_hash_map<CURL*, std::unique_ptr<Flight>> flights_
      ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<int64_t, CURL*> handles_by_cancel_id_
      ABSL_GUARDED_BY(mu_);
  std::vector<Ended> ended_ ABSL_GUARDED_BY(mu_);
  absl::Duration wakes_at_ ABSL_GUARDED_BY(mu_);

  CurlMulti multi_;     // Guarded by mu_, but for Wait() and Wake().
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

}  // namespace causeway::appservice_client
