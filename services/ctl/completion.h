#ifndef CAUSEWAY_SERVICES_CTL_COMPLETION_H_
#define CAUSEWAY_SERVICES_CTL_COMPLETION_H_

#include <string>
#include <vector>

#include "services/ctl/command.h"

namespace causeway::ctl {

// Scripts with which a shell completes nouns, verbs, flags and their values:
//   source <(causewayctl completion bash)
std::string BashCompletion(const std::vector<Command>& commands);
std::string ZshCompletion(const std::vector<Command>& commands);

// `causewayctl completion bash|zsh`, of itself and of `commands`.
Command CompletionCommand(std::vector<Command> commands);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_COMPLETION_H_
