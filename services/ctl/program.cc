#include "services/ctl/program.h"

#include <algorithm>
#include <cstddef>
#include <istream>
#include <memory>
#include <ostream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/ctl/command_flags.h"
#include "services/ctl/help.h"
#include "services/ctl/outcome.h"
#include "services/shared/access/operator_token.h"
#include "services/shared/server/peer_address.h"
#include "services/shared/server/version.h"
#include "services/shared/status/status_macros.h"
#include "services/shared/tls/identity.h"

namespace causeway::ctl {
namespace {

constexpr int kIntervalSecondsDefault = 2;
constexpr int kIntervalSecondsMax = 3600;
// To the upper left corner, and clear what is there.
constexpr char kClearScreen[] = "\033[H\033[2J";

// The command is named by the first words that are no flags; a flag's value
// may stand between them, so every flag's form must be known first.
std::vector<FlagSpec> FlagsOfAll(const std::vector<Command>& commands) {
  std::vector<FlagSpec> flags = GlobalFlags();
  for (const Command& command : commands) {
    const std::vector<FlagSpec> more = FlagsOf(command);
    flags.insert(flags.end(), more.begin(), more.end());
  }
  return flags;
}

size_t NameWords(const Command& command) {
  return command.verb.empty() ? 1 : 2;
}

const Command* FindCommand(const std::vector<Command>& commands,
                           const std::vector<std::string>& positional) {
  auto it = std::find_if(
      commands.begin(), commands.end(), [&](const Command& command) {
        return positional.size() >= NameWords(command) &&
               command.noun == positional[0] &&
               (command.verb.empty() || command.verb == positional[1]);
      });
  return it == commands.end() ? nullptr : &*it;
}

bool IsNoun(const std::vector<Command>& commands, absl::string_view word) {
  return std::any_of(
      commands.begin(), commands.end(),
      [&](const Command& command) { return command.noun == word; });
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
  for (const char* flag : {"registry", "query_proxy", "push_dispatcher",
                           "homeserver", "gateway"}) {
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

absl::Status CheckPositional(const Command& command,
                             const Arguments& arguments) {
  const size_t count = arguments.positional().size();
  const size_t words = NameWords(command);
  const bool may_stand = !command.argument.empty();
  const bool must_stand = may_stand && !absl::StartsWith(command.argument, "[");
  if (count == words ? !must_stand : may_stand && count == words + 1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the form is: ", Synopsis(command)));
}

// INVALID_ARGUMENT for what is missing or out of bounds, before anything is
// tried.
absl::Status Check(const Command& command, const Arguments& arguments) {
  absl::Status status = CheckPositional(command, arguments);
  if (status.ok()) status = arguments.CheckRequired(FlagsOf(command));
  if (status.ok()) status = CheckGlobalFlags(arguments);
  if (!status.ok()) return status;
  if (Destroys(command, arguments) && !arguments.Has("reason")) {
    return absl::InvalidArgumentError(
        absl::StrCat(DestroysWith(command), " needs --reason"));
  }
  int seconds = kIntervalSecondsDefault;
  if (arguments.Has("interval_seconds") &&
      (!absl::SimpleAtoi(arguments.Get("interval_seconds"), &seconds) ||
       seconds < 1 || seconds > kIntervalSecondsMax)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--interval_seconds is a number from 1 to ", kIntervalSecondsMax));
  }
  return absl::OkStatus();
}

std::string ArgumentOf(const Command& command, const Arguments& arguments) {
  return arguments.positional().size() > NameWords(command)
             ? arguments.positional().back()
             : "";
}

// Whether a person says yes. INVALID_ARGUMENT where nobody can be asked.
absl::Status Confirm(const Command& command, const Arguments& arguments,
                     const Console& console) {
  if (!Destroys(command, arguments) || arguments.Has("yes")) {
    return absl::OkStatus();
  }
  if (!console.can_ask) {
    return absl::InvalidArgumentError(absl::StrCat(
        "this would destroy ", command.destroys,
        "; nobody is there to be asked, so say --yes if it is meant"));
  }
  const std::string argument = ArgumentOf(command, arguments);
  console.err << command.noun << " " << command.verb << " " << argument
              << " destroys " << command.destroys
              << ". Type yes to go on: " << std::flush;
  std::string answer;
  std::getline(console.in, answer);
  if (answer == "yes") return absl::OkStatus();
  return absl::InvalidArgumentError("nothing was done");
}

int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kExitUnreachable;
    case absl::StatusCode::kNotFound:
      return kExitNotFound;
    default:
      return IsBadUsage(status) ? kExitUsage
             : IsIll(status)    ? kExitIll
                                : kExitFailed;
  }
}

// Null without --tls_ca. INVALID_ARGUMENT naming the file that is wrong.
absl::StatusOr<std::shared_ptr<const tls::Identity>> IdentityFrom(
    const Arguments& arguments) {
  const bool has_certificate = arguments.Has("tls_certificate");
  if (has_certificate != arguments.Has("tls_key") ||
      (has_certificate && !arguments.Has("tls_ca"))) {
    return absl::InvalidArgumentError(
        "--tls_certificate goes together with --tls_key and --tls_ca");
  }
  if (!arguments.Has("tls_ca")) return nullptr;
  return tls::Identity::FromFiles(
      {.certificate = arguments.Get("tls_certificate"),
       .key = arguments.Get("tls_key"),
       .ca = arguments.Get("tls_ca")});
}

// Empty without --operator_token_file. INVALID_ARGUMENT naming the file.
absl::StatusOr<std::string> AuthorizationFrom(const Arguments& arguments) {
  if (!arguments.Has("operator_token_file")) return "";
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::string token,
      access::OperatorToken::Read(arguments.Get("operator_token_file")));
  return access::AuthorizationBy(token);
}

absl::StatusOr<Session::Options> SessionOptions(const Arguments& arguments) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::shared_ptr<const tls::Identity> identity,
                            IdentityFrom(arguments));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string authorization,
                            AuthorizationFrom(arguments));
  return Session::Options{
      .registry = Address(arguments, "registry", "127.0.0.1:7101"),
      .query_proxy = Address(arguments, "query_proxy", "127.0.0.1:7102"),
      .push_dispatcher =
          Address(arguments, "push_dispatcher", "127.0.0.1:7103"),
      .homeserver = Address(arguments, "homeserver", "127.0.0.1:7104"),
      .gateway = Address(arguments, "gateway", "127.0.0.1:7105"),
      .identity = identity,
      .authorization = authorization,
      .json = arguments.Get("output") == "json",
      .json_lines = arguments.Has("watch")};
}

int Run(const Command& command, const Arguments& arguments,
        const Console& console, std::ostream& out) {
  absl::StatusOr<Session::Options> options = SessionOptions(arguments);
  if (!options.ok()) {
    console.err << "causewayctl: " << options.status().message() << "\n";
    return kExitUsage;
  }
  options->columns = console.columns();
  Session session(*options, out);
  const absl::Status status =
      command.run(arguments, ArgumentOf(command, arguments), session);
  // What is ill has been shown.
  if (!status.ok() && !(IsIll(status) && status.message().empty())) {
    console.err << "causewayctl: " << status.message() << "\n";
  }
  return ExitCode(status);
}

// Goes on through errors: a service that is away comes back.
int Watch(const Command& command, const Arguments& arguments,
          const Console& console) {
  int seconds = kIntervalSecondsDefault;
  if (arguments.Has("interval_seconds")) {
    (void)absl::SimpleAtoi(arguments.Get("interval_seconds"), &seconds);
  }
  int exit_code = kExitOk;
  do {
    std::ostringstream shown;
    exit_code = Run(command, arguments, console, shown);
    const bool is_json = arguments.Get("output") == "json";
    if (console.can_clear && !is_json) console.out << kClearScreen;
    console.out << shown.str() << (is_json ? "" : "\n") << std::flush;
  } while (console.wait(absl::Seconds(seconds)));
  return exit_code;
}

}  // namespace

int RunProgram(absl::Span<const std::string> words,
               const std::vector<Command>& commands, const Console& console) {
  absl::StatusOr<Arguments> loose =
      Arguments::Parse(words, FlagsOfAll(commands));
  if (!loose.ok()) return Usage(loose.status().message(), "", console.err);
  if (loose->Has("version")) {
    console.out << "causewayctl " << server::kVersion << "\n";
    return kExitOk;
  }
  const Command* command = FindCommand(commands, loose->positional());
  const std::string noun = command == nullptr && !loose->positional().empty() &&
                                   IsNoun(commands, loose->positional()[0])
                               ? loose->positional()[0]
                               : "";
  if (loose->Has("help")) {
    if (command != nullptr) {
      PrintCommand(*command, console.out);
    } else if (!noun.empty()) {
      PrintNoun(commands, noun, console.out);
    } else {
      PrintOverview(commands, console.out);
    }
    return kExitOk;
  }
  if (command == nullptr) {
    return loose->positional().empty()
               ? Usage("no command given", "", console.err)
               : Usage(absl::StrCat("there is no command \"",
                                    absl::StrJoin(loose->positional(), " "),
                                    "\""),
                       noun.empty() ? "" : noun + " ", console.err);
  }
  const std::string help = absl::StrCat(command->noun, " ", command->verb,
                                        command->verb.empty() ? "" : " ");
  std::vector<FlagSpec> flags = GlobalFlags();
  const std::vector<FlagSpec> own = FlagsOf(*command);
  flags.insert(flags.end(), own.begin(), own.end());
  absl::StatusOr<Arguments> arguments = Arguments::Parse(words, flags);
  if (!arguments.ok()) {
    return Usage(arguments.status().message(), help, console.err);
  }
  absl::Status status = Check(*command, *arguments);
  if (status.ok()) status = Confirm(*command, *arguments, console);
  if (!status.ok()) return Usage(status.message(), help, console.err);
  return arguments->Has("watch")
             ? Watch(*command, *arguments, console)
             : Run(*command, *arguments, console, console.out);
}

}  // namespace causeway::ctl
