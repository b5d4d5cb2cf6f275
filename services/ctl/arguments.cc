#include "services/ctl/arguments.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace causeway::ctl {
namespace {

const FlagSpec* FindSpec(absl::Span<const FlagSpec> specs,
                         absl::string_view name) {
  auto it =
      std::find_if(specs.begin(), specs.end(),
                   [name](const FlagSpec& spec) { return spec.name == name; });
  return it == specs.end() ? nullptr : &*it;
}

}  // namespace

absl::StatusOr<Arguments> Arguments::Parse(absl::Span<const std::string> words,
                                           absl::Span<const FlagSpec> specs) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      arguments.positional_.insert(arguments.positional_.end(),
                                   words.begin() + i + 1, words.end());
      break;
    }
    if (!absl::StartsWith(word, "--")) {
      arguments.positional_.push_back(word);
      continue;
    }
    const size_t equals = word.find('=');
    const bool has_value = equals != std::string::npos;
    const std::string name = absl::StrReplaceAll(
        word.substr(2, has_value ? equals - 2 : std::string::npos),
        {{"-", "_"}});
    const FlagSpec* spec = FindSpec(specs, name);
    if (spec == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("unknown flag --", name));
    }
    std::string value;
    if (has_value) {
      if (spec->value.empty()) {
        return absl::InvalidArgumentError(
            absl::StrCat("--", name, " takes no value"));
      }
      value = word.substr(equals + 1);
    } else if (!spec->value.empty()) {
      if (++i == words.size()) {
        return absl::InvalidArgumentError(
            absl::StrCat("--", name, " needs a value: ", spec->value));
      }
      value = words[i];
    }
    std::vector<std::string>& values = arguments.flags_[name];
    if (!values.empty() && !spec->repeated) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", name, " stands twice"));
    }
    values.push_back(std::move(value));
  }
  return arguments;
}

absl::Status Arguments::CheckRequired(absl::Span<const FlagSpec> specs) const {
  for (const FlagSpec& spec : specs) {
    if (spec.required && !Has(spec.name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", spec.name, " is required: ", spec.help));
    }
  }
  return absl::OkStatus();
}

bool Arguments::Has(absl::string_view flag) const {
  return flags_.contains(flag);
}

std::string Arguments::Get(absl::string_view flag) const {
  auto it = flags_.find(flag);
  return it == flags_.end() ? std::string() : it->second.back();
}

std::vector<std::string> Arguments::GetAll(absl::string_view flag) const {
  auto it = flags_.find(flag);
  return it == flags_.end() ? std::vector<std::string>() : it->second;
}

}  // namespace causeway::ctl
