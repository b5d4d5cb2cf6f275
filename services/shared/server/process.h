#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_PROCESS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_PROCESS_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/readiness.h"
#include "services/shared/tls/identity.h"

namespace grpc {
class Service;
}  // namespace grpc
namespace prometheus {
class Registry;
}  // namespace prometheus

namespace causeway::server {

// The frame of every server process: gRPC with health and reflection, /metrics,
// /livez and /readyz, the executor, the port file, and an orderly end.
//
//   int main(int argc, char** argv) {
//     server::Process process(server::ParseFlags(argc, argv, {...}));
//     RegistryService service(..., process.executor());
//     process.AddService(service, pb::Registry::service_full_name());
//     process.AddReadinessCheck("database", [&] { return pool.Check(); });
//     if (absl::Status started = process.Start(); !started.ok()) {
//       return process.StopAfter(started);
//     }
//     if (absl::Status migrated = postgres::WaitUntilMigrated(
//             ..., process.shutdown_requested()); !migrated.ok()) {
//       return process.StopAfter(migrated);
//     }
//     return process.WaitForShutdown();
//   }
//
// It serves, though not ready, before its dependencies are there, so that they
// can start in any order. SIGTERM and SIGINT (from construction on) ask for
// shutdown: readiness and health turn negative, nothing new is accepted, drain
// hooks run, calls and jobs under way end, all within `drain_timeout`, after
// which calls are cancelled. A second signal ends the process at once.
//
// Thread-compatible: main's thread calls it. One at a time in a process.
// Declared first and destroyed last, after the services that it serves; Start()
// must be followed by WaitForShutdown() or StopAfter() before those go.
class Process {
 public:
  struct Options {
    std::string service = "";  // "registry". For logs.
    std::string grpc_listen =
        "127.0.0.1:0";  // host:port; port 0 takes a free one.
    std::string http_listen =
        "127.0.0.1:0";  // host:port of /metrics, /livez, /readyz.
    std::string port_file =
        "";  // Where to write the addresses; empty: nowhere.
    absl::Duration drain_timeout = absl::Seconds(10);
    // How long calls may still take to end once they were cancelled. After that
    // the process ends with 1, whatever still runs.
    absl::Duration drain_grace = absl::Seconds(2);
    Executor::Options executor = {};
    int call_log_lines_per_second_max = 100;  // See call_observer.h.
    // Who we are, to those who call and those who are called. Null: gRPC is
    // plaintext both ways.
    std::shared_ptr<const tls::Identity> identity = nullptr;
    // Of access::OperatorToken. Empty: without TLS whoever can connect may call
    // everything, with TLS operators need a certificate.
    std::string operator_token_file = "";
  };

  explicit Process(Options options);
  // Stops what still runs, as RequestShutdown() and WaitForShutdown() do.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Where handlers run. Drained by WaitForShutdown().
  Executor& executor();
  // How to make a channel to `service`, such as "registry".
  ChannelOptions ChannelTo(absl::string_view service) const;
  // Where metrics are registered.
  prometheus::Registry& metrics_registry();

  // The following come before Start().

  // Serves `service`, which must outlive the serving. `full_name` is how gRPC's
  // health service calls it: `pb::Registry::service_full_name()`.
  void AddService(grpc::Service& service, absl::string_view full_name);
  // `name` stands in /readyz, one line each.
  void AddReadinessCheck(std::string name, ReadinessCheck check);
  // Stands there too, but work goes on without: the process is ready all the
  // same.
  void AddAdvisoryCheck(std::string name, ReadinessCheck check);
  // Called once when shutdown begins, in the order added, while gRPC already
  // refuses new calls: ends long polls and streams, gives back leases, closes
  // listeners. Returns well within the drain timeout.
  void AddDrainHook(absl::AnyInvocable<void()> hook);
  // The address of the service's own public listener, for the port file.
  void set_public_address(std::string address);

  // Listens and serves, each RPC whom its proto names
  // (causeway/access/v1/access.proto); writes the port file. INVALID_ARGUMENT
  // or UNAVAILABLE naming the flag and the address when one cannot be listened
  // on.
  absl::Status Start();

  // Where it listens ("127.0.0.1:7101"), once started.
  const std::string& grpc_address() const;
  const std::string& http_address() const;

  // Notified by the first signal or RequestShutdown(). For loops in main that
  // wait for something else.
  const absl::Notification& shutdown_requested() const;
  // As SIGTERM does. Thread-safe.
  void RequestShutdown();

  // Waits until shutdown is asked for, then drains. What main returns: 0.
  int WaitForShutdown();
  // Logs `failure` and drains at once. What main returns: 1, or 0 when it
  // failed only because shutdown was asked for (CANCELLED).
  int StopAfter(const absl::Status& failure);

 private:
  class State;  // Keeps grpcpp and prometheus out of this header.
  std::unique_ptr<State> state_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_PROCESS_H_
