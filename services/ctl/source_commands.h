#ifndef CAUSEWAY_SERVICES_CTL_SOURCE_COMMANDS_H_
#define CAUSEWAY_SERVICES_CTL_SOURCE_COMMANDS_H_

#include <vector>

#include "services/ctl/command.h"

namespace causeway::ctl {

// As those of command.h.
std::vector<Command> SourceCommands();

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_SOURCE_COMMANDS_H_
