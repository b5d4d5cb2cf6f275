#include <iterator>
#include <utility>
#include <vector>

#include "services/ctl/command.h"
#include "services/ctl/completion.h"

namespace causeway::ctl {

std::vector<Command> AllCommands() {
  std::vector<Command> commands;
  for (auto* commands_of_noun :
       {&StatusCommands, &DoctorCommands, &GrantCommands, &RegistrationCommands,
        &AppserviceCommands, &RequestCommands, &NamespaceCommands,
        &AuditCommands, &QueueCommands, &TransactionCommands, &LeaseCommands,
        &SourceCommands, &UserCommands, &RoomCommands, &MediaCommands}) {
    std::vector<Command> more = commands_of_noun();
    std::move(more.begin(), more.end(), std::back_inserter(commands));
  }
  commands.push_back(CompletionCommand(commands));
  return commands;
}

}  // namespace causeway::ctl
