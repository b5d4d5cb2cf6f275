#include "services/ctl/command_flags.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace causeway::ctl {

const std::vector<FlagSpec>& GlobalFlags() {
  static const auto* flags = new std::vector<FlagSpec>{
      {.name = "registry",
       .value = "HOST:PORT",
       .help = "the registry's gRPC address (127.0.0.1:7101)"},
      {.name = "query_proxy",
       .value = "HOST:PORT",
       .help = "query_proxy's (127.0.0.1:7102)"},
      {.name = "push_dispatcher",
       .value = "HOST:PORT",
       .help = "push_dispatcher's (127.0.0.1:7103)"},
      {.name = "homeserver",
       .value = "HOST:PORT",
       .help = "the homeserver's (127.0.0.1:7104)"},
      {.name = "gateway",
       .value = "HOST:PORT",
       .help = "the gateway's, for status and doctor (127.0.0.1:7105)"},
      {.name = "tls_ca",
       .value = "FILE",
       .help = "the authorities that sign the services' certificates; with it "
               "connections are TLS"},
      {.name = "tls_certificate",
       .value = "FILE",
       .help = "your own, for causeway-operator"},
      {.name = "tls_key", .value = "FILE", .help = "its private key"},
      {.name = "operator_token_file",
       .value = "FILE",
       .help = "what shows, in place of a certificate, that you are an "
               "operator"},
      {.name = "output",
       .value = "table|json",
       .help = "for people (the default) or for programs"},
      {.name = "help", .value = "", .help = "this text"},
      {.name = "version", .value = "", .help = "this program's version"},
  };
  return *flags;
}

std::vector<FlagSpec> FlagsOf(const Command& command) {
  std::vector<FlagSpec> flags = command.flags;
  const bool has_reason =
      std::any_of(flags.begin(), flags.end(),
                  [](const FlagSpec& flag) { return flag.name == "reason"; });
  if (!command.destroys.empty()) {
    if (!has_reason) {
      flags.push_back({.name = "reason",
                       .value = "TEXT",
                       .help = "why; kept on record",
                       .required = command.destroys_with.empty()});
    }
    flags.push_back(
        {.name = "yes", .value = "", .help = "do it without asking"});
  }
  if (command.watchable) {
    flags.push_back({.name = "watch",
                     .value = "",
                     .help = "show it again and again, until interrupted"});
    flags.push_back({.name = "interval_seconds",
                     .value = "N",
                     .help = "with --watch, how often: 1 to 3600 (2)"});
  }
  return flags;
}

bool Destroys(const Command& command, const Arguments& arguments) {
  return !command.destroys.empty() &&
         (command.destroys_with.empty() ||
          absl::c_any_of(command.destroys_with, [&](absl::string_view flag) {
            const std::pair<absl::string_view, absl::string_view> parts =
                absl::StrSplit(flag, absl::MaxSplits('=', 1));
            return arguments.Has(parts.first) &&
                   (parts.second.empty() ||
                    absl::EqualsIgnoreCase(arguments.Get(parts.first),
                                           parts.second));
          }));
}

std::string DestroysWith(const Command& command) {
  std::vector<std::string> flags;
  for (const std::string& flag : command.destroys_with) {
    flags.push_back(absl::StrCat("--", flag));
  }
  return absl::StrJoin(flags, " or ");
}

std::string Synopsis(const Command& command) {
  return absl::StrCat(command.noun, command.verb.empty() ? "" : " ",
                      command.verb, command.argument.empty() ? "" : " ",
                      command.argument);
}

}  // namespace causeway::ctl
