#include "services/ctl/completion.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "services/ctl/command_flags.h"
#include "services/ctl/outcome.h"

namespace causeway::ctl {
namespace {

// Both scripts find out the words that are no flags, the flags before these,
// and the flag whose value is being written, and then go through these tables.
// What there is of grants, bridges and so on they ask causewayctl, with the
// flags that stand before its command: how to reach the services.
constexpr char kBashBegin[] =
    R"bash(# causewayctl for bash:  source <(causewayctl completion bash)
_causewayctl() {
  local current flag= glued= word i words=() names=() given=()
  # bash takes each = and : in a word for a word of its own.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ -n $glued || $word == [:=]* ]] && ((${#words[@]} > 0)); then
      words[-1]+=$word
    else
      words+=("$word")
    fi
    glued=
    if [[ $word == [:=]* ]]; then glued=yes; fi
  done
  current=${words[-1]}
  for ((i = 0; i < ${#words[@]} - 1; i++)); do
    case ${words[i]} in
      @VALUED@)
        if ((i + 2 == ${#words[@]})); then flag=${words[i]}; else ((i++)); fi ;;
      --*) ;;
      *)
        if ((${#names[@]} == 0)); then given=("${words[@]:0:i}"); fi
        names+=("${words[i]}") ;;
    esac
  done
  if [[ $current == --*=* ]]; then
    flag=${current%%=*}
    current=${current#*=}
  fi
  COMPREPLY=()
  case $flag in
    '') ;;
)bash";
constexpr char kBashMiddle[] = R"bash(    *) return ;;
  esac
  [[ -z $flag ]] || return
  local verbs= list= flags=@GLOBAL@
  case "${names[0]}" in
)bash";
constexpr char kBashFlags[] = R"bash(  esac
  case "${names[*]:0:2}" in
)bash";
constexpr char kLists[] = R"shell(  esac
  case "${names[*]}" in
)shell";
constexpr char kBashEnd[] = R"bash(  esac
  if [[ $current == --* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current")
  elif ((${#names[@]} == 0)); then
    mapfile -t COMPREPLY < <(compgen -W "@NOUNS@" -- "$current")
  elif [[ -n $list ]]; then
    while IFS= read -r word; do
      if [[ $word == "$current"* ]]; then
        COMPREPLY+=("$(printf %q "$word")")
      fi
    done < <("${COMP_WORDS[0]}" "${given[@]}" $list 2>/dev/null </dev/null |
      @FIRST_COLUMN@)
  elif ((${#names[@]} == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current")
  fi
}
complete -o default -F _causewayctl causewayctl
)bash";

constexpr char kZshBegin[] = R"zsh(#compdef causewayctl
# causewayctl for zsh:  source <(causewayctl completion zsh)
_causewayctl() {
  local flag= word list= i
  local -a names verbs flags nouns given found
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    case $word in
      @VALUED@)
        if ((i + 1 >= CURRENT)); then flag=$word; else ((i++)); fi ;;
      --*) ;;
      *)
        if ((${#names} == 0)); then given=(${(Q)words[2, i - 1]}); fi
        names+=("$word") ;;
    esac
  done
  word=${words[CURRENT]}
  if [[ $word == --*=* ]]; then
    flag=${word%%=*}
    compset -P '*='
  fi
  case $flag in
    '') ;;
)zsh";
constexpr char kZshMiddle[] = R"zsh(    *) return ;;
  esac
  [[ -z $flag ]] || return
  flags=(
@GLOBAL@  )
  nouns=(@NOUNS@)
  case "${names[1]}" in
)zsh";
constexpr char kZshFlags[] = R"zsh(  esac
  case "${names[1]} ${names[2]}" in
)zsh";
constexpr char kZshEnd[] = R"zsh(  esac
  if [[ $word == --* ]]; then
    _describe flag flags
  elif ((${#names} == 0)); then
    _describe noun nouns
  elif [[ -n $list ]]; then
    found=(${(f)"$(${(Q)words[1]} $given ${=list} 2>/dev/null </dev/null |
      @FIRST_COLUMN@)"})
    if ((${#found})); then compadd -- $found; fi
  elif ((${#names} == 1)); then
    _describe verb verbs
  fi
}
if [[ -n $functions[compdef] ]]; then compdef _causewayctl causewayctl; fi
)zsh";

// What stands first in each line of a table, but for its title. Of anything
// else, as of "none" or JSON, nothing.
constexpr char kFirstColumn[] =
    "awk -F '  +' 'NR == 1 && $1 !~ /^[A-Z_]+$/ {exit} NR > 1 {print $1}'";

struct Tables {
  std::vector<std::string> nouns;  // Each once, in order.
  std::map<std::string, std::vector<const Command*>> by_noun;
  std::map<std::string, std::string> values;  // Form by flag that has one.
};

Tables MakeTables(const std::vector<Command>& commands) {
  Tables tables;
  for (const Command& command : commands) {
    std::vector<const Command*>& of_noun = tables.by_noun[command.noun];
    if (of_noun.empty()) tables.nouns.push_back(command.noun);
    of_noun.push_back(&command);
    for (const FlagSpec& flag : FlagsOf(command)) {
      if (!flag.value.empty()) tables.values[flag.name] = flag.value;
    }
  }
  for (const FlagSpec& flag : GlobalFlags()) {
    if (!flag.value.empty()) tables.values[flag.name] = flag.value;
  }
  return tables;
}

std::string FlagNames(const std::vector<FlagSpec>& flags) {
  return absl::StrJoin(flags, " ", [](std::string* out, const FlagSpec& flag) {
    absl::StrAppend(out, "--", flag.name);
  });
}

std::string ValuedFlags(const Tables& tables) {
  return absl::StrJoin(tables.values, " | ",
                       [](std::string* out, const auto& flag) {
                         absl::StrAppend(out, "--", flag.first);
                       });
}

// What can be offered of a value: its alternatives, or files. Empty: nothing.
std::string Offer(absl::string_view form, absl::string_view words,
                  absl::string_view files) {
  if (absl::StrContains(form, '|')) {
    return absl::StrReplaceAll(
        words, {{"@WORDS@", absl::StrReplaceAll(form, {{"|", " "}})}});
  }
  return form == "FILE" ? std::string(files) : "";
}

std::string ValueCases(const Tables& tables, absl::string_view words,
                       absl::string_view files) {
  std::string text;
  for (const auto& [name, form] : tables.values) {
    const std::string offer = Offer(form, words, files);
    if (!offer.empty()) {
      absl::StrAppend(&text, "    --", name, ") ", offer, "; return ;;\n");
    }
  }
  return text;
}

// An argument that is one of several words is offered in place of a verb.
std::vector<std::pair<std::string, std::string>> Seconds(
    const std::vector<const Command*>& of_noun) {
  std::vector<std::pair<std::string, std::string>> seconds;
  for (const Command* command : of_noun) {
    if (!command->verb.empty()) {
      seconds.emplace_back(command->verb, command->summary);
    } else if (absl::StrContains(command->argument, '|')) {
      for (absl::string_view rest = command->argument; !rest.empty();) {
        const size_t bar = rest.find('|');
        seconds.emplace_back(rest.substr(0, bar), command->summary);
        rest = bar == absl::string_view::npos ? "" : rest.substr(bar + 1);
      }
    }
  }
  return seconds;
}

// In single quotes, for _describe: "name:what it is".
std::string Described(absl::string_view name, absl::string_view what) {
  return absl::StrCat("'", name, ":",
                      absl::StrReplaceAll(what, {{"'", "'\\''"}, {":", "\\:"}}),
                      "'");
}

std::string DescribedFlags(const std::vector<FlagSpec>& flags) {
  std::string text;
  for (const FlagSpec& flag : flags) {
    absl::StrAppend(&text, "    ",
                    Described(absl::StrCat("--", flag.name), flag.help), "\n");
  }
  return text;
}

// The command whose lines begin with what the argument may be. Empty: nothing
// is known of it.
std::string ListFor(const Command& command) {
  if (command.argument == "USER_ID") return "user list";
  if (command.noun == "doctor") return "appservice list";
  if (command.noun == "transaction") return "queue list";
  const bool is_of_its_noun = command.argument == "ID" ||
                              command.argument == "NAME" ||
                              command.argument == "MEDIA_ID";
  return is_of_its_noun ? absl::StrCat(command.noun, " list") : "";
}

std::string ListCases(const std::vector<Command>& commands) {
  std::string text = kLists;
  for (const Command& command : commands) {
    const std::string list = ListFor(command);
    if (command.argument.empty() || list.empty()) continue;
    absl::StrAppend(&text, "    \"", command.noun,
                    command.verb.empty() ? "" : " ", command.verb, "\") list='",
                    list, "' ;;\n");
  }
  return text;
}

std::string NamePattern(const Command& command, absl::string_view any) {
  return command.verb.empty()
             ? absl::StrCat("\"", command.noun, "\"", any)
             : absl::StrCat("\"", command.noun, " ", command.verb, "\"");
}

}  // namespace

std::string BashCompletion(const std::vector<Command>& commands) {
  const Tables tables = MakeTables(commands);
  std::string text =
      absl::StrReplaceAll(kBashBegin, {{"@VALUED@", ValuedFlags(tables)}});
  absl::StrAppend(
      &text,
      ValueCases(
          tables,
          R"(mapfile -t COMPREPLY < <(compgen -W "@WORDS@" -- "$current"))",
          R"(mapfile -t COMPREPLY < <(compgen -f -- "$current"))"),
      absl::StrReplaceAll(
          kBashMiddle,
          {{"@GLOBAL@", absl::StrCat("\"", FlagNames(GlobalFlags()), "\"")}}));
  for (const std::string& noun : tables.nouns) {
    absl::StrAppend(&text, "    ", noun, ") verbs=\"",
                    absl::StrJoin(Seconds(tables.by_noun.at(noun)), " ",
                                  [](std::string* out, const auto& second) {
                                    absl::StrAppend(out, second.first);
                                  }),
                    "\" ;;\n");
  }
  absl::StrAppend(&text, kBashFlags);
  for (const Command& command : commands) {
    const std::vector<FlagSpec> flags = FlagsOf(command);
    if (flags.empty()) continue;
    absl::StrAppend(&text, "    ", NamePattern(command, "*"), ") flags+=\" ",
                    FlagNames(flags), "\" ;;\n");
  }
  absl::StrAppend(&text, ListCases(commands),
                  absl::StrReplaceAll(
                      kBashEnd, {{"@NOUNS@", absl::StrJoin(tables.nouns, " ")},
                                 {"@FIRST_COLUMN@", kFirstColumn}}));
  return text;
}

std::string ZshCompletion(const std::vector<Command>& commands) {
  const Tables tables = MakeTables(commands);
  std::string text =
      absl::StrReplaceAll(kZshBegin, {{"@VALUED@", ValuedFlags(tables)}});
  absl::StrAppend(
      &text, ValueCases(tables, "compadd -- @WORDS@", "_files"),
      absl::StrReplaceAll(kZshMiddle,
                          {{"@GLOBAL@", DescribedFlags(GlobalFlags())},
                           {"@NOUNS@", absl::StrJoin(tables.nouns, " ")}}));
  for (const std::string& noun : tables.nouns) {
    absl::StrAppend(&text, "    ", noun, ") verbs=(\n");
    for (const auto& [second, what] : Seconds(tables.by_noun.at(noun))) {
      absl::StrAppend(&text, "    ", Described(second, what), "\n");
    }
    absl::StrAppend(&text, "    ) ;;\n");
  }
  absl::StrAppend(&text, kZshFlags);
  for (const Command& command : commands) {
    const std::vector<FlagSpec> flags = FlagsOf(command);
    if (flags.empty()) continue;
    absl::StrAppend(&text, "    ", NamePattern(command, "' '*"), ") flags+=(\n",
                    DescribedFlags(flags), "    ) ;;\n");
  }
  absl::StrAppend(
      &text, ListCases(commands),
      absl::StrReplaceAll(kZshEnd, {{"@FIRST_COLUMN@", kFirstColumn}}));
  return text;
}

Command CompletionCommand(std::vector<Command> commands) {
  Command completion = {
      .noun = "completion",
      .argument = "bash|zsh",
      .summary =
          "a script with which the shell completes all of this: source "
          "<(causewayctl completion bash)",
      .run = {}};
  commands.push_back(completion);
  completion.run = [commands = std::move(commands)](const Arguments&,
                                                    const std::string& shell,
                                                    Session& session) {
    if (shell != "bash" && shell != "zsh") {
      return BadUsage(
          absl::StrCat("the shell is bash or zsh, not \"", shell, "\""));
    }
    session.Write(shell == "bash" ? BashCompletion(commands)
                                  : ZshCompletion(commands));
    return absl::OkStatus();
  };
  return completion;
}

}  // namespace causeway::ctl
