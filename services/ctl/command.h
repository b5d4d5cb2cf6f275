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
// What is parsed, helped with and completed all comes from here.
struct Command {
  std::string noun;
  std::string verb = {};      // Empty: the noun alone says it.
  std::string argument = {};  // "NAME"; "[NAME]" may be left out; empty: none.
  std::string summary;        // One line, without a full stop.
  std::vector<FlagSpec> flags = {};
  // What it calls, as "causeway.push.v1.PushOperator/GetQueue". A test finds
  // every RPC for operators here.
  std::vector<std::string> rpcs = {};
  // What is gone afterwards, for the question that is asked before: "all that
  // is queued for it". Such a command has --reason and --yes besides its flags.
  std::string destroys = {};
  // The flags, or "FLAG=VALUE", any of which makes it so; empty: it always is.
  std::vector<std::string> destroys_with = {};
  // Shows something that changes: has --watch and --interval_seconds besides.
  bool watchable = false;
  // `arguments` has the required flags; `argument` is what stands for
  // ARGUMENT. Errors go to the person as they are.
  std::function<absl::Status(const Arguments& arguments,
                             const std::string& argument, Session& session)>
      run;
};

// "queue show ID".
std::string Synopsis(const Command& command);

// By noun.
std::vector<Command> GrantCommands();
std::vector<Command> AppserviceCommands();
std::vector<Command> AuditCommands();
std::vector<Command> DoctorCommands();
std::vector<Command> LeaseCommands();
std::vector<Command> MediaCommands();
std::vector<Command> NamespaceCommands();
std::vector<Command> QueueCommands();
std::vector<Command> RegistrationCommands();
std::vector<Command> RequestCommands();
std::vector<Command> RoomCommands();
std::vector<Command> SourceCommands();
std::vector<Command> StatusCommands();
std::vector<Command> TransactionCommands();
std::vector<Command> UserCommands();

// Among them.
Command QueueWatchCommand();

// All, in the order in which they are listed.
std::vector<Command> AllCommands();

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_COMMAND_H_
