// Goal: any regex is refused or matches, and RE2 and the literal prefix agree
// on what it means. The input is an ID, a newline and a regex.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using causeway::fuzz::Require;
  using causeway::namespaces::NamespacePattern;

  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> parts = absl::StrSplit(input, '\n');
  if (parts.size() < 2 || !causeway::matrix::IsValidUtf8(parts[0])) return 0;
  const std::string& id = parts[0];
  const absl::StatusOr<NamespacePattern> a =
      NamespacePattern::Compile(parts[1]);
  if (!a.ok()) {
    Require(causeway::matrix::IsValidUtf8(a.status().message()),
            "messages are UTF-8");
    return 0;
  }
  if (a->Matches(id)) {
    Require(absl::StartsWith(id, a->literal_prefix()),
            "what matches begins with the prefix");
  }
  return 0;
}
