#include "services/shared/server/process.h"

#include <prometheus/registry.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/call_metrics.h"
#include "services/shared/server/certificate_metrics.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_endpoint.h"
#include "services/shared/server/grpc_log.h"
#include "services/shared/server/http_endpoint.h"
#include "services/shared/server/logging.h"
#include "services/shared/server/metrics.h"
#include "services/shared/server/port_file.h"
#include "services/shared/server/shutdown_signals.h"
#include "services/shared/status/status_macros.h"
#include "services/shared/tls/identity.h"

namespace causeway::server {
namespace {

constexpr absl::Duration kReadinessInterval = absl::Milliseconds(500);

// One connection is one file. What a process may have by itself is often 1024,
// for the sake of select(2), which nothing here uses; the bound that means
// something is the hard one.
void AllowAllFiles() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

absl::Status WithFlag(absl::string_view flag, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(flag, ": ", status.message()));
}

}  // namespace

class Process::State {
 public:
  explicit State(Options options)
      : options_(std::move(options)),
        executor_(options_.executor),
        signals_([this](int signal_number) {
          log::Info("signal received", {{"signal", signal_number}});
          RequestShutdown();
        }) {}

  absl::Status Start();
  void Drain();

  void RequestShutdown() {
    std::call_once(shutdown_once_, [this] { shutdown_requested.Notify(); });
  }

  // Named for the methods of Process that give them out.
  prometheus::Registry metrics_registry;
  absl::Notification shutdown_requested;
  Readiness readiness;
  GrpcEndpoint::Services services;
  std::vector<absl::AnyInvocable<void()>> drain_hooks;
  std::string public_address;
  std::string grpc_address;
  std::string http_address;

  Executor& executor() { return executor_; }
  const Options& options() const { return options_; }

 private:
  absl::Status StartHttp();
  absl::Status StartGrpc();
  void WatchReadiness();
  // Tells gRPC's health service how ready we are.
  void UpdateHealth() ABSL_LOCKS_EXCLUDED(health_mu_);
  // Ends the process when draining takes too long.
  void WatchDrain(const absl::Notification& drained);

  const Options options_;
  const RealClock clock_;
  CallMetrics call_metrics_{metrics_registry};
  CertificateMetrics certificate_metrics_{metrics_registry};
  Executor executor_;
  std::once_flag shutdown_once_;
  ShutdownSignals signals_;
  std::unique_ptr<HttpEndpoint> http_;
  std::unique_ptr<GrpcEndpoint> grpc_;
  std::thread readiness_thread_;
  absl::Notification readiness_stopped_;
  absl::Mutex health_mu_;  // Makes one step of asking and telling.
  bool drained_ = false;   // Main's thread alone.
};

absl::Status Process::State::Start() {
  RedirectGrpcLog();
  AllowAllFiles();
  absl::Status status = StartHttp();
  if (!status.ok()) return WithFlag("--http_listen", status);
  status = StartGrpc();
  if (!status.ok()) return WithFlag("--grpc_listen", status);
  readiness_thread_ = std::thread([this] { WatchReadiness(); });
  log::Info("listening", {{"grpc", grpc_address},
                          {"http", http_address},
                          {"public", public_address}});
  if (options_.port_file.empty()) return absl::OkStatus();
  return WritePortFile(options_.port_file, {.pid = static_cast<int>(getpid()),
                                            .grpc = grpc_address,
                                            .metrics = http_address,
                                            .public_address = public_address});
}

absl::Status Process::State::StartHttp() {
  absl::StatusOr<std::unique_ptr<HttpEndpoint>> http = HttpEndpoint::Listen(
      options_.http_listen,
      {{"/livez",
        [] {
          return HttpEndpoint::Response{200, "ok\n"};
        }},
       {"/readyz",
        [this] {
          return HttpEndpoint::Response{readiness.ready() ? 200 : 503,
                                        readiness.Report()};
        }},
       {"/metrics", [this] {
          if (options_.identity != nullptr) {
            certificate_metrics_.Refresh(
                options_.identity->files().certificate);
          }
          return HttpEndpoint::Response{200, MetricsText(metrics_registry)};
        }}});
  if (!http.ok()) return http.status();
  http_ = *std::move(http);
  http_address = http_->address();
  return absl::OkStatus();
}

absl::Status Process::State::StartGrpc() {
  CAUSEWAY_ASSIGN_OR_RETURN(
      grpc_, GrpcEndpoint::Listen(
                 {.listen = options_.grpc_listen,
                  .call_log_lines_per_second_max =
                      options_.call_log_lines_per_second_max,
                  .identity = options_.identity.get(),
                  .operator_token_file = options_.operator_token_file},
                 services, call_metrics_, clock_));
  grpc_address = grpc_->address();
  return absl::OkStatus();
}

void Process::State::WatchReadiness() {
  bool was_ready = false;
  do {
    readiness.Evaluate();
    UpdateHealth();
    const bool is_ready = readiness.ready();
    if (is_ready != was_ready) {
      log::Info(is_ready ? "ready" : "not ready any more",
                {{"report", readiness.Report()}});
    }
    was_ready = is_ready;
  } while (
      !readiness_stopped_.WaitForNotificationWithTimeout(kReadinessInterval));
}

void Process::State::UpdateHealth() {
  absl::MutexLock lock(&health_mu_);
  grpc_->SetServing(readiness.ready());
}

void Process::State::Drain() {
  if (std::exchange(drained_, true)) return;
  log::Info("draining");
  readiness.SetDraining();
  absl::Notification drained;
  std::thread watch([&] { WatchDrain(drained); });
  std::thread grpc_shutdown;
  if (grpc_ != nullptr) {
    UpdateHealth();
    // Refuses new calls from here on, so that hooks end what is under way only.
    grpc_shutdown = std::thread(
        [this] { grpc_->Shutdown(clock_.Now() + options_.drain_timeout); });
  }
  for (absl::AnyInvocable<void()>& hook : drain_hooks) hook();
  if (grpc_shutdown.joinable()) grpc_shutdown.join();
  executor_.Drain();
  readiness_stopped_.Notify();
  if (readiness_thread_.joinable()) readiness_thread_.join();
  if (!options_.port_file.empty()) RemovePortFile(options_.port_file);
  http_.reset();
  grpc_.reset();
  drained.Notify();
  watch.join();
  log::Info("stopped");
}

void Process::State::WatchDrain(const absl::Notification& drained) {
  const absl::Duration patience = options_.drain_timeout + options_.drain_grace;
  if (drained.WaitForNotificationWithTimeout(patience)) return;
  log::Error("something did not end in time, cutting it off",
             {{"waited_ms", absl::ToInt64Milliseconds(patience)}});
  if (!options_.port_file.empty()) RemovePortFile(options_.port_file);
  // Not exit(): what still runs uses what exit() would destroy.
  _exit(1);
}

Process::Process(Options options)
    : state_(std::make_unique<State>(std::move(options))) {
  // Debian builds Abseil so that each lock looks for cycles in a graph that all
  // threads share. Our tests have it look; what serves doesn't pay for it.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

Process::~Process() {
  RequestShutdown();
  state_->Drain();
}

Executor& Process::executor() { return state_->executor(); }

ChannelOptions Process::ChannelTo(absl::string_view service) const {
  const tls::Identity* identity = state_->options().identity.get();
  if (identity == nullptr) return {};
  return {.credentials = identity->ChannelCredentials(),
          .peer_name = tls::CertificateName(service)};
}

prometheus::Registry& Process::metrics_registry() {
  return state_->metrics_registry;
}

void Process::AddService(grpc::Service& service, absl::string_view full_name) {
  state_->services.emplace_back(&service, std::string(full_name));
}

void Process::AddReadinessCheck(std::string name, ReadinessCheck check) {
  state_->readiness.AddCheck(std::move(name), std::move(check));
}

void Process::AddAdvisoryCheck(std::string name, ReadinessCheck check) {
  state_->readiness.AddAdvisoryCheck(std::move(name), std::move(check));
}

void Process::AddDrainHook(absl::AnyInvocable<void()> hook) {
  state_->drain_hooks.push_back(std::move(hook));
}

void Process::set_public_address(std::string address) {
  state_->public_address = std::move(address);
}

absl::Status Process::Start() { return state_->Start(); }

const std::string& Process::grpc_address() const {
  return state_->grpc_address;
}

const std::string& Process::http_address() const {
  return state_->http_address;
}

const absl::Notification& Process::shutdown_requested() const {
  return state_->shutdown_requested;
}

void Process::RequestShutdown() { state_->RequestShutdown(); }

int Process::WaitForShutdown() {
  state_->shutdown_requested.WaitForNotification();
  state_->Drain();
  return 0;
}

int Process::StopAfter(const absl::Status& failure) {
  const bool asked_to = absl::IsCancelled(failure) &&
                        state_->shutdown_requested.HasBeenNotified();
  if (!asked_to) log::Error("giving up", {{"error", failure}});
  RequestShutdown();
  state_->Drain();
  return asked_to ? 0 : 1;
}

}  // namespace causeway::server
