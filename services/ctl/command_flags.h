#ifndef CAUSEWAY_SERVICES_CTL_COMMAND_FLAGS_H_
#define CAUSEWAY_SERVICES_CTL_COMMAND_FLAGS_H_

#include <string>
#include <vector>

#include "services/ctl/arguments.h"
#include "services/ctl/command.h"

namespace causeway::ctl {

// Where the services are, and how results are shown.
const std::vector<FlagSpec>& GlobalFlags();

// The command's own, and those that come with what it is.
std::vector<FlagSpec> FlagsOf(const Command& command);

// Whether, with these flags, something would be gone.
bool Destroys(const Command& command, const Arguments& arguments);

// The flags that make it so: "--unregister", "--a or --b=x".
std::string DestroysWith(const Command& command);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_COMMAND_FLAGS_H_
