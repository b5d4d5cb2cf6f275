#ifndef CAUSEWAY_SERVICES_CTL_PROGRAM_H_
#define CAUSEWAY_SERVICES_CTL_PROGRAM_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "services/ctl/command.h"

namespace causeway::ctl {

// What a shell script can tell apart.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;       // Refused, not found, ...
inline constexpr int kExitUsage = 2;        // Not even tried.
inline constexpr int kExitUnreachable = 3;  // The service didn't answer.

// Finds the command that `words` (the command line without the program's name)
// ask for, and runs it. Returns the exit code; results go to `out`, errors and
// their cure to `err`.
int RunProgram(absl::Span<const std::string> words,
               const std::vector<Command>& commands, std::ostream& out,
               std::ostream& err);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_PROGRAM_H_
