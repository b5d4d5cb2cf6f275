#include "services/homeserver/accounts/filters.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// 80 bits: no two filters of one user ever get the same.
constexpr size_t kFilterIdLength = 20;

absl::Status TooManyFilters() {
  return matrix::MakeError(absl::StatusCode::kResourceExhausted,
                           "M_RESOURCE_LIMIT_EXCEEDED",
                           absl::StrCat("a user can keep ", kFiltersPerUserMax,
                                        " filters and no more"));
}

}  // namespace

Filters::Filters(FilterStore& store, const Clock& clock)
    : store_(store), clock_(clock) {}

absl::StatusOr<std::string> Filters::Create(const matrix::UserId& user_id,
                                            absl::string_view filter_json) {
  if (filter_json.size() > kFilterBytesMax) {
    return matrix::TooLarge("the filter", kFilterBytesMax);
  }
  CAUSEWAY_RETURN_IF_ERROR(matrix::ParseObject(filter_json).status());
  std::string filter_id =
      matrix::Sha256Hex(filter_json).substr(0, kFilterIdLength);
  absl::Status stored =
      store_.PutFilter(user_id, filter_id, filter_json, clock_.Now());
  if (absl::IsNotFound(stored)) {
    return matrix::NotFound(absl::StrCat("user ", user_id.str()));
  }
  if (absl::IsResourceExhausted(stored)) return TooManyFilters();
  if (!stored.ok()) return stored;
  return filter_id;
}

absl::StatusOr<std::string> Filters::Get(const matrix::UserId& user_id,
                                         absl::string_view filter_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> filter_json,
                            store_.FindFilter(user_id, filter_id));
  if (!filter_json.has_value()) {
    return matrix::NotFound(absl::StrCat("filter ", matrix::Quote(filter_id)));
  }
  return *std::move(filter_json);
}

}  // namespace causeway::homeserver
