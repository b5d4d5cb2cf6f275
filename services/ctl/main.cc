// causewayctl: the operator's command line, over the same gRPC APIs that the
// services use among themselves.
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "services/ctl/command.h"
#include "services/ctl/program.h"

namespace ctl = causeway::ctl;

int main(int argc, char** argv) {
  std::vector<ctl::Command> commands;
  for (auto* commands_of_noun :
       {&ctl::GrantCommands, &ctl::RegistrationCommands,
        &ctl::AppserviceCommands, &ctl::AuditCommands, &ctl::NamespaceCommands,
        &ctl::QueueCommands, &ctl::RequestCommands, &ctl::MediaCommands,
        &ctl::RoomCommands, &ctl::UserCommands}) {
    std::vector<ctl::Command> more = commands_of_noun();
    std::move(more.begin(), more.end(), std::back_inserter(commands));
  }
  return ctl::RunProgram(std::vector<std::string>(argv + 1, argv + argc),
                         commands, std::cout, std::cerr);
}
