#ifndef CAUSEWAY_SERVICES_CTL_HELP_H_
#define CAUSEWAY_SERVICES_CTL_HELP_H_

#include <iosfwd>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/ctl/command.h"

namespace causeway::ctl {

// `causewayctl --help`: all commands, a line each.
void PrintOverview(const std::vector<Command>& commands, std::ostream& out);

// `causewayctl NOUN --help`: those of one noun.
void PrintNoun(const std::vector<Command>& commands, absl::string_view noun,
               std::ostream& out);

// `causewayctl NOUN VERB --help`: its flags, and what it calls.
void PrintCommand(const Command& command, std::ostream& out);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_HELP_H_
