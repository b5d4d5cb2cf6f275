#ifndef CAUSEWAY_SERVICES_CTL_COMMAND_H_
#define CAUSEWAY_SERVICES_CTL_COMMAND_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/ctl/arguments.h"
#include "services/ctl/session.h"

namespace causeway::ctl {

// One thing that causewayctl does: `causewayctl NOUN VERB [ARGUMENT] [FLAGS]`.
struct Command {
  std::string noun;
  std::string verb;
  std::string argument;  // "NAME"; empty: it takes none.
  std::string summary;   // One line, without a full stop.
  std::vector<FlagSpec> flags;
  // `arguments` has the required flags; `argument` is what stands for
  // ARGUMENT. Errors go to the person as they are.
  std::function<absl::Status(const Arguments& arguments,
                             const std::string& argument, Session& session)>
      run;
};

// By noun.
std::vector<Command> GrantCommands();
std::vector<Command> AppserviceCommands();
std::vector<Command> AuditCommands();
std::vector<Command> NamespaceCommands();
std::vector<Command> QueueCommands();
std::vector<Command> MediaCommands();
std::vector<Command> RegistrationCommands();
std::vector<Command> RequestCommands();
std::vector<Command> RoomCommands();
std::vector<Command> UserCommands();

// Among them.
Command QueueWatchCommand();

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_COMMAND_H_
