#ifndef CAUSEWAY_SERVICES_CTL_ARGUMENTS_H_
#define CAUSEWAY_SERVICES_CTL_ARGUMENTS_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace causeway::ctl {

// One flag that a command knows. (Abseil's flags are global and hold one
// value; a command has its own, and some may be given several times.)
struct FlagSpec {
  std::string name;   // "as_token_file"; "--as-token-file" is taken too.
  std::string value;  // "FILE". Empty: a switch, which takes none.
  std::string help;
  bool required = false;
  bool repeated = false;
};

// The words of a command line, sorted out.
//
// Thread-compatible.
class Arguments {
 public:
  // `--name=value`, `--name value` and, for switches, `--name`; after `--`
  // everything is positional. INVALID_ARGUMENT names a flag that `specs`
  // doesn't have, that lacks its value or stands too often. Required flags
  // aren't asked for here: see CheckRequired().
  static absl::StatusOr<Arguments> Parse(absl::Span<const std::string> words,
                                         absl::Span<const FlagSpec> specs);

  // INVALID_ARGUMENT names the first required flag that isn't there.
  absl::Status CheckRequired(absl::Span<const FlagSpec> specs) const;

  bool Has(absl::string_view flag) const;
  // The last value. Empty if the flag isn't there.
  std::string Get(absl::string_view flag) const;
  // In the order given.
  std::vector<std::string> GetAll(absl::string_view flag) const;
  const std::vector<std::string>& positional() const { return positional_; }

 private:
  absl::btree_map<std::string, std::vector<std::string>> flags_;
  std::vector<std::string> positional_;
};

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_ARGUMENTS_H_
