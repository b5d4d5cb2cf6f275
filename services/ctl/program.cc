#include "services/ctl/program.h"

#include <algorithm>
#include <cstddef>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/shared/server/peer_address.h"

namespace causeway::ctl {
namespace {

constexpr char kIntroduction[] =
    "causewayctl: the operator's command line of Causeway.\n\n"
    "  causewayctl [FLAGS] NOUN VERB [ARGUMENT] [FLAGS]\n\n";
constexpr char kExitCodes[] =
    "\nExit codes: 0 done, 1 refused or failed, 2 bad usage, 3 the service "
    "could not be reached.\n";

const std::vector<FlagSpec>& GlobalFlags() {
  static const auto* flags = new std::vector<FlagSpec>{
      {.name = "registry",
       .value = "HOST:PORT",
       .help = "the registry's gRPC address (127.0.0.1:7101)",
       .required = false,
       .repeated = false},
      {.name = "query_proxy",
       .value = "HOST:PORT",
       .help = "query_proxy's (127.0.0.1:7102)",
       .required = false,
       .repeated = false},
      {.name = "push_dispatcher",
       .value = "HOST:PORT",
       .help = "push_dispatcher's (127.0.0.1:7103)",
       .required = false,
       .repeated = false},
      {.name = "homeserver",
       .value = "HOST:PORT",
       .help = "the homeserver's (127.0.0.1:7104)",
       .required = false,
       .repeated = false},
      {.name = "output",
       .value = "table|json",
       .help = "for people (the default) or for programs",
       .required = false,
       .repeated = false},
      {.name = "help",
       .value = "",
       .help = "this text",
       .required = false,
       .repeated = false},
  };
  return *flags;
}

void PrintFlags(const std::vector<FlagSpec>& flags, std::ostream& out) {
  for (const FlagSpec& flag : flags) {
    const std::string form =
        flag.value.empty() ? absl::StrCat("--", flag.name)
                           : absl::StrCat("--", flag.name, " ", flag.value);
    out << absl::StreamFormat("  %-28s %s%s\n", form, flag.help,
                              flag.required ? " (required)" : "");
  }
}

std::string Synopsis(const Command& command) {
  return absl::StrCat(command.noun, " ", command.verb,
                      command.argument.empty() ? "" : " ", command.argument);
}

void PrintOverview(const std::vector<Command>& commands, std::ostream& out) {
  out << kIntroduction << "Commands:\n";
  for (const Command& command : commands) {
    out << absl::StreamFormat("  %-28s %s\n", Synopsis(command),
                              command.summary);
  }
  out << "\nFlags of every command:\n";
  PrintFlags(GlobalFlags(), out);
  out << "\n`causewayctl NOUN VERB --help` tells a command's own flags.\n"
      << kExitCodes;
}

void PrintCommand(const Command& command, std::ostream& out) {
  out << "causewayctl " << Synopsis(command) << " [FLAGS]: " << command.summary
      << ".\n";
  if (!command.flags.empty()) out << "\nFlags:\n";
  PrintFlags(command.flags, out);
  out << "\nFlags of every command:\n";
  PrintFlags(GlobalFlags(), out);
  out << kExitCodes;
}

// The command is named by the first two words that are no flags; a flag's
// value may stand between them, so every flag's form must be known first.
std::vector<FlagSpec> FlagsOfAll(const std::vector<Command>& commands) {
  std::vector<FlagSpec> flags = GlobalFlags();
  for (const Command& command : commands) {
    flags.insert(flags.end(), command.flags.begin(), command.flags.end());
  }
  return flags;
}

const Command* FindCommand(const std::vector<Command>& commands,
                           const std::vector<std::string>& positional) {
  if (positional.size() < 2) return nullptr;
  auto it = std::find_if(
      commands.begin(), commands.end(), [&](const Command& command) {
        return command.noun == positional[0] && command.verb == positional[1];
      });
  return it == commands.end() ? nullptr : &*it;
}

int Usage(absl::string_view what, absl::string_view help, std::ostream& err) {
  err << "causewayctl: " << what << "\nSee `causewayctl " << help
      << "--help`.\n";
  return kExitUsage;
}

std::string Address(const Arguments& arguments, absl::string_view flag,
                    absl::string_view standard) {
  return arguments.Has(flag) ? arguments.Get(flag) : std::string(standard);
}

// INVALID_ARGUMENT naming the flag.
absl::Status CheckGlobalFlags(const Arguments& arguments) {
  for (const char* flag :
       {"registry", "query_proxy", "push_dispatcher", "homeserver"}) {
    if (!arguments.Has(flag)) continue;
    absl::Status status = server::CheckPeerAddress(arguments.Get(flag));
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", flag, ": ", status.message()));
    }
  }
  const std::string output = arguments.Get("output");
  if (arguments.Has("output") && output != "table" && output != "json") {
    return absl::InvalidArgumentError(
        absl::StrCat("--output is table or json, not \"", output, "\""));
  }
  return absl::OkStatus();
}

int Run(const Command& command, const Arguments& arguments, std::ostream& out,
        std::ostream& err) {
  const std::string output = arguments.Get("output");
  Session session(
      {.registry = Address(arguments, "registry", "127.0.0.1:7101"),
       .query_proxy = Address(arguments, "query_proxy", "127.0.0.1:7102"),
       .push_dispatcher =
           Address(arguments, "push_dispatcher", "127.0.0.1:7103"),
       .homeserver = Address(arguments, "homeserver", "127.0.0.1:7104"),
       .json = output == "json"},
      out);
  const std::string argument =
      command.argument.empty() ? "" : arguments.positional().back();
  const absl::Status status = command.run(arguments, argument, session);
  if (status.ok()) return kExitOk;
  err << "causewayctl: " << status.message() << "\n";
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)
             ? kExitUnreachable
             : kExitFailed;
}

}  // namespace

int RunProgram(absl::Span<const std::string> words,
               const std::vector<Command>& commands, std::ostream& out,
               std::ostream& err) {
  absl::StatusOr<Arguments> loose =
      Arguments::Parse(words, FlagsOfAll(commands));
  if (!loose.ok()) return Usage(loose.status().message(), "", err);
  const Command* command = FindCommand(commands, loose->positional());
  if (loose->Has("help")) {
    command == nullptr ? PrintOverview(commands, out)
                       : PrintCommand(*command, out);
    return kExitOk;
  }
  if (command == nullptr) {
    return loose->positional().empty()
               ? Usage("no command given", "", err)
               : Usage(absl::StrCat("there is no command \"",
                                    absl::StrJoin(loose->positional(), " "),
                                    "\""),
                       "", err);
  }
  const std::string help = absl::StrCat(command->noun, " ", command->verb, " ");
  std::vector<FlagSpec> flags = GlobalFlags();
  flags.insert(flags.end(), command->flags.begin(), command->flags.end());
  absl::StatusOr<Arguments> arguments = Arguments::Parse(words, flags);
  if (!arguments.ok()) return Usage(arguments.status().message(), help, err);
  const size_t positional_count = command->argument.empty() ? 2 : 3;
  if (arguments->positional().size() != positional_count) {
    return Usage(absl::StrCat("the form is: ", Synopsis(*command)), help, err);
  }
  if (absl::Status status = arguments->CheckRequired(command->flags);
      !status.ok()) {
    return Usage(status.message(), help, err);
  }
  if (absl::Status status = CheckGlobalFlags(*arguments); !status.ok()) {
    return Usage(status.message(), help, err);
  }
  return Run(*command, *arguments, out, err);
}

}  // namespace causeway::ctl
