#include "services/ctl/help.h"

#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/ctl/command_flags.h"

namespace causeway::ctl {
namespace {

constexpr char kIntroduction[] =
    "causewayctl: the operator's command line of Causeway.\n\n"
    "  causewayctl [FLAGS] NOUN VERB [ARGUMENT] [FLAGS]\n\n";
constexpr char kExitCodes[] =
    "\nExit codes: 0 done; 1 refused or failed; 2 bad usage, a file that "
    "cannot be used, or not confirmed: nothing was changed; 3 the service "
    "could not be reached; 4 there is no such thing; 5 status or doctor found "
    "that not all is well.\n";

void PrintFlags(const std::vector<FlagSpec>& flags, std::ostream& out) {
  for (const FlagSpec& flag : flags) {
    const std::string form =
        flag.value.empty() ? absl::StrCat("--", flag.name)
                           : absl::StrCat("--", flag.name, " ", flag.value);
    out << absl::StreamFormat("  %-28s %s%s\n", form, flag.help,
                              flag.required ? " (required)" : "");
  }
}

void PrintLine(const Command& command, std::ostream& out) {
  out << absl::StreamFormat("  %-28s %s\n", Synopsis(command), command.summary);
}

}  // namespace

void PrintOverview(const std::vector<Command>& commands, std::ostream& out) {
  out << kIntroduction << "Commands:\n";
  for (const Command& command : commands) {
    PrintLine(command, out);
  }
  out << "\nFlags of every command:\n";
  PrintFlags(GlobalFlags(), out);
  out << "\n`causewayctl NOUN VERB --help` tells a command's own flags, "
         "`causewayctl completion --help` how a shell completes all of this.\n"
      << kExitCodes;
}

void PrintNoun(const std::vector<Command>& commands, absl::string_view noun,
               std::ostream& out) {
  for (const Command& command : commands) {
    if (command.noun == noun) PrintLine(command, out);
  }
  out << "\n`causewayctl " << noun
      << " VERB --help` tells a command's flags.\n";
}

void PrintCommand(const Command& command, std::ostream& out) {
  out << "causewayctl " << Synopsis(command) << " [FLAGS]: " << command.summary
      << ".\n";
  if (!command.destroys.empty()) {
    out << "\n";
    if (!command.destroys_with.empty()) {
      out << "With " << DestroysWith(command) << " it";
    } else {
      out << "It";
    }
    out << " destroys " << command.destroys << ", and asks before.\n";
  }
  const std::vector<FlagSpec> flags = FlagsOf(command);
  if (!flags.empty()) out << "\nFlags:\n";
  PrintFlags(flags, out);
  out << "\nFlags of every command:\n";
  PrintFlags(GlobalFlags(), out);
  if (!command.rpcs.empty()) out << "\nCalls:\n";
  for (const std::string& rpc : command.rpcs) out << "  " << rpc << "\n";
  out << kExitCodes;
}

}  // namespace causeway::ctl
