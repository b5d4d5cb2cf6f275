#include "services/shared/server/shutdown_signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace causeway::server {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT};
constexpr char kEnd = 0;  // No signal: the object goes.

// The one way from a signal handler to the rest of the program: a pipe. -1
// while there is no ShutdownSignals.
std::atomic<int> write_fd = -1;

extern "C" void OnSignal(int signal_number) {
  const int saved_errno = errno;
  const char byte = static_cast<char>(signal_number);
  // A full pipe holds signals enough; nothing can be done about it here.
  [[maybe_unused]] ssize_t written = write(write_fd, &byte, 1);
  errno = saved_errno;
}

}  // namespace

ShutdownSignals::ShutdownSignals(absl::AnyInvocable<void(int)> requested)
    : requested_(std::move(requested)) {
  int fds[2] = {-1, -1};
  if (pipe2(fds, O_CLOEXEC) != 0) std::abort();  // Out of descriptors at start.
  read_fd_ = fds[0];
  write_fd = fds[1];
  thread_ = std::thread([this] { Run(); });
  signal(SIGPIPE, SIG_IGN);
  for (int signal_number : kSignals) signal(signal_number, OnSignal);
}

ShutdownSignals::~ShutdownSignals() {
  for (int signal_number : kSignals) signal(signal_number, SIG_DFL);
  const int fd = write_fd.exchange(-1);
  [[maybe_unused]] ssize_t written = write(fd, &kEnd, 1);
  thread_.join();
  close(fd);
  close(read_fd_);
}

void ShutdownSignals::Run() {
  char byte = kEnd;
  bool requested_once = false;
  while (true) {
    const ssize_t count = read(read_fd_, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count != 1 || byte == kEnd) return;
    // The second: whoever sends it does not want to wait any longer.
    if (requested_once) _exit(128 + byte);
    requested_once = true;
    requested_(byte);
  }
}

}  // namespace causeway::server
