#include "services/shared/namespaces/containment.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::namespaces {

absl::Status CheckContained(absl::string_view field, absl::string_view regex,
                            absl::Span<const std::string> ceilings) {
  for (const std::string& ceiling : ceilings) {
    if (ceiling == ".*" || ceiling == regex) return absl::OkStatus();
  }
  return matrix::Forbidden(
      absl::StrCat(field, " ", matrix::Quote(regex), " exceeds the grant"));
}

}  // namespace causeway::namespaces
