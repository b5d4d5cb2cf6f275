#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_SHUTDOWN_SIGNALS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_SHUTDOWN_SIGNALS_H_

#include <thread>

#include "absl/functional/any_invocable.h"

namespace causeway::server {

// Turns SIGTERM and SIGINT into a call on an ordinary thread, where locks and
// logs are allowed. A second signal, of whichever kind, ends the process at
// once. Also ignores SIGPIPE: a peer that went away is an error code, not a
// death.
//
// One at a time in a process. Signals have their default effect once it is
// gone.
class ShutdownSignals {
 public:
  // Calls `requested` once, with the first signal's number.
  explicit ShutdownSignals(absl::AnyInvocable<void(int)> requested);
  ~ShutdownSignals();
  ShutdownSignals(const ShutdownSignals&) = delete;
  ShutdownSignals& operator=(const ShutdownSignals&) = delete;

 private:
  void Run();

  absl::AnyInvocable<void(int)> requested_;
  int read_fd_ = -1;
  std::thread thread_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_SHUTDOWN_SIGNALS_H_
