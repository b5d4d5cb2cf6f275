#include "services/shared/server/command_line.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace causeway::server {
namespace {

constexpr size_t kHelpColumns = 80;
constexpr absl::string_view kHelpIndent = "      ";
constexpr absl::string_view kCommonFlagsFolder = "services/shared/server/";

// Libraries bring flags of their own, which are none of our interface.
bool IsOurs(const absl::CommandLineFlag& flag) {
  const std::string file = flag.Filename();
  return absl::StartsWith(file, "services/") ||
         absl::StartsWith(file, "tests/");
}

std::vector<absl::CommandLineFlag*> OurFlags() {
  std::vector<absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (IsOurs(*flag)) flags.push_back(flag);
  }
  std::sort(flags.begin(), flags.end(),
            [](const auto* a, const auto* b) { return a->Name() < b->Name(); });
  return flags;
}

absl::CommandLineFlag* FindOurFlag(absl::string_view name) {
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  return flag != nullptr && IsOurs(*flag) ? flag : nullptr;
}

// How many letters have to be put in, left out or changed.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

absl::Status UnknownFlag(absl::string_view name) {
  const std::vector<absl::CommandLineFlag*> flags = OurFlags();
  auto nearest = std::min_element(
      flags.begin(), flags.end(), [&](const auto* a, const auto* b) {
        return EditDistance(name, a->Name()) < EditDistance(name, b->Name());
      });
  const bool near =
      nearest != flags.end() &&
      EditDistance(name, (*nearest)->Name()) <= 1 + name.size() / 3;
  return absl::InvalidArgumentError(absl::StrCat(
      "--", name, ": no such flag",
      near ? absl::StrCat("; did you mean --", (*nearest)->Name(), "?") : ""));
}

absl::Status NoValue(absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", name, ": needs a value, as in --", name, "=..."));
}

absl::Status BadValue(absl::string_view name, absl::string_view error) {
  return absl::InvalidArgumentError(absl::StrCat("--", name, ": ", error));
}

absl::Status SetFlag(absl::CommandLineFlag& flag, absl::string_view value) {
  std::string error;
  if (flag.ParseFrom(value, &error)) return absl::OkStatus();
  return BadValue(flag.Name(), error);
}

// `text` in lines of kHelpColumns, indented.
std::string Wrapped(absl::string_view text) {
  std::string out;
  size_t column = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (column == 0 || column + 1 + word.size() > kHelpColumns) {
      absl::StrAppend(&out, out.empty() ? "" : "\n", kHelpIndent, word);
      column = kHelpIndent.size() + word.size();
    } else {
      absl::StrAppend(&out, " ", word);
      column += 1 + word.size();
    }
  }
  return absl::StrCat(out, "\n");
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(
    absl::Span<const char* const> arguments) {
  CommandLine result;
  for (size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view argument = arguments[i];
    if (argument == "--") {
      result.positional.insert(result.positional.end(),
                               arguments.begin() + i + 1, arguments.end());
      break;
    }
    if (argument.size() < 2 || argument[0] != '-') {
      result.positional.emplace_back(argument);
      continue;
    }
    absl::ConsumePrefix(&argument, "-");
    absl::ConsumePrefix(&argument, "-");
    const size_t equals = argument.find('=');
    const absl::string_view name = argument.substr(0, equals);
    if (name == "help" || name == "version") {
      (name == "help" ? result.help : result.version) = true;
      continue;
    }
    absl::CommandLineFlag* flag = FindOurFlag(name);
    absl::Status set;
    if (flag != nullptr && equals != absl::string_view::npos) {
      set = SetFlag(*flag, argument.substr(equals + 1));
    } else if (flag != nullptr && flag->IsOfType<bool>()) {
      set = SetFlag(*flag, "true");
    } else if (flag != nullptr) {
      set = i + 1 < arguments.size() ? SetFlag(*flag, arguments[++i])
                                     : NoValue(name);
    } else if (absl::ConsumePrefix(&argument, "no") &&
               (flag = FindOurFlag(argument)) != nullptr &&
               flag->IsOfType<bool>()) {
      set = SetFlag(*flag, "false");
    } else {
      set = UnknownFlag(name);
    }
    if (!set.ok()) return set;
  }
  return result;
}

std::string FlagsHelp() {
  std::string own;
  std::string common;
  for (const absl::CommandLineFlag* flag : OurFlags()) {
    const std::string value = flag->CurrentValue();
    absl::StrAppend(
        absl::StartsWith(flag->Filename(), kCommonFlagsFolder) ? &common : &own,
        "  --", flag->Name(),
        flag->IsOfType<std::string>()
            ? absl::StrCat(" (default: \"", value, "\")\n")
            : absl::StrCat(" (default: ", value, ")\n"),
        Wrapped(flag->Help()));
  }
  return absl::StrCat(own.empty() ? "" : "Flags of this program:\n", own,
                      common.empty() || own.empty() ? "" : "\n",
                      common.empty() ? "" : "Flags of every service:\n",
                      common);
}

}  // namespace causeway::server
