#include "services/shared/appservice_client/curl_appservice_client.h"

#include <curl/curl.h>
#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
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
#include "services/shared/appservice_client/http_exchange.h"
#include "services/shared/appservice_client/route_memory.h"
#include "services/shared/appservice_client/routes.h"
#include "services/shared/clock/clock.h"
#include "services/shared/threads/this_thread.h"

namespace causeway::appservice_client {
namespace {

using Outcome = absl::StatusOr<AppserviceResponse>;

// Each has some 300 KB of buffers once it was used.
constexpr size_t kIdleHandlesMax = 32;

Dialect Other(Dialect dialect) {
  return dialect == Dialect::kV1 ? Dialect::kDraft : Dialect::kV1;
}

CURLM* MakeMulti(const CurlAppserviceClient::Options& options) {
  // Once a process, before any thread uses curl.
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = initialized == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) {
    std::fputs("libcurl does not start\n", stderr);
    std::abort();
  }
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
                    static_cast<long>(  // NOLINT: curl's type.
                        options.idle_connections_max));
  return multi;
}

// A thread that writes to a connection which the other side has closed gets
// SIGPIPE, and curl's TLS writes so. Ours has the error code for that.
void BlockSigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
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
        handles_(kIdleHandlesMax),
        multi_(MakeMulti(options_)),
        thread_([this] { Run(); }) {}

  ~Loop() {
    {
      absl::MutexLock lock(&mu_);
      is_stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
  }

  void Send(AppserviceRequest request, Callback callback)
      ABSL_LOCKS_EXCLUDED(mu_) {
    auto flight = std::make_unique<Flight>();
    flight->deadline = clock_.MonotonicNow() + request.timeout;
    flight->request = std::move(request);
    flight->callback = std::move(callback);
    absl::Status refusal = Enqueue(flight);
    if (refusal.ok()) {
      curl_multi_wakeup(multi_);
    } else {
      std::move(flight->callback)(std::move(refusal));
    }
  }

  void Cancel(int64_t cancel_id) ABSL_LOCKS_EXCLUDED(mu_) {
    {
      absl::MutexLock lock(&mu_);
      cancelled_.push_back(cancel_id);
    }
    curl_multi_wakeup(multi_);
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

  // The thread: takes in, moves all transfers on, answers, sleeps until the
  // network, Send() or Cancel() has something.
  void Run() {
    constexpr int kPollMilliseconds = 1000;
    threads::NameThisThread("as_client");
    BlockSigpipe();
    while (true) {
      std::vector<std::unique_ptr<Flight>> arrived;
      std::vector<int64_t> cancelled;
      bool is_stopping = false;
      {
        absl::MutexLock lock(&mu_);
        arrived.swap(inbox_);
        cancelled.swap(cancelled_);
        is_stopping = is_stopping_;
      }
      for (std::unique_ptr<Flight>& flight : arrived) Depart(std::move(flight));
      // Behind them: what is cancelled was sent before.
      for (int64_t cancel_id : cancelled) EndCancelled(cancel_id);
      if (is_stopping) break;
      int running_count = 0;
      curl_multi_perform(multi_, &running_count);
      HandleFinished();
      curl_multi_poll(multi_, nullptr, 0, kPollMilliseconds, nullptr);
    }
    while (!flights_.empty()) {
      Conclude(TakeFlight(flights_.begin()->first), Stopping());
    }
  }

  void Depart(std::unique_ptr<Flight> flight) {
    const AppserviceRequest& request = flight->request;
    const bool may_try_both =
        request.dialect == Dialect::kV1 && request.route != Route::kPing;
    flight->path_dialect =
        may_try_both ? memory_.First(request.appservice_uid, request.url)
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
    const CURLMcode added = curl_multi_add_handle(multi_, handle);
    if (added != CURLM_OK) {
      flight->exchange.reset();
      Conclude(std::move(flight),
               absl::UnavailableError(curl_multi_strerror(added)));
      return;
    }
    if (flight->request.cancel_id != 0) {
      handles_by_cancel_id_[flight->request.cancel_id] = handle;
    }
    flights_.emplace(handle, std::move(flight));
  }

  void EndCancelled(int64_t cancel_id) {
    const auto handle = handles_by_cancel_id_.find(cancel_id);
    if (handle == handles_by_cancel_id_.end()) return;
    Conclude(TakeFlight(handle->second),
             absl::CancelledError("the request was cancelled"));
  }

  void HandleFinished() {
    int left_count = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left_count)) {
      if (message->msg != CURLMSG_DONE) continue;
      // The message is gone once the handle is taken back.
      const CURLcode result = message->data.result;
      std::unique_ptr<Flight> flight = TakeFlight(message->easy_handle);
      Outcome outcome = flight->exchange->Finish(result);
      flight->exchange.reset();
      if (outcome.ok()) outcome->path_dialect = flight->path_dialect;
      Arrive(std::move(flight), std::move(outcome));
    }
  }

  // An exchange has ended: it was the answer, or the other path is to be tried.
  void Arrive(std::unique_ptr<Flight> flight, Outcome outcome) {
    const AppserviceRequest& request = flight->request;
    if (!outcome.ok() || request.dialect == Dialect::kDraft ||
        request.route == Route::kPing) {
      Conclude(std::move(flight), std::move(outcome));
      return;
    }
    if (!MeansNoSuchRoute(*outcome)) {
      memory_.Remember(request.appservice_uid, request.url,
                       flight->path_dialect);
      Conclude(std::move(flight), std::move(outcome));
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
    Conclude(std::move(flight), std::move(outcome));
  }

  std::unique_ptr<Flight> TakeFlight(CURL* handle) {
    curl_multi_remove_handle(multi_, handle);
    auto found = flights_.find(handle);
    std::unique_ptr<Flight> flight = std::move(found->second);
    flights_.erase(found);
    handles_by_cancel_id_.erase(flight->request.cancel_id);
    return flight;
  }

  void Conclude(std::unique_ptr<Flight> flight, Outcome outcome)
      ABSL_LOCKS_EXCLUDED(mu_) {
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
  std::vector<std::unique_ptr<Flight>> inbox_ ABSL_GUARDED_BY(mu_);
  std::vector<int64_t> cancelled_ ABSL_GUARDED_BY(mu_);
  size_t in_flight_count_ ABSL_GUARDED_BY(mu_) = 0;
  bool is_stopping_ ABSL_GUARDED_BY(mu_) = false;

  // The thread's own.
  RouteMemory memory_;
  CurlHandles handles_;
  absl::flat_hash_map<CURL*, std::unique_ptr<Flight>> flights_;
  absl::flat_hash_map<int64_t, CURL*> handles_by_cancel_id_;

  CURLM* const multi_;  // The thread's own, but for curl_multi_wakeup().
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
