// causewayctl: the operator's command line, over the same gRPC APIs that the
// services use among themselves.
#include <grpc/support/log.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/ctl/command.h"
#include "services/ctl/program.h"

namespace ctl = causeway::ctl;

namespace {

size_t TerminalColumns() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Of connections that fail gRPC prints lines of its own; the call that failed
  // is told in ours.
  gpr_set_log_function([](gpr_log_func_args*) {});
  const ctl::Console console = {
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .can_ask = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0,
      .can_clear = isatty(STDOUT_FILENO) != 0,
      .columns = TerminalColumns,
      .wait = [](absl::Duration duration) {
        absl::SleepFor(duration);
        return true;
      }};
  return ctl::RunProgram(std::vector<std::string>(argv + 1, argv + argc),
                         ctl::AllCommands(), console);
}
