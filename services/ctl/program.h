#ifndef CAUSEWAY_SERVICES_CTL_PROGRAM_H_
#define CAUSEWAY_SERVICES_CTL_PROGRAM_H_

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/ctl/command.h"

namespace causeway::ctl {

// What a shell script can tell apart.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;       // Refused, failed.
inline constexpr int kExitUsage = 2;        // Not even tried.
inline constexpr int kExitUnreachable = 3;  // The service didn't answer.
inline constexpr int kExitNotFound = 4;     // There is no such thing.
inline constexpr int kExitIll = 5;          // status, doctor: not all is well.

// Where a program reads and writes.
struct Console {
  std::istream& in;
  std::ostream& out;       // Results.
  std::ostream& err;       // Errors, their cure, and questions.
  bool can_ask = false;    // A person sits at `in` and `err`.
  bool can_clear = false;  // `out` is a terminal.
  // Of `out`; 0 where there is no bound.
  std::function<size_t()> columns = [] { return 0; };
  // Between two looks of --watch. False ends it.
  std::function<bool(absl::Duration)> wait;
};

// Finds the command that `words` (the command line without the program's name)
// ask for, and runs it. Returns the exit code.
int RunProgram(absl::Span<const std::string> words,
               const std::vector<Command>& commands, const Console& console);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_PROGRAM_H_
