#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_COMMAND_LINE_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace causeway::server {

// Reading flags (ABSL_FLAG) ourselves. absl::ParseCommandLine() ends the
// process with 1 and prints help for flags of every library linked in; here
// unknown flags are an error to be reported, and --help shows ours.

struct CommandLine {
  bool help = false;     // --help was given.
  bool version = false;  // --version was given.
  std::vector<std::string> positional;
};

// Sets the flags named in `arguments` (without the program's name):
// --name=value, --name value, --name and --noname for booleans. What follows
// "--" is positional. INVALID_ARGUMENT naming the flag when it is unknown (with
// the nearest that exists), lacks its value or has a bad one.
absl::StatusOr<CommandLine> ParseCommandLine(
    absl::Span<const char* const> arguments);

// A paragraph for each flag of this repository that is linked in: first those
// of the service, then the common ones; name, default value, explanation.
std::string FlagsHelp();

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_COMMAND_LINE_H_
